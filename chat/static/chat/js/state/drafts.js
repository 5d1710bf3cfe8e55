/** Unsent typed text by room, kept across reloads. */

const PREFIX = "draft:";

export class Drafts {
  /** @param {import("../lib/storage.js").ScopedStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {number} room */
  get(room) {
    return this.storage.get(PREFIX + room) ?? "";
  }

  /**
   * @param {number} room
   * @param {string} text
   */
  set(room, text) {
    if (text) this.storage.set(PREFIX + room, text);
    else this.storage.remove(PREFIX + room);
  }

  /** Rooms with a draft. */
  rooms() {
    return new Set(this.storage.names(PREFIX).map((name) => Number(name.slice(PREFIX.length))));
  }
}
