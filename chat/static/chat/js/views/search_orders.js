/** The order of what was found: by time, or by how well it matches. */
import { button } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { NEWEST, RELEVANCE } from "../lib/search_address.js";
import { NARROW } from "./page_router.js";

export class SearchOrders {
  current = NEWEST;

  /**
   * @param {HTMLElement} element
   * @param {(order: string) => void} chosen
   */
  constructor(element, chosen) {
    this.element = element;
    this.chosen = chosen;
  }

  /** @param {string} order */
  draw(order) {
    this.current = order;
    const orders = [
      { key: NEWEST, name: gettext("Newest first") },
      { key: RELEVANCE, name: gettext("Best match") },
    ];
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(...orders.map(({ key, name }) => button({ "aria-pressed": String(key === order) }, () => this.#choose(key), name)));
    if (hadFocus) /** @type {HTMLElement | null} */ (this.element.querySelector("[aria-pressed=true]"))?.focus();
  }

  /**
   * They stand in the bar, or on a narrow page, where the field is in the bar, beside the filters.
   * @param {HTMLElement} filters
   */
  followWidth(filters) {
    const narrow = matchMedia(NARROW);
    const bar = this.element.parentElement;
    const moved = () => {
      if (filters.isConnected) (narrow.matches ? filters : bar)?.append(this.element);
      else narrow.removeEventListener("change", moved);
    };
    narrow.addEventListener("change", moved);
    moved();
  }

  /** @param {string} order */
  #choose(order) {
    this.draw(order);
    this.chosen(order);
  }
}
