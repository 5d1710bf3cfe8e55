/**
 * The messages of a room on the page. Draws at most once per frame, and only what changed. Visible messages keep their place;
 * a reader at the end stays at the end.
 */
import { perFrame } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { KeyedList } from "../lib/keyed_list.js";
import * as message from "./message.js";
import { rowsOf, separatorsAbove } from "./rows.js";
import { MessageWindow } from "../state/message_window.js";
import { drawTop } from "./top.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("../state/room.js").Room} Room */

/** The next messages are fetched this far from an edge, before the reader sees it. */
const AHEAD_PX = 800;
/** The part of the screen above the unread line, or above the message of a link, when a room is opened there. */
const GOAL_AT = 0.25;
/** Most messages held at the end of a busy room while the reader stays there, or is far from it. */
const HELD = 1_000;

/**
 * @typedef {object} Events
 * @property {{room: Room, first: number, last: number, atEnd: boolean}} seen positions of the messages on the screen
 * @property {number} older an older page of this room is needed
 * @property {number} newer a newer page of this room is needed
 * @property {{room: number, position: number | null}} around the messages around this one are needed; null: not any more
 * @property {null} end the reader went to the newest message
 * @property {null} moved the reader scrolled, or the timeline was drawn
 * @property {null} drawn
 */

/** @extends {Emitter<Events>} */
export class Timeline extends Emitter {
  /** @type {Room | null} */
  room = null;
  /** Position of the first message that was unread when the room was opened, or that arrived while the reader was away. @type {number | null} */
  firstUnread = null;
  /** Whether the reader is at the newest message, and is kept there. */
  atEnd = true;

  /** The reader's calendar day of a time. */
  #day = /** @param {string} at */ (at) => this.context.dates.day(at);
  #window = new MessageWindow((message, previous) => separatorsAbove(message, previous, { firstUnread: this.firstUnread, day: this.#day }));
  /** @type {KeyedList<Row>} */
  #rows;
  /** Where to scroll to once it is drawn: the message of a link, or the unread line. @type {{position: number, isLinked: boolean, isAsked?: boolean} | null} */
  #goal = null;
  /** Whether the room has been complete since it was displayed. */
  #isComplete = false;
  /** Whether the timeline was scrolled to the reader's position since then. */
  #isPlaced = false;

  /**
   * @param {object} how
   * @param {HTMLElement} how.scroller
   * @param {HTMLElement} how.list
   * @param {HTMLElement} how.top the element above the oldest message
   * @param {import("../state/store.js").Store} how.store
   * @param {Pick<import("../net/outbox.js").Outbox, "in">} how.outbox
   * @param {import("./message.js").Context} how.context
   * @param {Record<string, string>} how.urls
   * @param {typeof drawTop} [how.drawAbove] draws the element above the oldest message
   */
  constructor({ scroller, list, top, store, outbox, context, urls, drawAbove = drawTop }) {
    super();
    this.drawAbove = drawAbove;
    this.list = list;
    this.top = top;
    this.store = store;
    this.outbox = outbox;
    this.context = context;
    this.urls = urls;
    this.viewport = new Viewport(scroller, list);
    this.#rows = new KeyedList(list, {
      key: (row) => row.id,
      create: message.create,
      look: (row) => message.appearance(row, context),
      draw: (row, element) => message.redraw(row, element, context),
    });
    /** Draws in the next frame. */
    this.refresh = perFrame(() => this.draw());
    const look = perFrame(() => this.#look());
    scroller.addEventListener("scroll", () => this.#moved() && look(), { passive: true });
    const resized = new ResizeObserver(() => this.atEnd && this.viewport.toEnd());
    resized.observe(scroller);
    resized.observe(list);
  }

  /**
   * Shows a room: at a message, or at its unread line unless that is visible from the end.
   * @param {Room | null} room
   * @param {number | null} [position]
   */
  show(room, position = null) {
    this.room = room;
    this.#rows.clear();
    this.firstUnread = room && room.unread > 0 ? room.readUpTo + 1 : null;
    this.atEnd = position === null;
    this.#goal = position === null ? null : { position, isLinked: true };
    this.#isComplete = false;
    this.#isPlaced = position !== null;
    this.#window.toEnd(room?.messages ?? []);
    this.draw();
  }

  /**
   * Scrolls to a message, which need not be held, or to the unread line above it.
   * @param {number} position
   */
  goTo(position, { isLinked = true } = {}) {
    this.#goal = { position, isLinked };
    this.#isPlaced = true;
    this.draw();
  }

  /** Requests the messages around the reader again: those displayed may have missed changes. */
  reread() {
    const position = this.#goal?.position ?? this.viewport.firstSeen();
    if (this.room) this.emit("around", { room: this.room.id, position });
  }

  /**
   * A reset is about to replace the messages by the newest ones. Those of a reader who is not at the end stay on the page until they are
   * read again.
   */
  keepPlace() {
    if (!this.atEnd && this.#isPlaced && this.list.childElementCount) this.room?.detachTail();
  }

  /** The room is complete: places the unread line above messages that arrived without a connection, and scrolls a reader at the end to it. */
  completed() {
    const { room, firstUnread } = this;
    this.#isComplete = true;
    if (this.#goal) this.#goal.isAsked = false;
    this.refresh();
    if (!room || room.unread === 0 || (firstUnread !== null && firstUnread > room.readUpTo)) return;
    this.firstUnread = room.readUpTo + 1;
    this.#isPlaced = !this.atEnd;
  }

  draw() {
    const { room, viewport } = this;
    this.list.setAttribute("aria-busy", String(room?.revision === null));
    if (room && room.revision !== null) {
      if (!this.#isPlaced) this.#placeReader(room);
      if (this.atEnd || room.detached) room.tail.thin(HELD);
      const anchor = this.atEnd ? null : viewport.anchor();
      const goal = this.#reached(room);
      // Older messages are shown in the same step as the first row's change, since that row is not the first any more.
      if (this.#isNearTop && !goal) this.#window.earlier(room.shown.messages);
      if (goal || !this.#isFarFromGoal) this.#rows.update(this.#wanted(room));
      this.drawTop();
      if (goal) this.#arrive(goal);
      else if (this.atEnd) viewport.toEnd();
      else if (anchor) viewport.hold(anchor);
      if (this.#window.isOverfull) this.refresh();
    } else {
      this.drawTop();
    }
    this.emit("drawn", null);
    this.#look();
  }

  /** Draws what is above the oldest message: it also shows the name and topic of the room, and what the reader may do. */
  drawTop() {
    const { room, store, urls, viewport } = this;
    this.drawAbove(this.top, room, viewport.firstPosition(), { ...this.context, urls, isOnlyRoom: store.rooms.size === 1 });
  }

  /** Scrolls to the newest message, and stays there. */
  toEnd() {
    const { room } = this;
    this.atEnd = true;
    this.#goal = null;
    room?.attach();
    this.#window.toEnd(room?.messages ?? []);
    if (room) this.emit("around", { room: room.id, position: null });
    this.emit("end", null);
    this.draw();
  }

  /**
   * A message of another person arrived. If the reader does not see it and has read all earlier ones, places the unread line above it.
   * @param {import("../net/protocol.js").Message} message
   * @param {boolean} visible whether the page is visible
   */
  arrived(message, visible) {
    if (!this.room || (visible && this.atEnd)) return;
    if (this.firstUnread === null || this.firstUnread <= this.room.readUpTo) this.firstUnread = message.position;
  }

  /** The reader has posted: nothing is unread any more. */
  answered() {
    this.firstUnread = null;
    this.toEnd();
  }

  /**
   * @param {Element | null} element
   * @returns {Row | null}
   */
  rowOf(element) {
    const message = element?.closest(".msg");
    return message ? this.#rows.itemOf(message) : null;
  }

  /**
   * Scrolls to a message, if it is on the page.
   * @param {import("../net/protocol.js").Message} message
   */
  reveal({ position }) {
    this.#elementAt(position)?.scrollIntoView({ block: "nearest" });
  }

  #elementAt(/** @type {number} */ position) {
    const element = /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-position="${position}"]`));
    return element ?? this.#foldAt(position);
  }

  /** The element of several system lines, one of which is at this position. */
  #foldAt(/** @type {number} */ position) {
    const folds = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[data-last]")]);
    return folds.find(({ dataset }) => Number(dataset.position) <= position && position <= Number(dataset.last)) ?? null;
  }

  /**
   * @param {string} id of a row
   * @returns {HTMLElement | null}
   */
  elementOf(id) {
    return this.#rows.elementOf(id);
  }

  /** @param {Room} room */
  #placeReader({ tail, summary, unreadMark }) {
    if (tail.newest < summary.message_count) return;
    this.#isPlaced = true;
    this.#window.toEnd(tail.messages);
    const position = this.firstUnread ?? 0;
    if (tail.covers(position) || (position && unreadMark)) this.#goal = { position, isLinked: false };
  }

  /**
   * The goal, if the messages around it are held; else requests them.
   * @param {Room} room
   */
  #reached(room) {
    const goal = this.#goal;
    if (!goal) return null;
    if (goal.position > room.summary.message_count) {
      if (this.#isComplete) this.toEnd();
      return null;
    }
    const range = [room.tail, room.detached].find((range) => range && !range.isStale && range.covers(goal.position));
    if (!range && !goal.isAsked) this.emit("around", { room: room.id, position: goal.position });
    goal.isAsked = true;
    if (!range) return null;
    if (range === room.tail) room.attach();
    this.#window.toEnd(range.messages);
    this.#window.reach(range.messages, goal.position);
    return goal;
  }

  /** @param {{position: number, isLinked: boolean}} goal that is drawn */
  #arrive({ position, isLinked }) {
    this.#goal = null;
    const element = isLinked ? this.#elementAt(position) : this.elementOf("unread");
    this.viewport.toEnd();
    if (element && this.viewport.isAbove(element)) this.viewport.put(element, GOAL_AT);
    this.atEnd = this.followsEnd && this.viewport.isAtEnd;
    if (isLinked && element) message.point(element);
  }

  /** Whether the room was opened at a message that is not held yet: nothing else is displayed before. */
  get #isFarFromGoal() {
    return this.#goal !== null && !this.list.childElementCount;
  }

  /** Whether the newest message is on the page, or just below. */
  get followsEnd() {
    return this.#window.followsEnd && !this.room?.detached;
  }

  /** @param {Room} room */
  #wanted(room) {
    const held = room.shown.messages;
    const messages = this.#window.of(held, this.atEnd && !this.#goal);
    const items = this.outbox.in(room.id);
    const shown = this.followsEnd ? items : items.filter((item) => item.kind !== "send");
    const previous = held[held.indexOf(messages[0]) - 1];
    const own = /** @param {number} id */ (id) => this.room?.ownReactions(id) ?? [];
    const ownVotes = /** @param {number} id */ (id) => this.room?.ownVotes(id) ?? [];
    return rowsOf({ messages, previous, items: shown, me: this.store.user, firstUnread: this.firstUnread, day: this.#day, own, ownVotes });
  }

  get #isNearTop() {
    return !this.atEnd && this.viewport.above < AHEAD_PX;
  }

  /** Whether the reader has scrolled, rather than the page itself; if so, updates `atEnd`. */
  #moved() {
    if (!this.viewport.movement()) return false;
    const wasAtEnd = this.atEnd;
    this.atEnd = this.followsEnd && this.viewport.isAtEnd;
    if (this.atEnd && !wasAtEnd) this.emit("end", null);
    return true;
  }

  /** Emits what is visible now, and fetches adjacent messages. */
  #look() {
    const { room, viewport } = this;
    if (!room || room.revision === null || this.#isFarFromGoal) return;
    const { messages, hasOlder, hasNewer } = room.shown;
    if (viewport.isShort || this.#isNearTop) {
      if (this.#window.earlier(messages)) this.refresh();
      else if (hasOlder) this.emit("older", room.id);
    }
    if (!this.followsEnd && viewport.below < AHEAD_PX) {
      if (this.#window.later(messages)) this.refresh();
      else if (hasNewer) this.emit("newer", room.id);
    }
    const last = this.atEnd ? room.newest : viewport.lastSeen();
    if (last && !this.#goal) this.emit("seen", { room, first: viewport.firstSeen(), last, atEnd: this.atEnd });
    this.emit("moved", null);
  }
}
