/**
 * The page of search: what is typed is asked with the command `search`, and stands in the address. Searches are entries of the history;
 * going back to one shows what was found as it was left.
 */
import { systemClock } from "../lib/clock.js";
import { button, byId, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { isBlocked } from "../state/items.js";
import { RecentSearches } from "../state/recent_searches.js";
import { NARROW } from "./page_router.js";
import { SearchChoices } from "./search_choices.js";
import { SearchField } from "./search_field.js";
import { nothingElement } from "./search_nothing.js";
import { countText, SearchResults } from "./search_results.js";
import { startElement } from "./search_start.js";

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */
/** @typedef {import("../net/connection.js").CommandError} CommandError */

/** After the last letter, a search waits this long. */
const PAUSE_MS = 350;
/** Without a connection, a search tries again this often, and says so after this many times. */
const AGAIN_MS = 500;
const SILENT_TRIES = 4;
const NEWEST = "newest";
const RELEVANCE = "relevance";

/** What was found last, for those who come back to its entry of the history. */
export class SearchMemory {
  /** @type {SearchReply | null} */
  reply = null;
  /** Which entry of the history shows it. */
  entry = "";
  scrollTop = 0;
  tab = "messages";
  /** The hit to which the reader went. */
  hit = -1;
}

export class SearchPage {
  #scroller = byId("page", HTMLElement);
  #about = byId("search-about", HTMLElement);
  #status = byId("search-status", HTMLElement);
  #orders = byId("search-orders", HTMLElement);
  #trouble = h("div", { class: "search-trouble", role: "status" });
  #body = h("div", { class: "search-body" });
  #order = NEWEST;
  /** Only in this conversation, which no operator names. @type {number | null} */
  #room = null;
  /** Which search is under way: an answer to another one is dropped. */
  #search = 0;
  #tries = 0;
  /** What was asked last: the same is not asked again. */
  #asked = "";
  /** Whether the next change of what is typed is another entry of the history. */
  #isSettled = true;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {HTMLElement} place
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {import("../lib/dates.js").Dates} how.dates
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {import("../net/finder.js").Finder} how.finder
   * @param {SearchMemory} how.memory
   * @param {() => void} how.drawn called when other people may be shown
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor(place, { store, items, request, router, dates, storage, finder, memory, drawn, clock = systemClock }) {
    this.place = place;
    this.store = store;
    this.request = request;
    this.router = router;
    this.dates = dates;
    this.memory = memory;
    this.clock = clock;
    this.recent = new RecentSearches(storage);
    this.field = new SearchField({
      choices: new SearchChoices({ store, finder }),
      locale: dates.locale,
      changed: (isSettled) => this.#changed(isSettled),
      leave: () => this.results.focusFirst(),
    });
    this.results = new SearchResults({
      context: { dates, router, now: () => clock.now(), isFolded: ({ author }) => isBlocked(items, author.id) },
      more: () => void this.#loadMore(),
      jumped: (index) => this.#jumped(index),
      leave: () => this.field.focus(),
      begin: (kind) => this.field.begin(kind),
      drawn,
    });
    place.append(this.field.element, this.results.filters, this.#trouble, this.#body);
    this.#followScrolling();
    this.#followWidth(matchMedia(NARROW));
    this.#start();
  }

  /** Shows what the address asks for, or what was shown at this entry of the history. */
  #start() {
    const address = new URLSearchParams(location.search);
    this.#order = address.get("order") === RELEVANCE ? RELEVANCE : NEWEST;
    this.#room = Number(address.get("room")) || null;
    this.field.set(address.get("q") ?? "", { scope: this.#scopeName });
    this.#drawOrders();
    const { memory } = this;
    if (memory.reply && history.state?.searched === memory.entry) {
      this.#asked = this.#address;
      this.#show(memory.reply, memory);
      this.#scroller.scrollTop = memory.scrollTop;
      if (memory.hit >= 0) return this.results.focusHit(memory.hit);
    } else void this.#ask();
    this.field.focus();
  }

  get #scopeName() {
    return this.#room === null ? null : (this.store.rooms.get(this.#room)?.summary.name ?? "…");
  }

  get #address() {
    const { query } = this.field;
    const parts = new URLSearchParams();
    if (query) parts.set("q", query);
    if (this.#room) parts.set("room", String(this.#room));
    if (this.#order === RELEVANCE) parts.set("order", this.#order);
    return location.pathname + (parts.size ? `?${parts}` : "");
  }

  /** @param {boolean} isSettled whether what was typed is complete */
  #changed(isSettled) {
    if (!this.field.hasScope) this.#room = null;
    this.clock.clearTimeout(this.#timer);
    if (isSettled) void this.#ask().then(() => this.#note());
    else this.#timer = this.clock.setTimeout(() => void this.#ask(), PAUSE_MS);
    if (isSettled) this.#isSettled = true;
  }

  /** @param {import("../state/recent_searches.js").Entry} entry */
  #searchFor({ query, names, room }) {
    this.#room = room;
    this.field.set(query, { names, scope: this.#scopeName });
    this.field.focus();
    this.#changed(true);
  }

  /** @param {string} order */
  #sort(order) {
    this.#order = order;
    this.#drawOrders();
    void this.#ask();
  }

  /** Asks for what is typed, unless it is what was asked last. */
  async #ask() {
    if (!this.place.isConnected || this.#asked === this.#address) return;
    this.#asked = this.#address;
    this.router.readdress(this.#asked, { push: this.#isSettled });
    this.#isSettled = false;
    await this.#run();
  }

  async #run() {
    const search = (this.#search += 1);
    this.clock.clearTimeout(this.#timer);
    if (!this.field.query) return this.#showStart();
    this.#body.setAttribute("aria-busy", "true");
    try {
      const reply = await this.request(this.#command());
      if (search === this.#search && this.place.isConnected) this.#found(reply);
    } catch (error) {
      if (search === this.#search && this.place.isConnected) this.#failed(/** @type {CommandError} */ (error));
    }
  }

  /** @param {string} [cursor] */
  #command(cursor) {
    const zone = this.dates.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    return { type: "search", query: this.field.query, order: this.#order, zone, room: this.#room ?? undefined, cursor };
  }

  /** @param {SearchReply} reply */
  #found(reply) {
    this.#tries = 0;
    const entry = `${this.clock.now()}`;
    Object.assign(this.memory, { reply, entry, scrollTop: 0, tab: "messages", hit: -1 });
    history.replaceState({ ...history.state, searched: entry }, "");
    this.#show(reply, { tab: this.#firstTab(reply) });
    this.#scroller.scrollTop = 0;
  }

  /** Names alone were found: they are shown rather than nothing. @param {SearchReply} reply */
  #firstTab({ hits, people, rooms }) {
    if (hits.length || (!people.length && !rooms.length)) return "messages";
    return people.length ? "people" : "rooms";
  }

  /**
   * @param {SearchReply} reply
   * @param {{tab: string}} how
   */
  #show(reply, { tab }) {
    this.field.understand(reply.words);
    this.results.offer(this.field.chips.map(({ kind }) => kind));
    this.results.show(reply, { tab });
    const isEmpty = !reply.hits.length && !reply.people.length && !reply.rooms.length;
    this.#draw(isEmpty ? this.#nothing() : this.results.element, { hasResults: !isEmpty });
    this.#about.textContent = this.#status.textContent = countText(reply);
    this.#say(reply.building === null ? "" : buildingText(reply.building, this.dates.locale));
  }

  #nothing() {
    const { chips, text } = this.field;
    return nothingElement({ chips, text, without: (dropped) => this.field.removeAll(dropped) });
  }

  #showStart() {
    this.#about.textContent = this.#status.textContent = "";
    this.#say("");
    this.#draw(
      startElement({
        recent: this.recent,
        search: (entry) => this.#searchFor(entry),
        begin: (kind) => this.field.begin(kind),
        emptied: () => this.field.focus(),
      }),
      { hasResults: false },
    );
  }

  /**
   * @param {HTMLElement} content
   * @param {{hasResults: boolean}} how
   */
  #draw(content, { hasResults }) {
    this.#body.removeAttribute("aria-busy");
    this.#body.replaceChildren(content);
    this.results.filters.hidden = !hasResults;
    this.#orders.hidden = !hasResults;
  }

  async #loadMore() {
    const { reply } = this.results;
    const search = this.#search;
    if (!reply?.more) return;
    try {
      const next = await this.request(this.#command(reply.more));
      if (search !== this.#search || !this.place.isConnected) return;
      this.results.append(next);
      this.memory.reply = this.results.reply;
      this.#about.textContent = this.#status.textContent = countText(this.results.reply ?? next);
    } catch (error) {
      if (search === this.#search) this.#say(/** @type {CommandError} */ (error).message);
    }
  }

  /** @param {CommandError} error */
  #failed({ code, message, retryAfter }) {
    this.#body.removeAttribute("aria-busy");
    const isOffline = code === "disconnected";
    this.#tries += 1;
    if (isOffline || retryAfter) this.#timer = this.clock.setTimeout(() => void this.#run(), isOffline ? AGAIN_MS : (retryAfter ?? 1) * 1000);
    if (isOffline && this.#tries < SILENT_TRIES) return;
    const text = isOffline ? gettext("You are not connected. The search goes on when you are.") : message;
    this.#say(text, isOffline || retryAfter ? null : button({ class: "button quiet" }, () => void this.#run(), gettext("Try again")));
  }

  /**
   * @param {string} text
   * @param {HTMLElement | null} [action]
   */
  #say(text, action = null) {
    if (this.#trouble.firstChild?.textContent === text) return;
    this.#trouble.replaceChildren(...(text ? [h("p", {}, text), ...(action ? [action] : [])] : []));
  }

  #drawOrders() {
    const orders = [
      { order: NEWEST, name: gettext("Newest first") },
      { order: RELEVANCE, name: gettext("Best match") },
    ];
    const hadFocus = this.#orders.contains(document.activeElement);
    this.#orders.replaceChildren(...orders.map(({ order, name }) => button({ "aria-pressed": String(order === this.#order) }, () => this.#sort(order), name)));
    if (hadFocus) /** @type {HTMLElement | null} */ (this.#orders.querySelector("[aria-pressed=true]"))?.focus();
  }

  /** @param {number} index of the hit to which the reader goes */
  #jumped(index) {
    this.memory.hit = index;
    this.memory.tab = this.results.tab;
    this.#note();
  }

  /** Keeps the search among the recent ones, if it found something. */
  #note() {
    const { query, names } = this.field;
    const { reply } = this.results;
    if (query && this.#asked === this.#address && reply && (reply.hits.length || reply.people.length || reply.rooms.length)) this.recent.add({ query, names, room: this.#room });
  }

  /**
   * The choice of the order stands in the bar, or on a narrow page, where the field is in the bar, beside the filters.
   * @param {MediaQueryList} narrow
   */
  #followWidth(narrow) {
    const bar = this.#orders.parentElement;
    const moved = () => {
      if (this.place.isConnected) (narrow.matches ? this.results.filters : bar)?.append(this.#orders);
      else narrow.removeEventListener("change", moved);
    };
    narrow.addEventListener("change", moved);
    moved();
  }

  #followScrolling() {
    const scrolled = () => {
      if (this.place.isConnected) this.memory.scrollTop = this.#scroller.scrollTop;
      else this.#scroller.removeEventListener("scroll", scrolled);
    };
    this.#scroller.addEventListener("scroll", scrolled, { passive: true });
  }
}

/**
 * @param {number} part
 * @param {string} locale
 */
function buildingText(part, locale) {
  const done = new Intl.NumberFormat(locale, { style: "percent" }).format(part);
  return interpolate(gettext("The index is being built, %(done)s so far. Some messages may be missing."), { done });
}
