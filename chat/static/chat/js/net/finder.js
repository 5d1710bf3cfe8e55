/**
 * Asks the server for people and rooms by name, a moment after the last letter. Answers that come after another question are dropped;
 * without an answer nothing is found.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";

const PAUSE_MS = 150;

/** @typedef {import("./protocol.js").User} User */
/** @typedef {{id: number, slug: string, name: string}} RoomToJoin */
/** @typedef {{people: User[], rooms: RoomToJoin[]}} Found */

/** @type {Found} */
const NOTHING = { people: [], rooms: [] };

/** @extends {Emitter<{found: null}>} */
export class Finder extends Emitter {
  /** What was found last, until something else is. */
  found = NOTHING;
  /** Whether the answer to the last question is awaited. */
  isAsking = false;
  #question = "";
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {(question: string) => Promise<Found>} how.request rejects if there is no answer
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ request, clock = systemClock }) {
    super();
    this.request = request;
    this.clock = clock;
  }

  /** @param {string} question nothing is found for an empty one */
  ask(question) {
    const asked = question.trim();
    if (asked === this.#question) return;
    this.#question = asked;
    this.clock.clearTimeout(this.#timer);
    this.isAsking = asked !== "";
    if (asked) this.#timer = this.clock.setTimeout(() => void this.#request(asked), PAUSE_MS);
    else this.found = NOTHING;
  }

  /** @param {string} asked */
  async #request(asked) {
    const found = await this.request(asked).catch(() => NOTHING);
    if (asked !== this.#question) return;
    this.isAsking = false;
    this.found = found;
    this.emit("found", null);
  }
}

/**
 * Reads the answer of the server at this address.
 * @param {string} address
 * @returns {(question: string) => Promise<Found>}
 */
export function foundAt(address) {
  return async (question) => {
    const response = await fetch(`${address}?${new URLSearchParams({ q: question })}`);
    if (!response.ok || response.redirected) throw new Error(`The search was answered with ${response.status}.`);
    const { people, rooms } = await response.json();
    return { people: people.map((/** @type {User} */ user) => ({ ...user, avatar: user.avatar ?? null, bot: user.bot ?? false })), rooms };
  };
}
