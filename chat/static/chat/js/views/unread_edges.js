/** The buttons at the edges of the list of rooms: how many rooms with mentions of the reader, or else unread messages, are out of sight. */
import { h, icon, perFrame } from "../lib/dom.js";
import { interpolate, ngettext } from "../lib/i18n.js";
import { spokenMentions } from "./sidebar.js";

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
      const { links, mentions } = this.#hidden(edge);
      const button = this.buttons[edge];
      button.hidden = !links.length;
      // Of conversations, the number of rooms is shown: their messages are no mentions.
      const label = mentions ? spokenMentions(mentions) : unreadRooms(links.length);
      if (button.dataset.label === label) continue;
      button.dataset.label = label;
      button.replaceChildren(icon(edge === "above" ? "up" : "down"), label);
    }
  }

  /** @param {Edge} edge */
  #reveal(edge) {
    const { links } = this.#hidden(edge);
    const next = edge === "above" ? links[links.length - 1] : links[0];
    next?.scrollIntoView({ block: "center" });
  }

  /**
   * The links of rooms beyond an edge that have mentions, and how many mentions these are; without any, those of unread rooms.
   * @param {Edge} edge
   */
  #hidden(edge) {
    const { scrollTop, clientHeight } = this.list;
    const hidden = this.sidebar.links.filter((link) => {
      if (!link.matches(".mentioned, .unread:not(.muted)")) return false;
      return edge === "above" ? link.offsetTop + link.offsetHeight <= scrollTop : link.offsetTop >= scrollTop + clientHeight;
    });
    const mentioning = hidden.filter((link) => link.classList.contains("mentioned"));
    const mentions = mentioning.reduce((sum, link) => sum + this.sidebar.mentionsIn(Number(link.dataset.room)), 0);
    return { links: mentioning.length ? mentioning : hidden, mentions };
  }
}

/** @param {number} count of rooms */
function unreadRooms(count) {
  return interpolate(ngettext("%(count)s unread", "%(count)s unread", count), { count });
}
