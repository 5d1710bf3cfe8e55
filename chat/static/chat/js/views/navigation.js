/**
 * Navigation to other rooms: the sidebar, which on narrow pages is a page of its own with an entry in the history. The page's title begins
 * with a badge of what is unread.
 */
import { byId } from "../lib/dom.js";
import { AT_LIST, NARROW, plainlyPressed } from "./page_router.js";
import { isMuted, mentionBadge, Sidebar, threadBadge } from "./sidebar.js";

export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const LIST = "#list";

export class Navigation {
  /** What the title begins with. */
  badge = "";
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
    const direct = byId("direct-rooms", HTMLElement);
    this.sidebar = new Sidebar({ favourites: section, list, direct, store, items, drafts, address: (slug) => router.address(slug) });
    this.drawer = new Drawer({
      drawer: byId("sidebar", HTMLElement),
      rest,
      opener: this.#opener,
      veil: byId("veil", HTMLElement),
      left: () => router.leaveList(),
    });
    this.#opener.addEventListener("click", () => router.toList());
    // After all listeners of the document, which may prevent it.
    addEventListener("click", (event) => this.#pressed(event));
    router.on("listed", () => this.drawer.open());
    router.on("left", () => this.drawer.close());
    if (location.hash === LIST) history.replaceState(AT_LIST, "", location.pathname);
    if (IS_MAC) byId("jump-key", HTMLElement).textContent = "⌘ K";
  }

  /** The page was loaded: its entry in the history may be that of the list. */
  start() {
    if (this.router.isAtList) this.drawer.show();
  }

  /** A room or a page is displayed; if it was asked for before the reader went back to the list, the list stays. */
  follow() {
    if (!this.router.isAtList) this.drawer.close();
  }

  draw() {
    const { router } = this;
    this.sidebar.draw(router.current, this.drawer.isOpen);
    this.#scroller.ariaBusy = "false";
    this.#drawMentions();
    this.drawTitle();
    this.#opener.classList.toggle("has-unread", this.#hasUnreadElsewhere);
  }

  drawTitle() {
    const { router } = this;
    const name = router.room?.summary.name;
    const title = router.title ?? [...(name ? [name] : []), this.#space.textContent].join(" · ");
    document.title = this.badge ? `${this.badge} ${title}` : title;
  }

  /** Draws the number of unread mentions and invitations into rooms, or else of unread threads, at the links to them, also in the tabs of a page. */
  #drawMentions() {
    const shown = this.drawer.isOpen ? null : this.router.current;
    let count = Number(this.items.value("invitations", "pending") ?? 0);
    let threads = 0;
    for (const { id, mentions, summary } of this.store.rooms.values()) {
      count += (id === shown ? 0 : mentions) + summary.threads.mentions;
      threads += summary.threads.unread;
    }
    const drawn = `${count} ${threads}`;
    for (const place of document.querySelectorAll("[data-mentions]")) {
      if (place.getAttribute("data-mentions") === drawn) continue;
      place.setAttribute("data-mentions", drawn);
      place.replaceChildren(...(count ? mentionBadge(count) : threads ? threadBadge(threads) : []));
    }
  }

  /** @param {MouseEvent} event */
  #pressed(event) {
    const isTab = plainlyPressed(event)?.matches(`.tabs [href$="${LIST}"]`);
    if (!isTab) return this.router.follow(event);
    event.preventDefault();
    if (this.drawer.isOpen) this.#scroller.scrollTo(0, 0);
    else this.router.toList();
  }

  /** Whether there are unread messages in other rooms that are not muted. */
  get #hasUnreadElsewhere() {
    const others = [...this.store.rooms.values()].filter((room) => room.id !== this.router.current);
    return others.some((room) => room.unread > 0 && !isMuted(this.items, room));
  }
}

/** On a narrow page the sidebar covers everything else. Escape and a tap beside it close it, as does choosing a room. */
class Drawer {
  #narrow = matchMedia(NARROW);

  /**
   * @param {object} how
   * @param {HTMLElement} how.drawer
   * @param {HTMLElement} how.rest what the drawer covers
   * @param {HTMLElement} how.opener
   * @param {HTMLElement} how.veil
   * @param {() => void} how.left called when the reader wants to close it
   */
  constructor({ drawer, rest, opener, veil, left }) {
    this.drawer = drawer;
    this.rest = rest;
    this.opener = opener;
    this.veil = veil;
    this.left = left;
    veil.addEventListener("click", () => this.#leave());
    drawer.addEventListener("keydown", (event) => event.key === "Escape" && this.#leave());
    this.#narrow.addEventListener("change", () => this.#set(false));
    this.#set(false);
  }

  get isOpen() {
    return this.drawer.classList.contains("open");
  }

  /** Without moving the focus. */
  show() {
    if (this.#narrow.matches) this.#set(true);
  }

  open() {
    if (this.isOpen || !this.#narrow.matches) return;
    this.show();
    const first = this.drawer.querySelector("[aria-current]") ?? this.drawer.querySelector("a, button");
    if (first instanceof HTMLElement) first.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#set(false);
    this.opener.focus();
  }

  #leave() {
    if (this.isOpen) this.left();
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
