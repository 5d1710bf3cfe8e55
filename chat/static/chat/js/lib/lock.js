/**
 * Runs a task in one tab at a time: with the Web Locks API or, at plain-http addresses, where it is unavailable, with a lease in the
 * shared storage. Its holder renews it; it expires when the holder's tab is closed.
 */
import { systemClock } from "./clock.js";
import { uuid } from "./plain_http.js";

const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const RETRY_MS = 250;
/** Two tabs that write at the same moment both see the last write after this time. */
const CONFIRM_MS = 40;

/** @typedef {<T>(task: () => Promise<T>) => Promise<T>} Exclusive runs a task while no other tab runs one */

/**
 * @param {string} name
 * @param {{locks: LockManager | undefined, storage: import("./storage.js").ScopedStorage, clock?: import("./clock.js").Clock}} means
 * @returns {Exclusive}
 */
export function exclusive(name, { locks, storage, clock = systemClock }) {
  if (locks) return (task) => /** @type {any} */ (locks.request(storage.prefix + name, task));
  const lease = new Lease(name, storage, clock);
  return (task) => lease.hold(task);
}

export class Lease {
  #holder = uuid();

  /**
   * @param {string} name
   * @param {import("./storage.js").ScopedStorage} storage
   * @param {import("./clock.js").Clock} clock
   */
  constructor(name, storage, clock) {
    this.name = `lease:${name}`;
    this.storage = storage;
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
      this.storage.remove(this.name);
    }
  }

  async #take() {
    const [holder, until] = (this.storage.get(this.name) ?? " 0").split(" ");
    if (holder !== this.#holder && Number(until) > this.clock.now()) return false;
    this.#write();
    await this.#pause(CONFIRM_MS);
    return this.storage.get(this.name)?.startsWith(this.#holder) ?? false;
  }

  #write() {
    this.storage.set(this.name, `${this.#holder} ${this.clock.now() + LEASE_MS}`);
  }

  /** @param {number} ms */
  #pause(ms) {
    return new Promise((resolve) => this.clock.setTimeout(() => resolve(undefined), ms));
  }
}
