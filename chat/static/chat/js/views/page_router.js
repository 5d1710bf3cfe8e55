/** What the shell displays, a room or another page, and the address and the cookie that identify it. */
import { roomAddress, slugIn } from "../lib/addresses.js";
import { Emitter } from "../lib/emitter.js";

const LAST_ROOM_SECONDS = 365 * 24 * 3600;

/**
 * @typedef {object} Events
 * @property {{isNew: boolean}} opened a room; `isNew`: another one than before
 * @property {{address: string, push: boolean}} asked for a page; without `push` the address has changed already
 * @property {null} paged a page is shown instead of a room
 */

/** @extends {Emitter<Events>} */
export class PageRouter extends Emitter {
  /** The id of the room, even if the reader has lost access to it; null while a page is displayed. @type {number | null} */
  current;
  /** The title of the page that is shown instead of a room. @type {string | null} */
  title;
  /** The address of that page. */
  #address = location.pathname + location.search;

  /**
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {string} how.pattern of the address of a room
   * @param {string[]} how.pages beginnings of the paths of pages
   * @param {number | null} how.current
   */
  constructor({ store, pattern, pages, current }) {
    super();
    this.store = store;
    this.pattern = pattern;
    this.pages = pages;
    this.current = current;
    this.title = current === null ? document.title : null;
    addEventListener("popstate", () => this.#addressChanged());
  }

  /** The current room, or null if the reader has no access to it. */
  get room() {
    return (this.current !== null && this.store.rooms.get(this.current)) || null;
  }

  /** @param {string} slug */
  address(slug) {
    return roomAddress(this.pattern, slug);
  }

  /**
   * Opens a room in place.
   * @param {number} id
   * @param {{push?: boolean}} [how] without `push` the address is not changed: it has changed already
   */
  go(id, { push = true } = {}) {
    const room = this.store.rooms.get(id);
    if (!room) return;
    const isNew = id !== this.current;
    if (isNew) {
      const { slug } = room.summary;
      if (push) this.#push(this.address(slug));
      document.cookie = `room=${encodeURIComponent(slug)}; path=/; max-age=${LAST_ROOM_SECONDS}; samesite=lax`;
      this.current = id;
      this.title = null;
    }
    this.emit("opened", { isNew });
  }

  /**
   * Opens a room of mine, or asks for a page. False for an address that the shell does not show.
   * @param {string} href
   * @param {{push?: boolean}} [how]
   */
  visit(href, { push = true } = {}) {
    const { origin, pathname, search } = new URL(href, location.href);
    if (origin !== location.origin) return false;
    if (this.visitRoom(pathname, { push })) return true;
    if (!this.isPage(pathname)) return false;
    this.emit("asked", { address: pathname + search, push });
    return true;
  }

  /**
   * Opens a room of mine. False if the path is not that of one.
   * @param {string} path
   * @param {{push?: boolean}} [how]
   */
  visitRoom(path, how) {
    const slug = slugIn(this.pattern, path);
    const room = slug === null ? undefined : this.store.bySlug(slug);
    if (room) this.go(room.id, how);
    return room !== undefined;
  }

  /** @param {string} path */
  isPage(path) {
    return this.pages.some((beginning) => path.startsWith(beginning));
  }

  /**
   * A page takes the place of the room.
   * @param {object} page
   * @param {string} page.title
   * @param {string} page.address
   * @param {boolean} page.push
   */
  show({ title, address, push }) {
    if (push) this.#push(address);
    this.current = null;
    this.title = title;
    this.#address = address;
    this.emit("paged", null);
  }

  /**
   * Opens the room or the page of a link in place, unless the browser should open it elsewhere.
   * @param {MouseEvent} event
   */
  follow(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link?.href || link.target || event.defaultPrevented || !plain) return;
    const [here, there] = [location.href, link.href].map((href) => href.split("#")[0]);
    const isFragment = link.hash && here === there;
    if (!isFragment && this.visit(link.href)) event.preventDefault();
  }

  /** @param {string} address */
  #push(address) {
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
  }

  #addressChanged() {
    const isShown = this.title !== null && location.pathname + location.search === this.#address;
    if (!isShown && !this.visit(location.href, { push: false })) location.reload();
  }
}
