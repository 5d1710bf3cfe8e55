/** Drafts of replies in threads. They stay in this browser: threads have no items. */
const STORED = "thread-draft:";
const REPLYING = "thread-replying:";

/** @typedef {Pick<import("./drafts.js").Drafts, "get" | "set" | "quote" | "setQuote">} ComposerDrafts what a composer needs of drafts */

/** @implements {ComposerDrafts} */
export class ThreadDrafts {
  /** @param {import("../lib/storage.js").ScopedStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {number} thread */
  get(thread) {
    return this.storage.get(STORED + thread) ?? "";
  }

  /**
   * @param {number} thread
   * @param {string} text
   */
  set(thread, text) {
    this.#put(STORED + thread, text);
  }

  /**
   * The message to which the draft replies.
   * @param {number} thread
   * @returns {import("../net/protocol.js").Quote | null}
   */
  quote(thread) {
    return JSON.parse(this.storage.get(REPLYING + thread) ?? "null");
  }

  /**
   * @param {number} thread
   * @param {import("../net/protocol.js").Quote | null} quote
   */
  setQuote(thread, quote) {
    this.#put(REPLYING + thread, quote ? JSON.stringify(quote) : "");
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #put(name, text) {
    if (text) this.storage.set(name, text);
    else this.storage.remove(name);
  }
}
