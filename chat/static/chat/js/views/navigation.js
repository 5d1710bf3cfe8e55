/** The way to other rooms: the sidebar, on narrow pages in a drawer, and the dialog "Jump to…". The page's title counts what is unread. */
import { byId } from "../lib/dom.js";
import { Drawer, Sidebar } from "./sidebar.js";
import { Switcher } from "./switcher.js";

export class Navigation {
  #space = byId("space", HTMLElement).textContent ?? "";
  #opener = byId("drawer-open", HTMLElement);

  /**
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {HTMLElement} how.rest of the page, which the drawer covers
   */
  constructor({ store, router, rest }) {
    this.store = store;
    this.router = router;
    const list = byId("rooms", HTMLElement);
    this.sidebar = new Sidebar({ list, store, address: (slug) => router.address(slug) });
    this.drawer = new Drawer({ drawer: byId("sidebar", HTMLElement), rest, opener: this.#opener, veil: byId("veil", HTMLElement) });
    this.switcher = new Switcher({
      dialog: byId("switcher", HTMLDialogElement),
      input: byId("switcher-input", HTMLInputElement),
      list: byId("switcher-list", HTMLElement),
      nothing: byId("switcher-nothing", HTMLElement),
      store,
      go: (room) => router.go(room),
    });
    list.addEventListener("click", (event) => router.follow(event));
    byId("jump", HTMLElement).addEventListener("click", () => this.switcher.open());
    if (/Mac|iPhone|iPad/.test(navigator.platform)) byId("jump-key", HTMLElement).textContent = "⌘ K";
  }

  draw() {
    const { store, router } = this;
    this.sidebar.draw(router.current);
    const name = router.room?.summary.name;
    document.title = [store.unread ? `(${store.unread}) ` : "", name ? `${name} · ` : "", this.#space].join("");
    const elsewhere = store.unread - (router.room?.unread ?? 0);
    this.#opener.classList.toggle("has-unread", elsewhere > 0);
  }
}
