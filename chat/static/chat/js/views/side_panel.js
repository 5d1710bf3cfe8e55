/**
 * The panel beside the room: one view at a time, such as its people or its details. The button that opened a view closes it again;
 * so do Escape and the panel's own button. On a phone, where the panel is the screen, that is an arrow before the title.
 */
import { button, byId, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

/** Where the panel is above the room instead of beside it. */
const COVERS = "(max-width: 75em)";

/**
 * @typedef {object} PanelView
 * @property {HTMLElement} opener
 * @property {HTMLElement} body
 * @property {string} title
 * @property {(room: import("../state/room.js").Room) => string} about a line below the title
 * @property {(room: import("../state/room.js").Room) => void} draw
 * @property {HTMLElement} [tool] a button in the header of the panel
 * @property {() => void} [left] called when the view is closed, or another takes its place
 * @property {() => void} [focus] moves the focus into the view, which otherwise is on its title
 */

export class SidePanel {
  #panel = byId("panel", HTMLElement);
  #title = byId("panel-title", HTMLElement);
  #about = byId("panel-about", HTMLElement);
  #body = byId("panel-body", HTMLElement);
  #shell = byId("shell", HTMLElement);
  #close = byId("panel-close", HTMLElement);
  /** @type {PanelView | null} */
  #view = null;

  /**
   * @param {PanelView[]} views that a button of the page opens
   * @param {() => import("../state/room.js").Room | null} room that is shown
   */
  constructor(views, room) {
    this.views = views;
    this.room = room;
    for (const view of views) view.opener.addEventListener("click", () => this.toggle(view));
    this.#close.addEventListener("click", () => this.close());
    const back = gettext("Back");
    this.#panel.querySelector("header")?.prepend(button({ class: "icon panel-back", "aria-label": back, title: back }, () => this.close(), icon("back")));
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) this.close();
    });
  }

  get isOpen() {
    return this.#view !== null;
  }

  /** @param {PanelView} view */
  toggle(view) {
    if (this.#view === view) this.close();
    else this.open(view);
  }

  /** @param {PanelView} view */
  open(view) {
    if (this.#view !== view) this.#leave();
    this.#view = view;
    if (view.tool) this.#close.before(view.tool);
    this.#body.replaceChildren(view.body);
    this.#body.scrollTop = 0;
    this.#title.textContent = view.title;
    this.#show(true);
    const room = this.room();
    if (room) this.draw(room);
    if (view.focus) view.focus();
    else this.#title.focus();
  }

  /** @param {PanelView} view */
  isOpenAt(view) {
    return this.#view === view;
  }

  #leave() {
    const view = this.#view;
    this.#view = null;
    view?.tool?.remove();
    view?.left?.();
  }

  /** Closes the panel where it covers the room, to a message of which the reader goes. */
  uncover() {
    if (matchMedia(COVERS).matches) this.close();
  }

  close() {
    const view = this.#view;
    if (!view) return;
    this.#leave();
    this.#show(false);
    const isHidden = view.opener.offsetParent === null; // on a narrow page, some are opened from the details
    (isHidden ? this.views[this.views.length - 1] : view).opener.focus();
  }

  /** @param {import("../state/room.js").Room} room */
  draw(room) {
    if (!this.#view) return;
    this.#about.textContent = this.#view.about(room);
    this.#view.draw(room);
  }

  /** @param {boolean} isOpen */
  #show(isOpen) {
    this.#panel.hidden = !isOpen;
    this.#shell.classList.toggle("with-panel", isOpen);
    for (const { opener } of this.views) opener.setAttribute("aria-expanded", String(opener === this.#view?.opener));
  }
}
