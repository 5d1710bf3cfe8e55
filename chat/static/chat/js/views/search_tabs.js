/** Messages, files, people or rooms: which of the results are shown, with how many there are. */
import { button, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

/** `count`: "" while it is not known. @typedef {{key: string, name: string, count: string}} Tab */

export class SearchTabs {
  element = h("div", { class: "search-tabs", role: "tablist", "aria-label": gettext("What was found") });
  #current = "";

  /** @param {(tab: string) => void} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /**
   * @param {Tab[]} tabs
   * @param {string} current
   */
  draw(tabs, current) {
    const hadFocus = this.element.contains(document.activeElement);
    this.#current = current;
    this.element.replaceChildren(...tabs.map((tab) => this.#tab(tab)));
    if (hadFocus) this.#focus();
  }

  /** @param {Tab} tab */
  #tab({ key, name, count }) {
    const isCurrent = key === this.#current;
    const attributes = { role: "tab", id: `search-tab-${key}`, "aria-selected": String(isCurrent), "aria-controls": isCurrent ? "search-results" : null, tabindex: isCurrent ? "0" : "-1", "data-key": key };
    return button(attributes, () => this.#choose(key), name, count && " ", count && h("span", { class: "count" }, count));
  }

  /** @param {string} key */
  #choose(key) {
    this.chosen(key);
    this.#focus();
  }

  #focus() {
    /** @type {HTMLElement | null} */ (this.element.querySelector("[aria-selected=true]"))?.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const keys = /** @type {HTMLElement[]} */ ([...this.element.children]).map(({ dataset }) => dataset.key ?? "");
    const at = keys.indexOf(this.#current);
    const next = { ArrowRight: keys[(at + 1) % keys.length], ArrowLeft: keys[(at - 1 + keys.length) % keys.length], Home: keys[0], End: keys.at(-1) }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(next);
  }
}
