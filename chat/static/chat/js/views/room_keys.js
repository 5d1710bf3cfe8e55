/**
 * The keyboard's way through the list of rooms: one stop for Tab, arrow keys, Home and End within it, and Alt with an arrow key for
 * the next room with unread messages, from anywhere on the page.
 */
import { isMuted } from "./sidebar.js";

export class RoomKeys {
  /**
   * @param {object} how
   * @param {HTMLElement} how.list
   * @param {import("./sidebar.js").Sidebar} how.sidebar
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {import("./page_router.js").PageRouter} how.router
   */
  constructor({ list, sidebar, store, items, router }) {
    this.sidebar = sidebar;
    this.store = store;
    this.items = items;
    this.router = router;
    list.addEventListener("keydown", (event) => this.#moved(event));
    list.addEventListener("focusin", () => this.refresh());
    addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** One link is in the order of Tab: the focused one, else the current room's, else the first. */
  refresh() {
    const { links } = this.sidebar;
    const stop = links.find((link) => link === document.activeElement) ?? links.find((link) => link.ariaCurrent) ?? links[0];
    for (const link of links) {
      const index = link === stop ? 0 : -1;
      if (link.tabIndex !== index) link.tabIndex = index;
    }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const next = this.#nextUnread(step);
    if (next !== undefined) this.router.go(next);
  }

  /**
   * The next room with unread messages, going round at the end of the list.
   * @param {1 | -1} step down or up
   */
  #nextUnread(step) {
    const ids = this.sidebar.links.map((link) => Number(link.dataset.room));
    if (step === -1) ids.reverse();
    const at = ids.indexOf(this.router.current ?? 0);
    return [...ids.slice(at + 1), ...ids.slice(0, Math.max(at, 0))].find((id) => this.#isUnread(id));
  }

  /** @param {number} id */
  #isUnread(id) {
    const room = this.store.rooms.get(id);
    return room !== undefined && room.unread > 0 && !isMuted(this.items, room);
  }

  /** @param {KeyboardEvent} event */
  #moved(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { links } = this.sidebar;
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    if (at < 0) return;
    const next = { ArrowDown: links[at + 1], ArrowUp: links[at - 1], Home: links[0], End: links[links.length - 1] }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }
}
