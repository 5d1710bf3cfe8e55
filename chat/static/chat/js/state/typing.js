/** Who is typing in which room, and sending that the person is typing. Without DOM. */

export const TYPING_INTERVAL_MS = 3_000;
export const TYPING_EXPIRY_MS = 10_000;

/** @typedef {import("../net/protocol.js").User} User */
/** @typedef {import("../lib/clock.js").Clock} Clock */

/** The people who are typing, by room. Each entry expires after 10 s. */
export class Typists {
  /** @type {Map<number, Map<number, {user: User, timer: number}>>} */
  #rooms = new Map();

  /**
   * @param {Clock} clock
   * @param {(room: number) => void} changed called when the result of `in` changes
   */
  constructor(clock, changed) {
    this.clock = clock;
    this.changed = changed;
  }

  /** @param {{room: number, user: User, on: boolean}} notice */
  note({ room, user, on }) {
    if (!on) return this.end(room, user.id);
    const typists = this.#rooms.get(room) ?? new Map();
    this.clock.clearTimeout(typists.get(user.id)?.timer);
    typists.set(user.id, { user, timer: this.clock.setTimeout(() => this.end(room, user.id), TYPING_EXPIRY_MS) });
    this.#rooms.set(room, typists);
    this.changed(room);
  }

  /**
   * @param {number} room
   * @param {number} userId
   */
  end(room, userId) {
    const typist = this.#rooms.get(room)?.get(userId);
    if (!typist) return;
    this.clock.clearTimeout(typist.timer);
    this.#rooms.get(room)?.delete(userId);
    this.changed(room);
  }

  /**
   * @param {number} room
   * @returns {User[]} in the order in which they began
   */
  in(room) {
    return [...(this.#rooms.get(room)?.values() ?? [])].map(({ user }) => user);
  }
}

/** Sends that the person is typing, at most once in 3 s, and when they stop. */
export class TypingNotice {
  /** @type {number | null} the room in which others see that I type */
  #room = null;
  #sentAt = -Infinity;

  /**
   * @param {(command: {type: "typing", room: number, on: boolean}) => void} send
   * @param {Clock} clock
   */
  constructor(send, clock) {
    this.send = send;
    this.clock = clock;
  }

  /**
   * @param {number} room
   * @param {boolean} writing whether there is text in the composer
   */
  input(room, writing) {
    if (!writing) return this.stop();
    const now = this.clock.now();
    if (room === this.#room && now - this.#sentAt < TYPING_INTERVAL_MS) return;
    if (room !== this.#room) this.stop();
    this.#room = room;
    this.#sentAt = now;
    this.send({ type: "typing", room, on: true });
  }

  stop() {
    if (this.#room === null) return;
    const stale = this.clock.now() - this.#sentAt >= TYPING_EXPIRY_MS;
    if (!stale) this.send({ type: "typing", room: this.#room, on: false });
    this.#room = null;
  }
}
