/** The buttons at the edges of the list of rooms: how many rooms with unread messages are out of sight above and below. */
import { h, icon, perFrame } from "../lib/dom.js";
import { interpolate, ngettext } from "../lib/i18n.js";

/** @typedef {"above" | "below"} Edge */

export class UnreadEdges {
  /**
   * @param {HTMLElement} list that scrolls
   * @param {import("./sidebar.js").Sidebar} sidebar
   */
  constructor(list, sidebar) {
    this.list = list;
    this.sidebar = sidebar;
    this.buttons = { above: this.#button("above"), below: this.#button("below") };
    list.parentElement?.append(this.buttons.above, this.buttons.below);
    this.draw = perFrame(() => this.#draw());
    list.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(list);
  }

  /** @param {Edge} edge */
  #button(edge) {
    const made = h("button", { type: "button", class: `pill ${edge}`, tabindex: -1, hidden: true });
    made.addEventListener("click", () => this.#reveal(edge));
    return made;
  }

  #draw() {
    for (const edge of /** @type {const} */ (["above", "below"])) {
      const { length } = this.#hidden(edge);
      const button = this.buttons[edge];
      button.hidden = !length;
      if (button.dataset.count === String(length)) continue;
      button.dataset.count = String(length);
      button.replaceChildren(icon(edge === "above" ? "up" : "down"), text(length));
    }
  }

  /** @param {Edge} edge */
  #reveal(edge) {
    const links = this.#hidden(edge);
    const next = edge === "above" ? links[links.length - 1] : links[0];
    next?.scrollIntoView({ block: "center" });
  }

  /**
   * The links of unread rooms beyond an edge.
   * @param {Edge} edge
   */
  #hidden(edge) {
    const { scrollTop, clientHeight } = this.list;
    return this.sidebar.links.filter((link) => {
      if (!link.classList.contains("unread") || link.classList.contains("muted")) return false;
      return edge === "above" ? link.offsetTop + link.offsetHeight <= scrollTop : link.offsetTop >= scrollTop + clientHeight;
    });
  }
}

/** @param {number} count of rooms */
function text(count) {
  return interpolate(ngettext("%(count)s unread", "%(count)s unread", count), { count });
}
