/** What is typed and not sent, per room, kept across reloads. */

const PREFIX = "draft:";

export class Drafts {
  /** @param {import("../lib/storage.js").Shelf} shelf */
  constructor(shelf) {
    this.shelf = shelf;
  }

  /** @param {number} room */
  get(room) {
    return this.shelf.get(PREFIX + room) ?? "";
  }

  /**
   * @param {number} room
   * @param {string} text
   */
  set(room, text) {
    if (text) this.shelf.set(PREFIX + room, text);
    else this.shelf.remove(PREFIX + room);
  }

  /** Rooms with a draft. */
  rooms() {
    return new Set(this.shelf.names(PREFIX).map((name) => Number(name.slice(PREFIX.length))));
  }
}
