/**
 * The messages of a room on the page. Draws at most once per frame, only what changed; keeps what the reader looks at where it
 * is, unless that is the end: then it stays at the end.
 */
import { h, perFrame } from "./dom.js";
import { Emitter } from "./emitter.js";
import { gettext, interpolate } from "./i18n.js";
import { appearance, draw } from "./message.js";
import { rowsOf } from "./rows.js";
import { Span } from "./span.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./room.js").Room} Room */

const AT_END_PX = 48;
/** So far from an edge the next messages are fetched, before anybody sees the edge. */
const AHEAD_PX = 800;
/** How much of the screen stands above the unread line when a room is opened there. */
const FRESH_AT = 0.25;

/**
 * @typedef {object} Events
 * @property {{room: number, position: number}} seen the newest message on the screen
 * @property {number} older this room's next older page is wanted
 * @property {null} moved the reader moved, or the page was drawn anew
 */

/** @extends {Emitter<Events>} */
export class Timeline extends Emitter {
  /** @type {Room | null} */
  room = null;
  /** Position of the first unread message when the reader came. @type {number | null} */
  fresh = null;
  /** Whether the reader is at the newest message, and stays there. */
  atEnd = true;

  #span = new Span();
  /** @type {Map<string, {element: HTMLElement, drawn: string}>} */
  #drawn = new Map();
  /** @type {Map<Element, Row>} */
  #rows = new Map();
  /** Show the unread line, once it is drawn. */
  #goToFresh = false;
  #lastTop = 0;
  #nextId = 0;

  /**
   * @param {object} how
   * @param {HTMLElement} how.scroller
   * @param {HTMLElement} how.list
   * @param {HTMLElement} how.top what stands above the oldest message
   * @param {import("./store.js").Store} how.store
   * @param {import("./outbox.js").Outbox} how.outbox
   * @param {import("./message.js").Context} how.context
   */
  constructor({ scroller, list, top, store, outbox, context }) {
    super();
    this.scroller = scroller;
    this.list = list;
    this.top = top;
    this.store = store;
    this.outbox = outbox;
    this.context = context;
    /** Draws soon. */
    this.refresh = perFrame(() => this.draw());
    const look = perFrame(() => this.#look());
    scroller.addEventListener("scroll", () => this.#scrolled(look), { passive: true });
    const resized = new ResizeObserver(() => this.atEnd && this.#toBottom());
    resized.observe(scroller);
    resized.observe(list);
  }

  /**
   * Shows a room, at its unread line if that is further up than the screen reaches.
   * @param {Room | null} room
   */
  show(room) {
    this.room = room;
    this.#drawn.clear();
    this.#rows.clear();
    this.list.replaceChildren();
    this.atEnd = true;
    this.markFresh();
    this.#goToFresh = this.fresh !== null;
    this.#span.toEnd(room?.messages ?? []);
    if (this.fresh !== null && room && this.fresh > room.oldest) this.#span.reach(room.messages, this.fresh);
    this.draw();
  }

  /** Puts the unread line where reading ended, or takes it away. */
  markFresh() {
    this.fresh = this.room && this.room.unread > 0 ? this.room.summary.last_read + 1 : null;
    this.refresh();
  }

  /** To the newest message, and stay there. */
  toEnd() {
    this.atEnd = true;
    this.#span.toEnd(this.room?.messages ?? []);
    this.draw();
  }

  /** To the unread line, which must be among the messages that are held. */
  toFresh() {
    if (!this.room || this.fresh === null) return;
    this.#span.reach(this.room.messages, this.fresh);
    this.#goToFresh = true;
    this.draw();
  }

  /** How many newer messages than those on the screen there are. */
  get below() {
    return this.room ? this.room.newest - this.#lastSeen() : 0;
  }

  /** Whether there is more than a screen below. */
  get isFar() {
    return !this.#span.followsEnd || this.#distance() > this.scroller.clientHeight;
  }

  /** Whether the unread line is further up than the reader. */
  get freshIsAbove() {
    if (this.fresh === null || !this.room) return false;
    const line = this.#drawn.get("fresh")?.element;
    if (!line || this.fresh < this.room.oldest) return this.#firstPosition() > this.fresh;
    return line.getBoundingClientRect().bottom < this.scroller.getBoundingClientRect().top;
  }

  /**
   * @param {Element | null} element
   * @returns {Row | null}
   */
  rowOf(element) {
    const message = element?.closest(".msg");
    return (message && this.#rows.get(message)) ?? null;
  }

  /**
   * @param {string} id of a row
   * @returns {HTMLElement | null}
   */
  elementOf(id) {
    return this.#drawn.get(id)?.element ?? null;
  }

  draw() {
    const { room } = this;
    this.#drawTop();
    if (!room || room.revision === null) return;
    const anchor = this.atEnd ? null : this.#anchor();
    this.#place(this.#wanted(room));
    if (this.#goToFresh && this.#drawn.has("fresh")) this.#scrollToFresh();
    else if (this.atEnd) this.#toBottom();
    else if (anchor) this.#hold(anchor);
    this.#look();
  }

  /** @param {Room} room */
  #wanted(room) {
    const messages = this.#span.of(room.messages, this.atEnd && !this.#goToFresh);
    const items = this.outbox.in(room.id);
    const shown = this.#span.followsEnd ? items : items.filter((item) => item.kind !== "send");
    const { dates } = this.context;
    return rowsOf({ messages, items: shown, me: this.store.user, fresh: this.fresh, day: (at) => dates.day(at) });
  }

  /**
   * Makes the list's children these rows, touching only what differs.
   * @param {Row[]} rows
   */
  #place(rows) {
    const wanted = new Set(rows.map((row) => row.id));
    for (const [id, { element }] of this.#drawn) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#drawn.delete(id);
      this.#rows.delete(element);
    }
    let next = this.list.firstElementChild;
    for (const row of rows) {
      const element = this.#element(row);
      if (element === next) next = next.nextElementSibling;
      else this.list.insertBefore(element, next);
    }
  }

  /** @param {Row} row */
  #element(row) {
    const look = appearance(row, this.context);
    const held = this.#drawn.get(row.id);
    const element = held?.element ?? this.#create(row);
    this.#rows.set(element, row);
    if (held?.drawn === look) return element;
    const toolbar = element.querySelector(":scope > .toolbar");
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    draw(row, element, this.context);
    if (toolbar) element.append(toolbar);
    if (focused instanceof HTMLElement) (focused.isConnected ? focused : element).focus({ preventScroll: true });
    this.#drawn.set(row.id, { element, drawn: look });
    return element;
  }

  /** @param {Row} row */
  #create(row) {
    if (row.type === "day" || row.type === "fresh") return h("div", { role: "separator" });
    return h("article", { id: `m${(this.#nextId += 1)}`, tabindex: -1 });
  }

  #drawTop() {
    const { room } = this;
    this.list.setAttribute("aria-busy", String(!room || room.revision === null));
    const [first] = room?.messages ?? [];
    const reachesFirst = !first || this.#firstPosition() <= first.position;
    const state = !room || room.revision === null ? "loading" : room.hasOlder || !reachesFirst ? "older" : first ? "start" : "empty";
    const key = `${state} ${room?.summary.name}`;
    if (this.top.dataset.state === key) return;
    this.top.dataset.state = key;
    this.top.className = `top ${state}`;
    this.top.replaceChildren(...topOf(state, room?.summary.name ?? ""));
  }

  /** @param {() => void} look */
  #scrolled(look) {
    const { scrollTop } = this.scroller;
    if (scrollTop === this.#lastTop) return;
    const down = scrollTop > this.#lastTop;
    this.#lastTop = scrollTop;
    this.atEnd = this.#span.followsEnd && this.#distance() < AT_END_PX;
    if (!down) this.#goToFresh = false;
    look();
  }

  /** What the reader sees now: tells it, and fetches what comes next. */
  #look() {
    const { room } = this;
    if (!room || room.revision === null) return;
    const { scrollTop } = this.scroller;
    if (scrollTop < AHEAD_PX && !this.atEnd) this.#fetchEarlier(room);
    else if (scrollTop < AHEAD_PX && this.list.offsetHeight < this.scroller.clientHeight) this.#fetchEarlier(room);
    if (!this.#span.followsEnd && this.#distance() < AHEAD_PX && this.#span.later(room.messages)) this.refresh();
    const position = this.#lastSeen();
    if (position) this.emit("seen", { room: room.id, position });
    this.emit("moved", null);
  }

  /** @param {Room} room */
  #fetchEarlier(room) {
    if (this.#span.earlier(room.messages)) this.refresh();
    else if (room.hasOlder) this.emit("older", room.id);
  }

  /** The first message on the screen and how far from its top edge it stands. */
  #anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    const elements = /** @type {HTMLCollectionOf<HTMLElement>} */ (this.list.children);
    for (let index = this.#firstBelow(top); index < elements.length; index += 1) {
      const element = elements[index];
      if (element.dataset.position) return { element, offset: element.getBoundingClientRect().top - top };
    }
    return null;
  }

  /** @param {{element: HTMLElement, offset: number}} anchor */
  #hold({ element, offset }) {
    if (!element.isConnected) return;
    const moved = element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - offset;
    if (Math.abs(moved) >= 1) this.#scrollTo(this.scroller.scrollTop + moved);
  }

  #scrollToFresh() {
    const line = this.#drawn.get("fresh")?.element;
    this.#goToFresh = false;
    if (!line) return;
    const scroller = this.scroller.getBoundingClientRect();
    const above = line.getBoundingClientRect().top - scroller.top - scroller.height * FRESH_AT;
    this.#scrollTo(this.scroller.scrollTop + above);
    this.atEnd = this.#span.followsEnd && this.#distance() < AT_END_PX;
  }

  #toBottom() {
    this.#scrollTo(this.scroller.scrollHeight);
  }

  /** @param {number} top */
  #scrollTo(top) {
    this.scroller.scrollTop = top;
    this.#lastTop = this.scroller.scrollTop;
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #firstPosition() {
    for (const element of this.list.children) {
      const position = Number(/** @type {HTMLElement} */ (element).dataset.position);
      if (position) return position;
    }
    return Infinity;
  }

  /** Position of the last message whose end is on the screen or above; at the end, of the newest. */
  #lastSeen() {
    if (!this.room) return 0;
    if (this.atEnd) return this.room.newest;
    const bottom = this.scroller.getBoundingClientRect().bottom + 2;
    const elements = /** @type {HTMLCollectionOf<HTMLElement>} */ (this.list.children);
    for (let index = Math.min(this.#firstBelow(bottom), elements.length - 1); index >= 0; index -= 1) {
      const { position } = elements[index].dataset;
      if (position && elements[index].getBoundingClientRect().bottom <= bottom) return Number(position);
    }
    return 0;
  }

  /**
   * Index of the first child that ends below a height of the window.
   * @param {number} height
   */
  #firstBelow(height) {
    const { children } = this.list;
    let low = 0;
    let high = children.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (children[middle].getBoundingClientRect().bottom <= height) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * @param {"loading" | "older" | "start" | "empty"} state
 * @param {string} name
 */
function topOf(state, name) {
  if (state === "loading") return [h("p", { role: "status" }, gettext("Opening the room…"))];
  if (state === "older") return [h("p", {}, gettext("Loading older messages…"))];
  const title = interpolate(gettext("This is the beginning of %(name)s"), { name });
  const line = state === "empty" ? gettext("Nobody has said anything yet. The first word is yours.") : null;
  return [h("h2", { dir: "auto" }, title), line && h("p", {}, line)].filter((part) => part !== null);
}
