/** The menu below the space's name: people, rooms, how the page looks, administration, sign-out. */
import { choose, chosen, DEFAULTS } from "../lib/appearance.js";
import { byId } from "../lib/dom.js";
import { Menu } from "./menu.js";

/** @typedef {import("../lib/appearance.js").Choice} Choice */

const CHOICES = /** @type {Choice[]} */ (Object.keys(DEFAULTS));

export class SpaceMenu {
  #menu = byId("space-menu", HTMLElement);

  constructor() {
    this.menu = new Menu({ opener: byId("space-menu-open", HTMLElement), menu: this.#menu, opening: () => this.#draw() });
    this.#menu.addEventListener("click", (event) => /** @type {Element} */ (event.target).closest("a, [data-closes]") && this.menu.close());
    for (const choice of CHOICES) {
      for (const button of this.#buttons(choice)) {
        button.addEventListener("click", () => {
          choose(choice, button.dataset[choice] ?? "");
          this.#draw();
        });
      }
    }
  }

  #draw() {
    /** @type {HTMLInputElement | null} */ (this.#menu.querySelector("[name=next]"))?.setAttribute("value", location.pathname + location.search);
    for (const choice of CHOICES) {
      for (const button of this.#buttons(choice)) {
        button.setAttribute("aria-checked", String(button.dataset[choice] === chosen(choice)));
      }
    }
  }

  /**
   * @param {Choice} choice
   * @returns {NodeListOf<HTMLElement>}
   */
  #buttons(choice) {
    return this.#menu.querySelectorAll(`[role=menuitemradio][data-${choice}]`);
  }
}
