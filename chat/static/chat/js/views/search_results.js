/** What was found: messages with a way to more of them, people, and rooms, each behind a tab. */
import { button, h, icon } from "../lib/dom.js";
import { endings } from "../lib/hit_text.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { face, opensCard } from "./people.js";
import { hitElement, placeParts } from "./search_hit.js";
import { SearchTabs } from "./search_tabs.js";
import { operatorName } from "./search_words.js";

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */

/** Operators that are offered beside the tabs, until they are used. */
const OFFERED = ["has", "after"];
const MOST_ENDINGS = 3;

export class SearchResults {
  #tabs = new SearchTabs(() => this.#drawTab());
  #offers = h("span", { class: "search-offers" });
  #hits = h("ol", { class: "hits", "aria-label": gettext("Messages") });
  #end = h("p", { class: "search-end" });
  #more = button({ class: "button quiet search-more" }, () => this.#loadMore(), gettext("Show more"));
  #seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && this.#loadMore());
  /** @type {SearchReply | null} */
  reply = null;
  filters = h("div", { class: "search-filters" }, this.#tabs.element, this.#offers);
  element = h("div", { class: "search-results", id: "search-results", role: "tabpanel" });

  /**
   * @param {object} how
   * @param {import("./search_hit.js").Context} how.context
   * @param {() => void} how.more loads the next messages
   * @param {(index: number) => void} how.jumped called when the reader goes to a hit
   * @param {() => void} how.leave goes back to the field
   * @param {(kind: string) => void} how.begin types an operator
   * @param {() => void} how.drawn called when other people may be shown
   */
  constructor({ context, more, jumped, leave, begin, drawn }) {
    this.context = context;
    this.more = more;
    this.leave = leave;
    this.begin = begin;
    this.drawn = drawn;
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.#hits.addEventListener("click", ({ target }) => {
      const index = this.#links.indexOf(/** @type {any} */ (target instanceof Element ? target.closest("a") : null));
      if (index >= 0) jumped(index);
    });
  }

  get tab() {
    return this.#tabs.current;
  }

  /**
   * @param {SearchReply} reply
   * @param {{tab?: string}} [how]
   */
  show(reply, { tab = "messages" } = {}) {
    this.reply = reply;
    this.#tabs.current = tab;
    this.#hits.replaceChildren(...reply.hits.map((hit) => hitElement(hit, this.context)));
    this.#drawTab();
  }

  /** @param {SearchReply} reply with the next messages */
  append(reply) {
    if (!this.reply) return;
    const hadFocus = document.activeElement === this.#more;
    const shown = this.reply.hits.length;
    this.reply = { ...this.reply, hits: [...this.reply.hits, ...reply.hits], more: reply.more };
    this.#hits.append(...reply.hits.map((hit) => hitElement(hit, this.context)));
    this.#drawTab();
    if (hadFocus) this.#links[shown]?.focus();
  }

  /** The operators that are not used yet. @param {readonly string[]} used */
  offer(used) {
    const kinds = OFFERED.filter((kind) => !used.includes(kind));
    this.#offers.replaceChildren(...kinds.map((kind) => button({ class: "chip plain", "aria-label": interpolate(gettext("Add %(operator)s"), { operator: operatorName(kind) }) }, () => this.begin(kind), icon("plus"), operatorName(kind))));
  }

  focusFirst() {
    const [first] = this.#focusable;
    first?.focus();
  }

  /** @param {number} index of a hit */
  focusHit(index) {
    this.#links[index]?.focus();
  }

  get #links() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.#hits.querySelectorAll("a.to-hit")]);
  }

  get #focusable() {
    return /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("a.to-hit, .search-names :is(a, button)")]);
  }

  #drawTab() {
    const { reply } = this;
    if (!reply) return;
    this.#tabs.draw(tabsOf(reply));
    this.element.setAttribute("aria-labelledby", `search-tab-${this.#tabs.current}`);
    if (this.#tabs.current === "people") this.element.replaceChildren(peopleElement(reply));
    else if (this.#tabs.current === "rooms") this.element.replaceChildren(roomsElement(reply, this.context.router));
    else this.#drawMessages(reply);
    this.drawn();
  }

  /** @param {SearchReply} reply */
  #drawMessages({ hits, more }) {
    this.#more.hidden = more === null;
    this.#end.hidden = more !== null || !hits.length;
    this.#end.textContent = [gettext("That is all."), endingsText(hits)].filter(Boolean).join(" ");
    this.element.replaceChildren(this.#hits, this.#end, this.#more);
    this.#seen.disconnect();
    if (more !== null) this.#seen.observe(this.#more);
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
    const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (to < 0) return this.leave();
    rows[to]?.focus();
    rows[to]?.closest("li")?.scrollIntoView({ block: "nearest" });
  }
}

/**
 * Names are looked for if there are words alone.
 * @param {SearchReply} reply
 */
function tabsOf({ hits, people, rooms, more, words }) {
  const messages = { key: "messages", name: gettext("Messages"), count: more ? `${hits.length}+` : String(hits.length) };
  if (!words.every(({ kind, negated }) => !negated && (kind === "word" || kind === "phrase"))) return [messages];
  return [messages, { key: "people", name: gettext("People"), count: String(people.length) }, { key: "rooms", name: gettext("Rooms"), count: String(rooms.length) }];
}

/**
 * How many messages were found, in how many rooms.
 * @param {SearchReply} reply
 */
export function countText({ hits, more, people, rooms: named }) {
  if (!hits.length) return people.length || named.length ? gettext("No message found") : gettext("Nothing found");
  const count = hits.length;
  if (more) return interpolate(gettext("%(count)s messages and more"), { count });
  const rooms = new Set(hits.map(({ room }) => room.parent ?? room.id)).size;
  const values = {
    messages: interpolate(ngettext("%(count)s message", "%(count)s messages", count), { count }),
    rooms: interpolate(ngettext("one room", "%(count)s rooms", rooms), { count: rooms }),
  };
  return interpolate(gettext("%(messages)s in %(rooms)s"), values);
}

/** @param {import("../net/protocol.js").Hit[]} hits */
function endingsText(hits) {
  const words = endings(hits.map(({ message, marks }) => ({ body: message.body, marks })), MOST_ENDINGS);
  return words.length ? interpolate(gettext("Words match with their endings: %(words)s."), { words: words.join(", ") }) : "";
}

/** @param {SearchReply} reply */
function peopleElement({ people }) {
  if (!people.length) return h("p", { class: "search-end" }, gettext("Nobody whom you know is called that."));
  const rows = people.map((user) => h("li", {}, h("button", { type: "button", class: "search-row", ...opensCard(user) }, face(user), h("b", written(user.name), user.name), h("small", {}, `@${user.username}`))));
  return h("ul", { class: "search-rows search-names", "aria-label": gettext("People") }, ...rows);
}

/**
 * @param {SearchReply} reply
 * @param {import("./page_router.js").PageRouter} router
 */
function roomsElement({ rooms }, router) {
  if (!rooms.length) return h("p", { class: "search-end" }, gettext("None of your rooms is called that."));
  const rows = rooms.map((room) => h("li", {}, h("a", { class: "search-row", href: router.address(room.slug ?? "") }, ...placeParts(room))));
  return h("ul", { class: "search-rows search-names", "aria-label": gettext("Rooms") }, ...rows);
}
