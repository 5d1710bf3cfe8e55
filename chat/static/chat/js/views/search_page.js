/**
 * The page of search: what is typed is asked with the command `search`, and stands in the address. Searches are entries of the history;
 * going back to one shows what was found as it was left.
 */
import { systemClock } from "../lib/clock.js";
import { byId } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { addressOf, searchOf } from "../lib/search_address.js";
import { isBlocked } from "../state/items.js";
import { SearchAsking } from "../net/search_asking.js";
import { RecentSearches } from "../state/recent_searches.js";
import { nothingYet } from "../state/search_memory.js";
import { SearchChoices } from "./search_choices.js";
import { buildingText, countText } from "./search_counts.js";
import { SearchField } from "./search_field.js";
import { withFiles } from "./search_files.js";
import { SearchFrame } from "./search_frame.js";
import { nothingElement } from "./search_nothing.js";
import { SearchOrders } from "./search_orders.js";
import { SearchResults } from "./search_results.js";
import { startElement } from "./search_start.js";
import { SearchTrouble } from "./search_trouble.js";

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */
/** @typedef {import("../state/search_memory.js").Found} Found */

/** After the last letter, a search waits this long. */
const PAUSE_MS = 350;

export class SearchPage {
  #scroller = byId("page", HTMLElement);
  #orders = new SearchOrders(byId("search-orders", HTMLElement), () => void this.#ask());
  /** Only in this conversation, which no operator names. @type {number | null} */
  #room = null;
  /** What the search of the address found so far. */
  #found = nothingYet();
  /** What was asked last, without the tab: the same is not asked again. */
  #asked = "";
  /** Whether the next change of what is typed is another entry of the history. */
  #isSettled = true;
  #trouble = new SearchTrouble();
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
   * @param {import("../state/search_memory.js").SearchMemory} how.memory
   * @param {() => void} how.drawn called when other people may be shown
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor(place, { store, items, request, router, dates, storage, finder, memory, drawn, clock = systemClock }) {
    this.place = place;
    this.store = store;
    this.router = router;
    this.dates = dates;
    this.memory = memory;
    this.clock = clock;
    this.recent = new RecentSearches(storage);
    this.asking = new SearchAsking({ request, clock, troubled: (trouble) => this.#troubled(trouble), isWanted: () => place.isConnected });
    this.field = new SearchField({
      choices: new SearchChoices({ store, finder }),
      locale: dates.locale,
      changed: (isSettled) => this.#changed(isSettled),
      leave: () => this.results.focusFirst(),
      close: () => this.#close(),
    });
    this.results = new SearchResults({
      context: { dates, router, now: () => clock.now(), isFolded: ({ author }) => isBlocked(items, author.id) },
      more: () => void this.#loadMore(),
      turned: (tab) => void this.#turn(tab),
      jumped: (index) => this.#jumped(index),
      leave: () => this.field.focus(),
      begin: (kind) => this.field.begin(kind),
      drawn,
    });
    this.frame = new SearchFrame([this.results.filters, this.#orders.element]);
    place.append(this.field.element, this.results.filters, this.#trouble.element, this.frame.body);
    this.#followScrolling();
    this.#orders.followWidth(this.results.filters);
    this.#start();
  }

  /** Shows what the address asks for, or what was shown at this entry of the history. */
  #start() {
    const { query, room, order, tab } = searchOf(location.search);
    const { from, searched } = history.state ?? {};
    if (from && !from.startsWith(location.pathname)) this.memory.origin = from;
    this.#room = room;
    this.#found.tab = tab;
    this.field.set(query, { scope: this.#scopeName });
    this.#orders.draw(order);
    const kept = this.memory.at(searched);
    if (kept) return this.#restore(kept);
    void this.#ask();
    this.#isSettled = this.field.text !== "";
    this.field.focus();
  }

  /** @param {Found} kept */
  #restore(kept) {
    this.#asked = this.#address;
    this.#found = kept;
    const { scrollTop } = kept; // drawing may scroll
    this.#show();
    this.#scroller.scrollTop = scrollTop;
    if (kept.hit >= 0) this.results.focusHit(kept.hit);
    else this.field.focus();
  }

  get #scopeName() {
    return this.#room === null ? null : (this.store.rooms.get(this.#room)?.summary.name ?? gettext("this thread"));
  }

  /** What is searched for, as it stands in the address without the tab. */
  get #address() {
    return this.#addressAt("messages");
  }

  /** @param {string} tab */
  #addressAt(tab) {
    return addressOf(location.pathname, { query: this.field.query, room: this.#room, order: this.#orders.current, tab });
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

  /** Asks for what is typed, unless it is what was asked last. */
  async #ask() {
    if (!this.place.isConnected || this.#asked === this.#address) return;
    this.#asked = this.#address;
    const tab = this.#found.tab === "files" ? "files" : "messages";
    this.#found = { ...nothingYet(), tab };
    this.router.readdress(this.#addressAt(tab), { push: this.#isSettled });
    history.replaceState({ ...history.state, searched: undefined }, "");
    this.#isSettled = false;
    this.clock.clearTimeout(this.#timer);
    if (!this.field.query) return this.#showStart();
    await this.#read();
  }

  /** Reads what the tab shows, unless it is known. */
  async #read() {
    const found = this.#found;
    const kind = found.tab === "files" ? "files" : "all";
    const reply = found[kind] ?? (await this.#answer(kind));
    if (!reply || found !== this.#found) return;
    found[kind] = reply;
    if (!found.files && reply.more === null) found.files = withFiles(reply);
    if (found.tab === "messages") found.tab = firstTab(reply);
    this.#keep();
    this.#show();
    this.#scroller.scrollTop = 0;
  }

  /**
   * @param {"all" | "files"} kind
   * @param {string} [cursor]
   */
  async #answer(kind, cursor) {
    this.frame.isBusy = true;
    const zone = this.dates.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const only = kind === "files" ? kind : undefined;
    return this.asking.ask({ type: "search", query: this.field.query, order: this.#orders.current, zone, room: this.#room ?? undefined, only, cursor });
  }

  /**
   * What another search found is not shown beside the reason why there is no answer to this one.
   * @param {import("../net/search_asking.js").Trouble | null} trouble
   */
  #troubled(trouble) {
    if (!trouble) return this.#trouble.say("");
    this.#trouble.show(trouble);
    this.frame.isBusy = false;
    if (this.results.isOf(this.#found)) return;
    this.frame.say("");
    this.frame.show(null, { hasResults: false });
  }

  /** This entry of the history shows what was found. */
  #keep() {
    const entry = `${this.clock.now()}`;
    this.memory.keep(entry, this.#found);
    history.replaceState({ ...history.state, searched: entry }, "");
  }

  #show() {
    const { all, files } = this.#found;
    const reply = this.results.show(this.#found);
    const first = /** @type {SearchReply} */ (all ?? files);
    this.field.understand(first.words);
    this.results.offer(this.field.chips.map(({ kind }) => kind));
    const isEmpty = all !== null && !all.hits.length && !all.people.length && !all.rooms.length;
    this.frame.show(isEmpty ? this.#nothing() : this.results.element, { hasResults: !isEmpty });
    this.#count(reply);
  }

  /** @param {SearchReply | null} reply null while it is not known */
  #count(reply) {
    if (!reply) return;
    this.frame.say(countText(reply, { isOfFiles: this.#found.tab === "files" }));
    this.#trouble.say(reply.building === null ? "" : buildingText(reply.building, this.dates.locale));
  }

  #nothing() {
    const { chips, text } = this.field;
    return nothingElement({ chips, text, without: (dropped) => (this.field.removeAll(dropped), this.field.focus()), retype: (other) => this.field.retype(other) });
  }

  #showStart() {
    this.asking.stop();
    this.frame.say("");
    this.frame.show(
      startElement({
        recent: this.recent,
        search: (entry) => this.#searchFor(entry),
        begin: (kind) => this.field.begin(kind),
        emptied: () => this.field.focus(),
      }),
      { hasResults: false },
    );
  }

  /** @param {string} tab */
  async #turn(tab) {
    this.#found.tab = tab;
    this.#found.hit = -1;
    this.router.readdress(this.#addressAt(tab), { push: false });
    this.#show();
    if (!this.results.reply && tab !== "people" && tab !== "rooms") await this.#read();
  }

  async #loadMore() {
    const found = this.#found;
    const { tab } = found;
    const cursor = this.results.reply?.more;
    if (!cursor || this.frame.isBusy) return;
    const next = await this.#answer(tab === "files" ? "files" : "all", cursor);
    this.frame.isBusy = false;
    if (!next || found !== this.#found || found.tab !== tab) return;
    this.#count(this.results.append(next));
  }

  /** @param {number} index of the hit to which the reader goes */
  #jumped(index) {
    this.#found.hit = index;
    this.#note();
  }

  /** Keeps the search among the recent ones, if it found something. */
  #note() {
    const { query, names } = this.field;
    const { reply } = this.results;
    if (query && this.#asked === this.#address && reply && (reply.hits.length || reply.people.length || reply.rooms.length)) this.recent.add({ query, names, room: this.#room });
  }

  /** Back to where the reader came from. False if that was no page of this shell. */
  #close() {
    const { origin } = this.memory;
    if (!origin) return false;
    if (history.state?.from === origin) history.back();
    else this.router.visit(origin);
    return true;
  }

  #followScrolling() {
    const scrolled = () => {
      if (this.place.isConnected) this.#found.scrollTop = this.#scroller.scrollTop;
      else this.#scroller.removeEventListener("scroll", scrolled);
    };
    this.#scroller.addEventListener("scroll", scrolled, { passive: true });
  }
}

/** Names alone were found: they are shown rather than nothing. @param {SearchReply} reply */
function firstTab({ hits, people, rooms }) {
  if (hits.length || (!people.length && !rooms.length)) return "messages";
  return people.length ? "people" : "rooms";
}
