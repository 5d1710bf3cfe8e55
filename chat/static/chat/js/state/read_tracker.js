/** Sends the reader's read position to the server once the visible messages have not changed for a moment, at least once a second, and never backwards. */
import { systemClock } from "../lib/clock.js";

const SETTLE_MS = 300;
/** Longest delay: in a busy room the visible messages change constantly. */
const MOST_MS = 1_000;

export class ReadTracker {
  /** Furthest position sent on this connection, by room. @type {Map<number, number>} */
  #sent = new Map();
  /** @type {{room: number, position: number} | null} */
  #seen = null;
  /** The latest time to send the position (ms of the clock). */
  #due = 0;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {import("./store.js").Store} store
   * @param {(command: {type: "read", room: number, position: number}) => void} send
   * @param {import("../lib/clock.js").Clock} [clock]
   */
  constructor(store, send, clock = systemClock) {
    this.store = store;
    this.send = send;
    this.clock = clock;
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
