/**
 * Whether the people whom this page shows are here, and their statuses. The server sends them only for the people who are named to it.
 * Uses neither the socket nor the DOM.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";

/** @typedef {import("../net/protocol.js").Status} Status */
/** @typedef {import("../net/protocol.js").PersonPresence} PersonPresence */

/** Views name people while they are drawn: the server is asked once. */
const PAUSE_MS = 200;
const RETRY_MS = 5_000;
const PATIENCE_MS = 2_000;
/** Most people whom the server reports to one page. */
export const MOST_SHOWN = 300;

/** @type {{state: PersonPresence["state"], status: Status | null}} */
const UNKNOWN = { state: "unknown", status: null };

/** @extends {Emitter<{change: null}>} */
export class Presence extends Emitter {
  /** @type {Map<number, PersonPresence>} */
  #held = new Map();
  /** @type {number[]} */
  #shown = [];
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {import("./store.js").Store} how.store
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ store, request, clock = systemClock }) {
    super();
    this.request = request;
    this.clock = clock;
    store.on("presence", (people) => this.#take(people));
    store.on("greeting", (begins) => begins && this.#shown.length > 0 && this.#askIn(0));
  }

  /**
   * Names the people whom the page shows from now on.
   * @param {Iterable<number>} ids
   */
  show(ids) {
    const shown = [...new Set(ids)].sort((a, b) => a - b).slice(0, MOST_SHOWN);
    if (shown.join() === this.#shown.join()) return;
    this.#shown = shown;
    this.#askIn(PAUSE_MS);
  }

  /**
   * What is known of a person. A status that is over is none.
   * @param {number} id
   */
  of(id) {
    const held = this.#held.get(id) ?? UNKNOWN;
    const isOver = held.status?.until && Date.parse(held.status.until) <= this.clock.now();
    return isOver ? { ...held, status: null } : held;
  }

  /**
   * Whether the server has said anything of a person.
   * @param {number} id
   */
  knows(id) {
    return this.#held.has(id);
  }

  /**
   * Resolves once the server has said something of a person, or if it does not answer for a while.
   * @param {number} id
   * @returns {Promise<void>}
   */
  known(id) {
    return new Promise((resolve) => {
      if (this.knows(id)) return resolve();
      const done = () => {
        stop();
        this.clock.clearTimeout(timer);
        resolve();
      };
      const stop = this.on("change", () => this.knows(id) && done());
      const timer = this.clock.setTimeout(done, PATIENCE_MS);
    });
  }

  /** @param {number} ms */
  #askIn(ms) {
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => void this.#ask(), ms);
  }

  async #ask() {
    const people = this.#shown;
    try {
      const reply = await this.request({ type: "show_people", people });
      if (people !== this.#shown) return;
      this.#held.clear();
      this.#take(reply.people ?? []);
    } catch (error) {
      const { retryAfter } = /** @type {import("../net/connection.js").CommandError} */ (error);
      if (people === this.#shown) this.#askIn((retryAfter ?? 0) * 1000 + RETRY_MS);
    }
  }

  /** @param {{user: number, state?: PersonPresence["state"], status?: Partial<Status>}[]} people as they travel */
  #take(people) {
    for (const { user, state = "gone", status } of people) {
      this.#held.set(user, { user, state, status: status ? { emoji: "", text: "", until: null, ...status } : null });
    }
    this.emit("change", null);
  }
}
