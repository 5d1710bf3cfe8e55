/** Messages, people or rooms: which of the results are shown, with how many there are. */
import { button, h } from "../lib/dom.js";

/** @typedef {{key: string, name: string, count: string}} Tab */

export class SearchTabs {
  element = h("div", { class: "search-tabs", role: "tablist" });
  /** @type {string} */
  current = "messages";

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @param {Tab[]} tabs */
  draw(tabs) {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(...tabs.map((tab) => this.#tab(tab)));
    if (hadFocus) this.#focus();
  }

  /** @param {Tab} tab */
  #tab({ key, name, count }) {
    const isCurrent = key === this.current;
    const attributes = { role: "tab", id: `search-tab-${key}`, "aria-selected": String(isCurrent), "aria-controls": "search-results", tabindex: isCurrent ? "0" : "-1", "data-key": key };
    return button(attributes, () => this.#show(key), name, count && " ", count && h("span", { class: "count" }, count));
  }

  /** @param {string} key */
  #show(key) {
    this.current = key;
    this.changed();
    this.#focus();
  }

  #focus() {
    /** @type {HTMLElement | null} */ (this.element.querySelector("[aria-selected=true]"))?.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const keys = /** @type {HTMLElement[]} */ ([...this.element.children]).map(({ dataset }) => dataset.key ?? "");
    const at = keys.indexOf(this.current);
    const next = { ArrowRight: keys[(at + 1) % keys.length], ArrowLeft: keys[(at - 1 + keys.length) % keys.length], Home: keys[0], End: keys.at(-1) }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#show(next);
  }
}
