/**
 * The person's tabs in this browser: one of them is the leader, for as long as it is open, and all know which room the person looks at.
 */
import { systemClock } from "../lib/clock.js";
import { uuid } from "../lib/plain_http.js";

const VIEWED = "viewed";
/** A tab that ended without notice looks at nothing after this time. */
const EXPIRY_MS = 50_000;
const RENEW_MS = 20_000;

export class Tabs {
  isLeader = false;
  #id = uuid();
  /** @type {number | null} */
  #room = null;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {import("../lib/lock.js").Exclusive} how.exclusive
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ storage, exclusive, clock = systemClock }) {
    this.storage = storage;
    this.clock = clock;
    // The lock also keeps browsers from freezing the tab while it is in the background.
    void exclusive(() => {
      this.isLeader = true;
      return new Promise(() => {});
    });
  }

  /**
   * The room that the person looks at in this tab; null if the tab or its window does not have the focus.
   * @param {number | null} room
   */
  view(room) {
    if (room === this.#room) return;
    this.#room = room;
    this.clock.clearTimeout(this.#timer);
    if (room !== null) this.#write();
    else if (this.#read()?.tab === this.#id) this.storage.remove(VIEWED);
  }

  /**
   * Whether the person looks at this room, in any tab.
   * @param {number} room
   */
  isViewed(room) {
    if (room === this.#room) return true;
    const viewed = this.#read();
    return viewed?.room === room && viewed.at + EXPIRY_MS > this.clock.now();
  }

  #write() {
    this.storage.set(VIEWED, JSON.stringify({ tab: this.#id, room: this.#room, at: this.clock.now() }));
    this.#timer = this.clock.setTimeout(() => this.#write(), RENEW_MS);
  }

  /** @returns {{tab: string, room: number, at: number} | null} */
  #read() {
    try {
      return JSON.parse(this.storage.get(VIEWED) ?? "null");
    } catch {
      return null;
    }
  }
}
