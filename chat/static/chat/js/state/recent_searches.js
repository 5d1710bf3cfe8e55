/** What I searched for last, in this browser: the latest first. */

const NAME = "searches";
const MOST = 8;

/**
 * `names` are what chips showed, by their texts; `room`: only in this conversation.
 * @typedef {{query: string, names: Record<string, string>, room: number | null}} Entry
 */

export class RecentSearches {
  /** @param {import("../lib/storage.js").ScopedStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {Entry} entry */
  add(entry) {
    const others = this.all.filter((other) => !isSame(other, entry));
    this.#store([entry, ...others].slice(0, MOST));
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.#store(this.all.filter((other) => !isSame(other, entry)));
  }

  clear() {
    this.storage.remove(NAME);
  }

  /** @returns {Entry[]} */
  get all() {
    try {
      const stored = JSON.parse(this.storage.get(NAME) ?? "[]");
      return Array.isArray(stored) ? stored.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  /** @param {Entry[]} entries */
  #store(entries) {
    this.storage.set(NAME, JSON.stringify(entries));
  }
}

/**
 * @param {Entry} one
 * @param {Entry} other
 */
function isSame(one, other) {
  return one.query === other.query && one.room === other.room;
}

/** @param {any} entry */
function isEntry(entry) {
  return typeof entry?.query === "string" && entry.names !== null && typeof entry.names === "object";
}
