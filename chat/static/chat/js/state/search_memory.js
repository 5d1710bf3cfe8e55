/** What searches found, for those who come back to their entries of the history. */

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */

/**
 * `all` and `files`: what was found, of messages of any kind and of those with files, null before it was asked for;
 * `hit`: to which of them the reader went, or -1.
 * @typedef {{all: SearchReply | null, files: SearchReply | null, tab: string, scrollTop: number, hit: number}} Found
 */

/** Searches that are kept. */
const MOST = 20;

/** @returns {Found} */
export function nothingYet() {
  return { all: null, files: null, tab: "messages", scrollTop: 0, hit: -1 };
}

export class SearchMemory {
  /** By the names of entries, the oldest first. @type {Map<string, Found>} */
  #found = new Map();
  /** The address from which the reader came to search. @type {string | null} */
  origin = null;

  /** @param {string | undefined} entry */
  at(entry) {
    return entry === undefined ? undefined : this.#found.get(entry);
  }

  /**
   * @param {string} entry
   * @param {Found} found
   */
  keep(entry, found) {
    this.#found.delete(entry);
    this.#found.set(entry, found);
    for (const oldest of this.#found.keys()) if (this.#found.size > MOST) this.#found.delete(oldest);
  }
}
