/**
 * "Jump to…": a dialog that opens a room after some letters of its name and Enter. Any part of the name matches; in Korean also
 * the initial consonants (ㄷㅈㅇ finds 디자인).
 */
import { h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";
import { written } from "../lib/text.js";
import { sign } from "./sidebar.js";

const MOST = 50;

export class Switcher {
  #active = 0;
  /** @type {import("../state/room.js").Room[]} */
  #found = [];

  /**
   * @param {object} how
   * @param {HTMLDialogElement} how.dialog
   * @param {HTMLInputElement} how.input
   * @param {HTMLElement} how.list
   * @param {HTMLElement} how.nothing says that there is no match; a listbox may contain only options
   * @param {import("../state/store.js").Store} how.store
   * @param {(room: number) => void} how.go
   */
  constructor({ dialog, input, list, nothing, store, go }) {
    this.dialog = dialog;
    this.input = input;
    this.list = list;
    this.nothing = nothing;
    this.store = store;
    this.go = go;
    input.addEventListener("input", () => this.#search());
    dialog.addEventListener("keydown", (event) => this.#pressed(event));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    list.addEventListener("click", (event) => this.#clicked(event));
  }

  open() {
    if (this.dialog.open) return;
    this.input.value = "";
    this.dialog.showModal();
    this.#search();
  }

  #search() {
    const byName = this.store.sorted().map((room) => ({ room, name: room.summary.name }));
    this.#found = matching(byName, this.input.value).slice(0, MOST).map(({ room }) => room);
    this.#active = 0;
    this.list.replaceChildren(...this.#found.map((room, index) => option(room, index)));
    const found = this.#found.length > 0;
    this.input.setAttribute("aria-expanded", String(found));
    this.list.hidden = !found;
    this.nothing.textContent = found ? "" : gettext("None of your rooms matches.");
    this.#mark();
  }

  #mark() {
    for (const [index, element] of [...this.list.children].entries()) {
      element.setAttribute("aria-selected", String(index === this.#active));
      if (index === this.#active) element.scrollIntoView({ block: "nearest" });
    }
    if (this.#found.length) this.input.setAttribute("aria-activedescendant", `option-${this.#active}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#found.length) {
      this.#active = (this.#active + step + this.#found.length) % this.#found.length;
      this.#mark();
    } else if (event.key === "Enter") this.#choose(this.#active);
    else return;
    event.preventDefault();
  }

  /** @param {Event} event */
  #clicked(event) {
    const chosen = /** @type {Element} */ (event.target).closest("[role=option]");
    if (chosen) this.#choose([...this.list.children].indexOf(chosen));
  }

  /** @param {number} index */
  #choose(index) {
    const room = this.#found[index];
    if (!room) return;
    this.dialog.close();
    this.go(room.id);
  }
}

/**
 * @param {import("../state/room.js").Room} room
 * @param {number} index
 */
function option(room, index) {
  const unread = room.unread ? h("b", { class: "badge number" }, String(room.unread)) : null;
  const name = h("span", { class: "name", ...written(room.summary.name) }, room.summary.name);
  return h("li", { role: "option", id: `option-${index}`, "aria-selected": "false" }, sign(room), name, unread);
}
