/** On a narrow page the sidebar is a drawer: opened by a button, closed by Escape, a tap beside it, or choosing. */

const NARROW = "(max-width: 47.5em)";

export class Drawer {
  #narrow = matchMedia(NARROW);

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.drawer
   * @param {HTMLElement} parts.rest what lies under it
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
   * What is not in front is inert: neither Tab nor a screen reader gets there.
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
