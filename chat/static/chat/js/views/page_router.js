/** What the shell displays, a room, at a message of it or at its newest one, or another page, and the address and the cookie that identify it. */
import { messageAddress, placeIn, roomAddress } from "../lib/addresses.js";
import { Emitter } from "../lib/emitter.js";

/** On narrow pages the list of rooms is a page of its own. */
export const NARROW = "(max-width: 47.5em)";
/** The state of the entry of the history that shows the list; later entries count those since. */
export const AT_LIST = { sinceList: 0 };
const LAST_ROOM_SECONDS = 365 * 24 * 3600;

/**
 * @typedef {object} Events
 * @property {{isNew: boolean, isElsewhere: boolean, position: number | null}} opened a room, at the position of a message, or null for the newest;
 *   `isNew`: another room than before; `isElsewhere`: another position
 * @property {{address: string, push: boolean}} asked for a page; without `push` the address has changed already
 * @property {null} thread another thread is shown, or none any more
 * @property {null} paged a page is shown instead of a room
 * @property {null} listed on a narrow page: the list of rooms is shown
 * @property {null} left on a narrow page: the list of rooms is shown no more
 */

/** @extends {Emitter<Events>} */
export class PageRouter extends Emitter {
  /** The id of the room, even if the reader has lost access to it; null while a page is displayed. @type {number | null} */
  current;
  /** Position of the message of the address. @type {number | null} */
  position = null;
  /** The thread of the address: positions of its message and of a reply (0: the newest). @type {{position: number, reply: number} | null} */
  thread = null;
  /** The title of the page that is shown instead of a room. @type {string | null} */
  title;
  /** Whether the next change of the address is of no importance. */
  isGoingBack = false;
  /** The address of that page. */
  #address = here();

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
    const place = placeIn(pattern, location.pathname);
    this.position = place?.position ?? null;
    this.thread = threadOf(place);
    this.title = current === null ? document.title : null;
    addEventListener("popstate", () => this.#addressChanged());
  }

  /** The current room, or null if the reader has no access to it. */
  get room() {
    return (this.current !== null && this.store.rooms.get(this.current)) || null;
  }

  /** Whether this entry of the history shows the list of rooms, on a narrow page. */
  get isAtList() {
    return sinceList() === 0;
  }

  /** @param {string} slug */
  address(slug) {
    return roomAddress(this.pattern, slug);
  }

  /** @param {{room: number, position: number}} message */
  messageAddress({ room, position }) {
    return messageAddress(this.pattern, this.store.rooms.get(room)?.summary.slug ?? "", position);
  }

  /**
   * Opens a room in place, at a message or at its newest one, and perhaps at a reply in the thread of that.
   * @param {number} id
   * @param {{push?: boolean, position?: number | null, reply?: number | null}} [how] without `push` the address is not changed: it has changed already
   */
  go(id, { push = true, position = null, reply = null } = {}) {
    const room = this.store.rooms.get(id);
    if (!room) return;
    const { slug } = room.summary;
    const isNew = id !== this.current;
    const isElsewhere = position !== this.position;
    const hadThread = this.thread !== null;
    const thread = threadOf({ position, reply });
    if (push && (isNew || isElsewhere || this.isAtList || thread || hadThread)) {
      const address = position === null ? this.address(slug) : messageAddress(this.pattern, slug, position);
      this.#push(thread ? `${address}${thread.reply}/` : address);
    }
    if (isNew) document.cookie = `room=${encodeURIComponent(slug)}; path=/; max-age=${LAST_ROOM_SECONDS}; samesite=lax`;
    this.current = id;
    this.position = position;
    this.title = null;
    this.thread = thread;
    this.emit("opened", { isNew, isElsewhere, position });
    if (thread || hadThread) this.emit("thread", null);
  }

  /** The reader went from the message of the address to the newest one: changes the address. */
  leaveMessage() {
    if (this.position === null || !this.room) return;
    this.position = null;
    if (!this.thread) history.replaceState(history.state, "", this.address(this.room.summary.slug));
  }

  /** Shows the list of rooms: goes back to its entry in the history, or makes this entry its entry. */
  toList() {
    const entries = sinceList();
    if (entries) return history.go(-entries);
    history.replaceState(AT_LIST, "", location.href);
    this.emit("listed", null);
  }

  /** The reader closed the list of rooms: what it covered is next in the history. */
  leaveList() {
    this.#push(here());
    this.emit("left", null);
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
    const place = placeIn(this.pattern, path);
    const room = place ? this.store.bySlug(place.slug) : undefined;
    if (room) this.go(room.id, { ...how, position: place?.position, reply: place?.reply });
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
    this.position = null;
    this.thread = null;
    this.title = title;
    this.#address = address;
    this.emit("paged", null);
  }

  /**
   * The page on display has another address now, such as that of another search.
   * @param {string} address
   * @param {{push: boolean}} how whether that is another entry of the history
   */
  readdress(address, { push }) {
    if (address === here()) return;
    if (push) this.#push(address);
    else history.replaceState(history.state, "", address);
    this.#address = address;
  }

  /**
   * Opens the room or the page of a link in place, unless the browser should open it elsewhere.
   * @param {MouseEvent} event
   */
  follow(event) {
    const link = plainlyPressed(event);
    if (!link || link.target) return;
    const [here, there] = [location.href, link.href].map((href) => href.split("#")[0]);
    if (link.hash && here === there) return;
    const isBack = link.closest(".back") && history.state?.from === link.pathname;
    if (isBack) history.back();
    if (isBack || this.visit(link.href)) event.preventDefault();
  }

  /**
   * Opens the room or message of a link that somebody wrote in place, if the reader is in the room.
   * @param {MouseEvent} event
   */
  followWritten(event) {
    const link = plainlyPressed(event);
    if (!link || link.origin !== location.origin || link.search || link.hash) return;
    if (this.visitRoom(link.pathname)) event.preventDefault();
  }

  /**
   * An entry of the history knows the address of the one before it, and how many there are since the list of rooms.
   * @param {string} address
   */
  #push(address) {
    const entries = sinceList();
    const state = { from: here(), sinceList: entries === undefined ? undefined : entries + 1 };
    if (address !== here() || this.isAtList) history.pushState(state, "", address);
  }

  #addressChanged() {
    if (this.isGoingBack) return void (this.isGoingBack = false);
    if (!dispatchEvent(new Event("goback", { cancelable: true }))) return; // what lay over the page is closed
    if (this.isAtList && matchMedia(NARROW).matches) return this.emit("listed", null);
    const isShown = this.title !== null && here() === this.#address;
    if (isShown) this.emit("left", null);
    else if (!this.visit(location.href, { push: false })) location.reload();
  }
}

/** @param {{position: number | null, reply: number | null} | null} place */
function threadOf(place) {
  return place && place.position !== null && place.reply !== null ? { position: place.position, reply: place.reply } : null;
}

/** Entries of the history since the one that shows the list of rooms; undefined without one. @returns {number | undefined} */
export function sinceList() {
  return history.state?.sinceList;
}

export function here() {
  return location.pathname + location.search;
}

/**
 * The link of a click that asks for no new tab or window.
 * @param {MouseEvent} event
 */
export function plainlyPressed({ target, button, ctrlKey, metaKey, shiftKey, altKey, defaultPrevented }) {
  if (button !== 0 || ctrlKey || metaKey || shiftKey || altKey || defaultPrevented) return null;
  return /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (target).closest("a[href]"));
}
