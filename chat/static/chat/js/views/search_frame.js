/** What is around the results of a search: how many there are, what stands beside them, and whether others are on their way. */
import { byId, h } from "../lib/dom.js";

export class SearchFrame {
  #about = byId("search-about", HTMLElement);
  #status = byId("search-status", HTMLElement);
  body = h("div", { class: "search-body" });

  /** @param {HTMLElement[]} tools that are of no use without results */
  constructor(tools) {
    this.tools = tools;
  }

  /** Whether what is shown is going to be replaced. */
  get isBusy() {
    return this.body.hasAttribute("aria-busy");
  }

  set isBusy(isBusy) {
    if (isBusy) this.body.setAttribute("aria-busy", "true");
    else this.body.removeAttribute("aria-busy");
  }

  /** How much was found, in words. @param {string} text */
  say(text) {
    this.#about.textContent = this.#status.textContent = text;
  }

  /**
   * @param {HTMLElement | null} content
   * @param {{hasResults: boolean}} how
   */
  show(content, { hasResults }) {
    this.isBusy = false;
    this.body.replaceChildren(...(content ? [content] : []));
    for (const tool of this.tools) tool.hidden = !hasResults;
  }
}
