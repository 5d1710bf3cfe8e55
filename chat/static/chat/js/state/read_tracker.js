/**
 * Sends the reader's read position to the server once the visible messages have not changed for a moment, at least once a second, and
 * never backwards. A room that the reader marked as unread remains so until they open it again and see the message, or answer.
 * Gives rooms what the reader's items say of them: these marks, and where the reader is mentioned.
 */
import { systemClock } from "../lib/clock.js";

/** The kind of item that marks a room as unread. */
export const UNREAD = "unread";
/** The kind of item that holds the positions of unread mentions, which the server sets. */
const MENTIONS = "mentions";
const SETTLE_MS = 300;
/** Longest delay: in a busy room the visible messages change constantly. */
const MOST_MS = 1_000;

/** @type {number[]} */
const NONE = [];

/** @typedef {import("./room.js").Room} Room */

export class ReadTracker {
  /** Furthest position sent on this connection, by room. @type {Map<number, number>} */
  #sent = new Map();
  /** @type {{room: number, position: number} | null} */
  #seen = null;
  /** The latest time to send the position (ms of the clock). */
  #due = 0;
  /** @type {number | undefined} */
  #timer;
  /** The room on display, and the furthest position in it that was visible. @type {{room: Room | null, furthest: number}} */
  #shown = { room: null, furthest: 0 };
  /** Position of the mark that ends once the reader sees its message. @type {number | undefined} */
  #ending;
  /** Whether all items were read since the page was loaded: before, the summaries of the rooms are newer. */
  #areMentionsKnown = false;

  /**
   * @param {object} how
   * @param {import("./store.js").Store} how.store
   * @param {import("./items.js").Items} how.items
   * @param {(command: {type: "read", room: number, position: number}) => void} how.send
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ store, items, send, clock = systemClock }) {
    this.store = store;
    this.items = items;
    this.send = send;
    this.clock = clock;
    store.on("rooms", (id) => (this.#applyMark(id), this.#applyMentions(id)));
    items.on("change", (kind) => kind === UNREAD && this.#marksChanged());
    items.on("change", (kind) => kind === MENTIONS && this.#mentionsChanged());
    items.on("complete", () => ((this.#areMentionsKnown = true), this.#mentionsChanged()));
    this.#marksChanged();
  }

  /**
   * A room is displayed from now on.
   * @param {Room | null} room
   */
  show(room) {
    this.#shown = { room, furthest: room?.readUpTo ?? 0 };
    this.#ending = room?.unreadMark?.position;
  }

  /**
   * The reader sees these messages of the room on display. They have not seen those that they did not scroll through, after following
   * a link, unless they go to the end.
   * @param {{room: Room, first: number, last: number, atEnd: boolean}} seen
   */
  sees({ room, first, last, atEnd }) {
    const shown = this.#shown;
    if (room !== shown.room || (!atEnd && first > shown.furthest + 1)) return;
    shown.furthest = Math.max(shown.furthest, last);
    if (this.#ending !== undefined && last >= this.#ending && room.unreadMark?.position === this.#ending) this.unmark(room.id);
    this.seen(room.id, last);
  }

  /**
   * The number of unseen messages of people below the screen.
   * @param {Room} room
   */
  unseenIn(room) {
    const { furthest } = this.#shown;
    if (room !== this.#shown.room || room.newest <= furthest) return 0;
    const lines = room.messages.filter(({ kind, position }) => kind === "system" && position > furthest);
    return room.newest - furthest - lines.length;
  }

  /**
   * Marks a room as unread from this message on, on all devices.
   * @param {import("../net/protocol.js").Message} message
   */
  mark({ room, position, counted }) {
    this.#ending = undefined;
    void this.items.set(UNREAD, room, { position, counted: counted - 1 });
  }

  /** @param {number} room whose mark ends: the reader has seen the message, or sent one */
  unmark(room) {
    if (this.items.value(UNREAD, room)) void this.items.set(UNREAD, room, null);
  }

  #mentionsChanged() {
    for (const id of this.store.rooms.keys()) if (this.#applyMentions(id)) this.store.emit("rooms", id);
  }

  /**
   * Returns whether the mentions in a room changed.
   * @param {number | null} id
   */
  #applyMentions(id) {
    const room = id === null ? undefined : this.store.rooms.get(id);
    if (!room || !this.#areMentionsKnown) return false;
    const given = this.items.value(MENTIONS, room.id) ?? NONE;
    if (room.mentioned === given) return false;
    room.mentioned = given;
    return true;
  }

  #marksChanged() {
    for (const id of this.store.rooms.keys()) if (this.#applyMark(id)) this.store.emit("rooms", id);
  }

  /**
   * Returns whether the mark changed.
   * @param {number | null} id
   */
  #applyMark(id) {
    const room = id === null ? undefined : this.store.rooms.get(id);
    const mark = room && (this.items.value(UNREAD, room.id) ?? null);
    if (!room || room.unreadMark === mark || (room.unreadMark?.position === mark?.position && room.unreadMark?.counted === mark?.counted)) return false;
    room.unreadMark = mark;
    return true;
  }

  /**
   * The person sees the messages of this room up to this position.
   * @param {number} room
   * @param {number} position
   */
  seen(room, position) {
    if (this.#seen && this.#seen.room !== room) this.flush();
    if (position <= this.#known(room)) return;
    const now = this.clock.now();
    if (!this.#seen) this.#due = now + MOST_MS;
    this.#seen = { room, position: Math.max(position, this.#seen?.position ?? 0) };
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => this.flush(), Math.min(SETTLE_MS, this.#due - now));
  }

  /** A new connection: positions that the last one may have lost are sent again when they are seen. */
  restart() {
    this.#sent.clear();
  }

  /** Sends the position now: the page is being hidden or closed. */
  flush() {
    this.clock.clearTimeout(this.#timer);
    const seen = this.#seen;
    this.#seen = null;
    if (!seen || seen.position <= this.#known(seen.room)) return;
    this.#sent.set(seen.room, seen.position);
    this.send({ type: "read", ...seen });
  }

  /** @param {number} room */
  #known(room) {
    return Math.max(this.#sent.get(room) ?? 0, this.store.rooms.get(room)?.summary.last_read ?? 0);
  }
}
