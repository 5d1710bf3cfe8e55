/**
 * The messages of a room on the page. Draws at most once per frame, and only what changed. Visible messages keep their place;
 * a reader at the end stays at the end.
 */
import { perFrame, h } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { KeyedList } from "../lib/keyed_list.js";
import * as message from "./message.js";
import { rowsOf } from "./rows.js";
import { MessageWindow } from "../state/message_window.js";
import { drawTop } from "./top.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("../state/room.js").Room} Room */

/** The next messages are fetched this far from an edge, before the reader sees it. */
const AHEAD_PX = 800;
/** The part of the screen above the unread line when a room is opened there. */
const UNREAD_AT = 0.25;
/** Messages held while the reader stays at the end of a busy room. */
const HELD = 1_000;

/**
 * @typedef {object} Events
 * @property {{room: number, position: number}} seen the newest message on the screen
 * @property {number} older an older page of this room is needed
 * @property {null} moved the reader scrolled, or the timeline was drawn
 */

/** @extends {Emitter<Events>} */
export class Timeline extends Emitter {
  /** @type {Room | null} */
  room = null;
  /** Position of the first message that was unread when the room was opened, or that arrived while the reader was away. @type {number | null} */
  firstUnread = null;
  /** Whether the reader is at the newest message, and is kept there. */
  atEnd = true;

  #window = new MessageWindow();
  /** @type {KeyedList<Row>} */
  #rows;
  /** Whether to scroll to the unread line once it is drawn. */
  #goToUnread = false;
  /** Whether the room has been complete since it was displayed, and the timeline was scrolled to the reader's position. */
  #isPlaced = false;
  /** Furthest position that was visible since the room was displayed. */
  #furthest = 0;
  #lastId = 0;

  /**
   * @param {object} how
   * @param {HTMLElement} how.scroller
   * @param {HTMLElement} how.list
   * @param {HTMLElement} how.top the element above the oldest message
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../net/outbox.js").Outbox} how.outbox
   * @param {import("./message.js").Context} how.context
   * @param {Record<string, string>} how.urls
   */
  constructor({ scroller, list, top, store, outbox, context, urls }) {
    super();
    this.list = list;
    this.top = top;
    this.store = store;
    this.outbox = outbox;
    this.context = context;
    this.urls = urls;
    this.viewport = new Viewport(scroller, list);
    this.#rows = new KeyedList(list, {
      key: (row) => row.id,
      create: (row) => this.#create(row),
      look: (row) => message.appearance(row, context),
      draw: (row, element) => this.#redraw(row, element),
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
   * Shows a room: at its unread line, unless that is visible from the end.
   * @param {Room | null} room
   */
  show(room) {
    this.room = room;
    this.#rows.clear();
    this.firstUnread = room && room.unread > 0 ? room.summary.last_read + 1 : null;
    this.#furthest = room?.summary.last_read ?? 0;
    this.atEnd = true;
    this.#goToUnread = false;
    this.#isPlaced = false;
    this.#window.toEnd(room?.messages ?? []);
    this.draw();
  }

  /** The room is complete: places the unread line above messages that arrived without a connection, and scrolls a reader at the end to it. */
  completed() {
    const { room, firstUnread } = this;
    if (!room || room.unread === 0 || (firstUnread !== null && firstUnread > room.summary.last_read)) return;
    this.firstUnread = room.summary.last_read + 1;
    this.#isPlaced = !this.atEnd;
  }

  /** Draws now. */
  draw() {
    const { room, viewport } = this;
    this.list.setAttribute("aria-busy", String(room?.revision === null));
    if (room && room.revision !== null) {
      if (!this.#isPlaced) this.#placeReader(room);
      if (this.atEnd) room.thin(HELD);
      const anchor = this.atEnd ? null : viewport.anchor();
      // Older messages are shown in the same step as the first row's change, since that row is not the first any more.
      if (this.#isNearTop) this.#window.earlier(room.messages);
      this.#rows.update(this.#wanted(room));
      this.drawTop();
      if (this.#goToUnread) this.#showUnread();
      else if (this.atEnd) viewport.toEnd();
      else if (anchor) viewport.hold(anchor);
    } else {
      this.drawTop();
    }
    this.#look();
  }

  /** Draws what is above the oldest message: it also shows the name and topic of the room, and what the reader may do. */
  drawTop() {
    const { room, store, urls, viewport } = this;
    drawTop(this.top, room, viewport.firstPosition(), { ...this.context, urls, isOnlyRoom: store.rooms.size === 1 });
  }

  /** Scrolls to the newest message, and stays there. */
  toEnd() {
    this.atEnd = true;
    this.#goToUnread = false;
    this.#window.toEnd(this.room?.messages ?? []);
    this.draw();
  }

  /** Scrolls to the unread line, which must be among the messages held. */
  toUnread() {
    if (!this.room || this.firstUnread === null) return;
    this.#window.reach(this.room.messages, this.firstUnread);
    this.#goToUnread = true;
    this.draw();
  }

  /**
   * A message of another person arrived. If the reader does not see it and has read all earlier ones, places the unread line above it.
   * @param {import("../net/protocol.js").Message} message
   * @param {boolean} visible whether the page is visible
   */
  arrived(message, visible) {
    if (!this.room || (visible && this.atEnd)) return;
    if (this.firstUnread === null || this.firstUnread <= this.room.summary.last_read) this.firstUnread = message.position;
  }

  /** The reader has posted: nothing is unread any more. */
  answered() {
    this.firstUnread = null;
    this.toEnd();
  }

  /** The number of unseen messages below the screen. */
  get unseen() {
    return this.room ? Math.max(0, this.room.newest - this.#furthest) : 0;
  }

  /** Whether there is more than a screen below. */
  get isFar() {
    return !this.#window.followsEnd || this.viewport.below > this.viewport.scroller.clientHeight;
  }

  /** Whether the unread line is further up than the reader. */
  get unreadIsAbove() {
    if (this.firstUnread === null) return false;
    const line = this.elementOf("unread");
    const first = this.viewport.firstPosition();
    return line && this.firstUnread >= first ? this.viewport.isAbove(line) : first > this.firstUnread;
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
    this.list.querySelector(`[data-position="${position}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string} id of a row
   * @returns {HTMLElement | null}
   */
  elementOf(id) {
    return this.#rows.elementOf(id);
  }

  /** @param {Room} room */
  #placeReader(room) {
    if (room.newest < room.summary.message_count) return;
    this.#isPlaced = true;
    this.#window.toEnd(room.messages);
    if (this.firstUnread === null || this.firstUnread < room.oldest) return;
    this.#window.reach(room.messages, this.firstUnread);
    this.#goToUnread = true;
  }

  /** @param {Room} room */
  #wanted(room) {
    const messages = this.#window.of(room.messages, this.atEnd && !this.#goToUnread);
    const items = this.outbox.in(room.id);
    const shown = this.#window.followsEnd ? items : items.filter((item) => item.kind !== "send");
    const { dates } = this.context;
    const previous = room.messages[room.messages.indexOf(messages[0]) - 1];
    return rowsOf({ messages, previous, items: shown, me: this.store.user, firstUnread: this.firstUnread, day: (at) => dates.day(at) });
  }

  /**
   * Keeps the focus, and the toolbar if the element contains it.
   * @param {Row} row
   * @param {HTMLElement} element
   */
  #redraw(row, element) {
    const toolbar = element.querySelector(":scope > .toolbar");
    const focused = element.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    message.draw(row, element, this.context);
    if (toolbar) element.append(toolbar);
    if (focused) (focused.isConnected ? focused : element).focus({ preventScroll: true });
  }

  /** @param {Row} row */
  #create(row) {
    if (row.type === "day" || row.type === "unread") return h("div", { role: "separator" });
    return h("article", { id: `m${(this.#lastId += 1)}`, tabindex: -1 });
  }

  #showUnread() {
    const line = this.elementOf("unread");
    this.#goToUnread = false;
    this.viewport.toEnd();
    if (line && this.viewport.isAbove(line)) this.viewport.put(line, UNREAD_AT);
    this.atEnd = this.#window.followsEnd && this.viewport.isAtEnd;
  }

  get #isNearTop() {
    return !this.atEnd && this.viewport.above < AHEAD_PX;
  }

  /** Whether the reader has scrolled, rather than the page itself; if so, updates `atEnd`. */
  #moved() {
    const movement = this.viewport.movement();
    if (movement) this.atEnd = this.#window.followsEnd && this.viewport.isAtEnd;
    return movement !== null;
  }

  /** Emits what is visible now, and fetches adjacent messages. */
  #look() {
    const { room, viewport } = this;
    if (!room || room.revision === null) return;
    if (viewport.isShort || this.#isNearTop) this.#fetchEarlier(room);
    if (!this.#window.followsEnd && viewport.below < AHEAD_PX && this.#window.later(room.messages)) this.refresh();
    const position = this.atEnd ? room.newest : viewport.lastSeen();
    this.#furthest = Math.max(this.#furthest, position);
    if (position) this.emit("seen", { room: room.id, position });
    this.emit("moved", null);
  }

  /** @param {Room} room */
  #fetchEarlier(room) {
    if (this.#window.earlier(room.messages)) this.refresh();
    else if (room.hasOlder) this.emit("older", room.id);
  }
}
