/** What is in the way of a search, in words; and what to know of the results. */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

/** @typedef {import("../net/search_asking.js").Trouble} Trouble */

export class SearchTrouble {
  /** The seconds are for the eye: a screen reader hears the reason once. */
  #seconds = h("span", { class: "seconds", "aria-hidden": "true" });
  element = h("div", { class: "search-trouble", role: "status" });

  /** @param {Trouble} trouble */
  show({ code, message, seconds, again }) {
    const text = code === "disconnected" ? gettext("You are not connected. The search goes on when you are.") : message;
    const others = [seconds && this.#seconds, again && button({ class: "button quiet" }, again, gettext("Try again"))];
    this.#seconds.textContent = seconds ? interpolate(ngettext("again in %(count)s second", "again in %(count)s seconds", seconds), { count: seconds }) : "";
    this.say(text, ...others.flatMap((other) => other || []));
  }

  /**
   * @param {string} text "" for nothing
   * @param {...Node} others
   */
  say(text, ...others) {
    if (this.element.firstChild?.textContent === text && this.element.children.length === others.length + 1) return;
    this.element.replaceChildren(...(text ? [h("p", {}, text), ...others] : []));
  }
}
