/**
 * One tab at a time: by the Web Locks API, or, on a plain-http address where browsers withhold it, by a lease in the shared
 * storage that its holder renews and that ends by itself when the holder's tab goes.
 */
import { systemClock } from "./clock.js";
import { uuid } from "./uuid.js";

const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const RETRY_MS = 250;
/** Two tabs that write at the same moment both see, after this, whose write stayed. */
const CONFIRM_MS = 40;

/** @typedef {<T>(task: () => Promise<T>) => Promise<T>} Exclusive runs a task while no other tab runs one */

/**
 * @param {string} name
 * @param {{locks: LockManager | undefined, shelf: import("./storage.js").Shelf, clock?: import("./clock.js").Clock}} means
 * @returns {Exclusive}
 */
export function exclusive(name, { locks, shelf, clock = systemClock }) {
  if (locks) return (task) => /** @type {any} */ (locks.request(shelf.prefix + name, task));
  const lease = new Lease(name, shelf, clock);
  return (task) => lease.hold(task);
}

export class Lease {
  #holder = uuid();

  /**
   * @param {string} name
   * @param {import("./storage.js").Shelf} shelf
   * @param {import("./clock.js").Clock} clock
   */
  constructor(name, shelf, clock) {
    this.name = `lease:${name}`;
    this.shelf = shelf;
    this.clock = clock;
  }

  /**
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  async hold(task) {
    while (!(await this.#take())) await this.#pause(RETRY_MS);
    /** @type {number | undefined} */
    let timer;
    const renew = () => {
      this.#write();
      timer = this.clock.setTimeout(renew, RENEW_MS);
    };
    renew();
    try {
      return await task();
    } finally {
      this.clock.clearTimeout(timer);
      this.shelf.remove(this.name);
    }
  }

  async #take() {
    const [holder, until] = (this.shelf.get(this.name) ?? " 0").split(" ");
    if (holder !== this.#holder && Number(until) > this.clock.now()) return false;
    this.#write();
    await this.#pause(CONFIRM_MS);
    return this.shelf.get(this.name)?.startsWith(this.#holder) ?? false;
  }

  #write() {
    this.shelf.set(this.name, `${this.#holder} ${this.clock.now() + LEASE_MS}`);
  }

  /** @param {number} ms */
  #pause(ms) {
    return new Promise((resolve) => this.clock.setTimeout(() => resolve(undefined), ms));
  }
}
