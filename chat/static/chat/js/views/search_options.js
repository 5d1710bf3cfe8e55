/** The list below the field of a search, from which arrow keys and Enter or Tab choose. The focus stays in the field. */
import { h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { matchedParts } from "../lib/matching.js";
import { written } from "../lib/text.js";

/** @typedef {import("./search_choices.js").ChoiceRow} ChoiceRow */

export class SearchOptions {
  list = h("div", { class: "suggestions search-options", id: "search-options", role: "listbox", "aria-label": gettext("Suggestions"), hidden: true });
  said = h("p", { class: "visually-hidden", role: "status" });
  /** @type {ChoiceRow[]} */
  #rows = [];
  #at = -1;

  /**
   * @param {HTMLInputElement} field
   * @param {(row: ChoiceRow) => void} chosen
   */
  constructor(field, chosen) {
    this.field = field;
    this.chosen = chosen;
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays in the field
    this.list.addEventListener("click", ({ target }) => this.#choose(this.#indexOf(target)));
    this.list.addEventListener("pointermove", ({ target }) => this.#point(this.#indexOf(target)));
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    this.draw([], { query: "", isFirstChosen: false });
  }

  /**
   * @param {ChoiceRow[]} rows
   * @param {{query: string, isFirstChosen: boolean}} how whether Enter chooses the first row at once
   */
  draw(rows, { query, isFirstChosen }) {
    const held = this.#rows[this.#at]?.key;
    const hasChanged = rows.length !== this.#rows.length;
    this.#rows = rows;
    this.list.replaceChildren(...rows.map((row, index) => option(row, index, query)));
    this.list.hidden = !rows.length;
    this.field.setAttribute("aria-expanded", String(rows.length > 0));
    this.#at = -1;
    this.field.removeAttribute("aria-activedescendant");
    const kept = rows.findIndex(({ key }) => key === held);
    if (kept >= 0 || isFirstChosen) this.#point(Math.max(0, kept));
    if (hasChanged) this.said.textContent = rows.length ? interpolate(ngettext("%(count)s suggestion", "%(count)s suggestions", rows.length), { count: rows.length }) : "";
  }

  /**
   * Does what a key is for. False if it is for nothing here.
   * @param {string} key
   */
  press(key) {
    const { length } = this.#rows;
    if (!length) return false;
    if (key === "ArrowDown") this.#point((this.#at + 1) % length);
    else if (key === "ArrowUp") this.#point((Math.max(this.#at, 0) - 1 + length) % length);
    else if (key === "Escape") this.close();
    else if (key === "Tab") this.#choose(Math.max(0, this.#at));
    else if (key === "Enter" && this.#at >= 0) this.#choose(this.#at);
    else return false;
    return true;
  }

  /** @param {number} index */
  #point(index) {
    if (index < 0 || index === this.#at) return;
    this.#at = index;
    const options = [...this.list.children];
    for (const [at, element] of options.entries()) element.setAttribute("aria-selected", String(at === index));
    this.field.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const option = target instanceof Element ? target.closest("[role=option]") : null;
    return option ? [...this.list.children].indexOf(option) : -1;
  }

  /** @param {number} index */
  #choose(index) {
    const row = this.#rows[index];
    if (!row) return;
    this.close();
    this.chosen(row);
  }
}

/**
 * @param {ChoiceRow} row
 * @param {number} index
 * @param {string} query
 */
function option({ name, note, picture }, index, query) {
  const parts = matchedParts(name, query).map(({ text, isMatch }) => (isMatch ? h("mark", {}, text) : text));
  return h(
    "div",
    { role: "option", id: `search-option-${index}`, "aria-selected": "false" },
    h("span", { class: "picture", "aria-hidden": "true" }, picture()),
    h("span", { class: "name", ...written(name) }, ...parts),
    " ",
    note ? h("small", written(note), note) : null,
    h("kbd", { "aria-hidden": "true" }, "Tab"),
  );
}
