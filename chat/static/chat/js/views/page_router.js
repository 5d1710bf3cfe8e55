/** The room of the page, and the address and the cookie that identify it. */
import { roomAddress, slugIn } from "../lib/addresses.js";
import { Emitter } from "../lib/emitter.js";

const LAST_ROOM_SECONDS = 365 * 24 * 3600;

/** @typedef {{opened: {isNew: boolean}}} Events `isNew`: another room than before */

/** @extends {Emitter<Events>} */
export class PageRouter extends Emitter {
  /** The id of the page's room, even if the reader has lost access to it. */
  current;

  /**
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {string} how.pattern of the address of a room
   * @param {number} how.current
   */
  constructor({ store, pattern, current }) {
    super();
    this.store = store;
    this.pattern = pattern;
    this.current = current;
    addEventListener("popstate", () => this.#addressChanged());
  }

  /** The current room, or null if the reader has no access to it. */
  get room() {
    return this.store.rooms.get(this.current) ?? null;
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
      if (push) history.pushState(null, "", this.address(slug));
      document.cookie = `room=${encodeURIComponent(slug)}; path=/; max-age=${LAST_ROOM_SECONDS}; samesite=lax`;
      this.current = id;
    }
    this.emit("opened", { isNew });
  }

  /**
   * Opens the room of a link in place, unless the browser should open it elsewhere.
   * @param {MouseEvent} event
   */
  follow(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link?.dataset.room || !plain) return;
    event.preventDefault();
    this.go(Number(link.dataset.room));
  }

  #addressChanged() {
    const slug = slugIn(this.pattern, location.pathname);
    const room = slug === null ? undefined : this.store.bySlug(slug);
    if (room) this.go(room.id, { push: false });
    else location.reload();
  }
}
