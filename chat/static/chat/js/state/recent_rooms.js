/** The rooms that I was in last, in this browser: the latest first. */

const NAME = "recent";
const MOST = 20;

export class RecentRooms {
  /** @param {import("../lib/storage.js").ScopedStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {number} room in which I am now */
  note(room) {
    const others = this.ids.filter((id) => id !== room);
    this.storage.set(NAME, JSON.stringify([room, ...others].slice(0, MOST)));
  }

  /** @returns {number[]} */
  get ids() {
    try {
      const stored = JSON.parse(this.storage.get(NAME) ?? "[]");
      return Array.isArray(stored) ? stored.filter(Number.isInteger) : [];
    } catch {
      return [];
    }
  }
}
