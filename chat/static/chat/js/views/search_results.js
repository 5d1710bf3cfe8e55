/** What was found: messages, files, people and rooms, each behind a tab, and a way to more of them. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { nothingYet } from "../state/search_memory.js";
import { endText, tabsOf } from "./search_counts.js";
import { fileRows } from "./search_files.js";
import { hitElement } from "./search_hit.js";
import { peopleElement, roomsElement } from "./search_names.js";
import { SearchTabs } from "./search_tabs.js";
import { operatorName } from "./search_words.js";

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */

/** Operators that are offered beside the tabs, until they are used. */
const OFFERED = ["has", "after"];

export class SearchResults {
  #tabs = new SearchTabs((tab) => this.turned(tab));
  #offers = h("span", { class: "search-offers" });
  #hits = h("ol", { class: "hits", "aria-label": gettext("Messages") });
  #files = h("ol", { class: "found-files", "aria-label": gettext("Files") });
  #end = h("p", { class: "search-end" });
  #more = button({ class: "button quiet search-more" }, () => this.#loadMore(), gettext("Show more"));
  #seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && this.#loadMore());
  #found = nothingYet();
  filters = h("div", { class: "search-filters" }, this.#tabs.element, this.#offers);
  element = h("div", { class: "search-results", id: "search-results", role: "tabpanel" });

  /**
   * @param {object} how
   * @param {import("./search_hit.js").Context} how.context
   * @param {() => void} how.more loads the next messages
   * @param {(tab: string) => void} how.turned called when another tab is chosen
   * @param {(index: number) => void} how.jumped called when the reader goes to a hit
   * @param {() => void} how.leave goes back to the field
   * @param {(kind: string) => void} how.begin types an operator
   * @param {() => void} how.drawn called when other people may be shown
   */
  constructor({ context, more, turned, jumped, leave, begin, drawn }) {
    this.context = context;
    this.more = more;
    this.turned = turned;
    this.leave = leave;
    this.begin = begin;
    this.drawn = drawn;
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("click", ({ target }) => {
      const index = this.#links.indexOf(/** @type {any} */ (target instanceof Element ? target.closest("a") : null));
      if (index >= 0) jumped(index);
    });
  }

  /** What is shown: of the tab, null while it is not known. */
  get reply() {
    return this.#found.tab === "files" ? this.#found.files : this.#found.all;
  }

  /**
   * Whether this search found what is shown.
   * @param {import("../state/search_memory.js").Found} found
   */
  isOf(found) {
    return this.#found === found && this.reply !== null;
  }

  /** @param {import("../state/search_memory.js").Found} found */
  show(found) {
    this.#found = found;
    this.#tabs.draw(tabsOf(found), found.tab);
    this.element.setAttribute("aria-labelledby", `search-tab-${found.tab}`);
    const first = found.all ?? found.files;
    if (found.tab === "people") this.element.replaceChildren(peopleElement(first?.people ?? []));
    else if (found.tab === "rooms") this.element.replaceChildren(roomsElement(first?.rooms ?? [], this.context.router));
    else this.#drawList();
    this.drawn();
    return this.reply;
  }

  /** @param {SearchReply} reply with the next messages */
  append(reply) {
    const { tab } = this.#found;
    const shown = this.reply;
    if (!shown) return null;
    const hadFocus = document.activeElement === this.#more;
    const index = this.#links.length;
    this.#found[tab === "files" ? "files" : "all"] = { ...shown, hits: [...shown.hits, ...reply.hits], more: reply.more };
    this.#list.append(...this.#rows(reply));
    this.#drawEnds();
    this.#tabs.draw(tabsOf(this.#found), tab);
    this.drawn();
    if (hadFocus) this.#links[index]?.focus();
    return this.reply;
  }

  /** The operators that are not used yet. @param {readonly string[]} used */
  offer(used) {
    const kinds = OFFERED.filter((kind) => !used.includes(kind));
    this.#offers.replaceChildren(...kinds.map((kind) => button({ class: "chip offered", "aria-label": interpolate(gettext("Add %(operator)s"), { operator: operatorName(kind) }) }, () => this.begin(kind), icon("plus"), operatorName(kind))));
  }

  focusFirst() {
    const [first] = this.#focusable;
    first?.focus();
  }

  /** @param {number} index of a hit */
  focusHit(index) {
    this.#links[index]?.focus({ preventScroll: true });
  }

  /** The links that lead to messages. */
  get #links() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.element.querySelectorAll("a.to-hit")]);
  }

  /** What arrow keys reach: one thing of each row. */
  get #focusable() {
    return /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("a.to-hit, .search-names :is(a, button)")]);
  }

  get #list() {
    return this.#found.tab === "files" ? this.#files : this.#hits;
  }

  /** @param {SearchReply} reply */
  #rows({ hits }) {
    return this.#found.tab === "files" ? fileRows(hits, this.context) : hits.map((hit) => hitElement(hit, this.context));
  }

  #drawList() {
    const { reply } = this;
    this.#list.replaceChildren(...(reply ? this.#rows(reply) : []));
    if (reply && !reply.hits.length) this.element.replaceChildren(this.#noneElement());
    else this.element.replaceChildren(this.#list, this.#end, this.#more);
    this.#drawEnds();
  }

  #drawEnds() {
    const { reply } = this;
    const isAll = reply !== null && reply.more === null;
    this.#more.hidden = !reply || isAll;
    this.#end.hidden = !isAll;
    this.#end.textContent = isAll ? endText(reply) : "";
    this.#seen.disconnect();
    if (!this.#more.hidden) this.#seen.observe(this.#more);
  }

  /** Nothing behind this tab, but perhaps behind another one. */
  #noneElement() {
    if (this.#found.tab !== "files") return h("p", { class: "search-end" }, gettext("No message in your rooms matches this."));
    const others = button({ class: "button quiet" }, () => this.turned("messages"), gettext("Search all messages"));
    return h("div", { class: "search-none" }, h("p", {}, gettext("No file in your rooms matches this.")), others);
  }

  /** The next ones are loaded once: when they are there, the button is watched again. */
  #loadMore() {
    this.#seen.disconnect();
    this.more();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey || altKey || shiftKey) return;
    const rows = this.#focusable;
    const current = document.activeElement?.closest("li");
    const at = rows.findIndex((row) => row.closest("li") === current);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, Escape: -1 }[key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (to < 0) return this.leave();
    rows[to]?.focus();
    rows[to]?.closest("li")?.scrollIntoView({ block: "nearest" });
  }
}
