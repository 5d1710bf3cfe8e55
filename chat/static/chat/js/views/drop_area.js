/** Shows that files which are dragged over the page can be dropped. */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";

export class DropArea {
  #text = h("b", {});
  #area = h("div", { class: "drop-area", hidden: true, "aria-hidden": "true" }, icon("attach"), this.#text, h("p", {}, gettext("Up to 10 files in a message")));
  /** How many elements the pointer has entered and not left. */
  #depth = 0;

  /**
   * @param {HTMLElement} main
   * @param {() => string} name of the room
   */
  constructor(main, name) {
    main.append(this.#area);
    document.addEventListener("dragenter", ({ dataTransfer }) => {
      if (!dataTransfer?.types.includes("Files")) return;
      this.#depth += 1;
      this.#text.textContent = interpolate(gettext("Drop files to attach them in %(room)s"), { room: name() });
      this.#area.hidden = !name();
    });
    document.addEventListener("dragleave", () => this.#left(this.#depth - 1));
    document.addEventListener("drop", () => this.#left(0));
  }

  /** @param {number} depth */
  #left(depth) {
    this.#depth = Math.max(0, depth);
    if (!this.#depth) this.#area.hidden = true;
  }
}
