/** Tells the server what the person does at this page: whether they are here, away, or not to be interrupted. Without the DOM. */
import { systemClock } from "../lib/clock.js";

/** Without a touch of this device for this long, the person is away. */
export const AWAY_MS = 10 * 60_000;
const CHECK_MS = 30_000;

export class Activity {
  /** What the server knows: a new connection is here. */
  #reported = "here";
  #touchedAt;

  /**
   * @param {object} how
   * @param {import("./store.js").Store} how.store
   * @param {(command: {type: string, state: string}) => void} how.send
   * @param {() => boolean} how.isQuiet whether nothing may interrupt the person now
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ store, send, isQuiet, clock = systemClock }) {
    this.send = send;
    this.isQuiet = isQuiet;
    this.clock = clock;
    this.#touchedAt = clock.now();
    store.on("greeting", (begins) => begins && this.#greeted());
    this.#checkRegularly();
  }

  /** The person has touched this device. */
  touched() {
    this.#touchedAt = this.clock.now();
    if (this.#reported === "away") this.check();
  }

  /** Reports what has changed. */
  check() {
    const state = this.isQuiet() ? "busy" : this.clock.now() - this.#touchedAt >= AWAY_MS ? "away" : "here";
    if (state === this.#reported) return;
    this.#reported = state;
    this.send({ type: "presence", state });
  }

  #greeted() {
    this.#reported = "here";
    this.check();
  }

  #checkRegularly() {
    this.check();
    this.clock.setTimeout(() => this.#checkRegularly(), CHECK_MS);
  }
}
