/**
 * Navigation to other rooms: the sidebar, which on narrow pages covers the room. The page's title shows the number of unread messages of
 * all rooms that are not muted.
 */
import { byId } from "../lib/dom.js";
import { isMuted, Sidebar } from "./sidebar.js";

export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const LIST = "#list";
const NARROW = "(max-width: 47.5em)";

export class Navigation {
  #space = byId("space", HTMLElement);
  #opener = byId("drawer-open", HTMLElement);
  #scroller = byId("room-list", HTMLElement);

  /**
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {import("../state/drafts.js").Drafts} how.drafts
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {HTMLElement} how.rest of the page, which the drawer covers
   */
  constructor({ store, items, drafts, router, rest }) {
    this.store = store;
    this.items = items;
    this.router = router;
    const list = byId("rooms", HTMLElement);
    const section = byId("favourites-section", HTMLElement);
    this.sidebar = new Sidebar({ favourites: section, list, store, items, drafts, address: (slug) => router.address(slug) });
    this.drawer = new Drawer({ drawer: byId("sidebar", HTMLElement), rest, opener: this.#opener, veil: byId("veil", HTMLElement) });
    // After all listeners of the document, which may prevent it.
    addEventListener("click", (event) => router.follow(event));
    const tab = this.drawer.drawer.querySelector(".tabs [aria-current]");
    tab?.addEventListener("click", (event) => (event.preventDefault(), this.#scroller.scrollTo(0, 0)));
    if (location.hash === LIST) this.#arriveAtList();
    if (IS_MAC) byId("jump-key", HTMLElement).textContent = "⌘ K";
  }

  draw() {
    const { router } = this;
    this.sidebar.draw(router.current);
    this.#scroller.ariaBusy = "false";
    const unread = this.#unread(() => true);
    const name = router.room?.summary.name;
    document.title = [unread ? `(${unread}) ` : "", router.title ?? [...(name ? [name] : []), this.#space.textContent].join(" · ")].join("");
    this.#opener.classList.toggle("has-unread", this.#unread((room) => room.id !== router.current) > 0);
  }

  /** On a narrow page, the tabs of other pages lead to the list. */
  #arriveAtList() {
    history.replaceState(history.state, "", location.pathname);
    this.drawer.open();
  }

  /**
   * Unread messages of the rooms that are not muted.
   * @param {(room: import("../state/room.js").Room) => boolean} which
   */
  #unread(which) {
    let sum = 0;
    for (const room of this.store.rooms.values()) if (!isMuted(this.items, room) && which(room)) sum += room.unread;
    return sum;
  }
}

/** On a narrow page the sidebar is a drawer: opened by a button, closed by Escape, a tap beside it, or choosing a room. */
export class Drawer {
  #narrow = matchMedia(NARROW);

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.drawer
   * @param {HTMLElement} parts.rest what the drawer covers
   * @param {HTMLElement} parts.opener
   * @param {HTMLElement} parts.veil
   */
  constructor({ drawer, rest, opener, veil }) {
    this.drawer = drawer;
    this.rest = rest;
    this.opener = opener;
    this.veil = veil;
    opener.addEventListener("click", () => this.open());
    veil.addEventListener("click", () => this.close());
    drawer.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.#narrow.addEventListener("change", () => this.#set(false));
    this.#set(false);
  }

  get isOpen() {
    return this.drawer.classList.contains("open");
  }

  open() {
    if (!this.#narrow.matches) return;
    this.#set(true);
    const first = this.drawer.querySelector("[aria-current]") ?? this.drawer.querySelector("a, button");
    if (first instanceof HTMLElement) first.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#set(false);
    this.opener.focus();
  }

  /**
   * The covered part is inert: neither Tab nor a screen reader reaches it.
   * @param {boolean} open
   */
  #set(open) {
    this.drawer.classList.toggle("open", open);
    this.drawer.inert = this.#narrow.matches && !open;
    this.rest.inert = open;
    this.veil.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
  }
}
