/** The space's own emoji, read when they are needed first, and again when somebody may have added one. */

/** @typedef {import("../lib/custom_emoji.js").CustomEmoji} CustomEmoji */

/** Within this time the list counts as current. The server answers an unchanged one without its content. */
const CURRENT_MS = 30_000;

export class CustomEmojiList {
  /** By name, archived ones included. @type {Map<string, CustomEmoji>} */
  known = new Map();
  /** The version that the server had when the list was read; -1 if it was not. */
  version = -1;
  #readAt = -Infinity;
  /** @type {Promise<void> | null} */
  #reading = null;

  /**
   * @param {string} address
   * @param {object} [how]
   * @param {(address: string, how: RequestInit) => Promise<Response>} [how.request]
   * @param {() => number} [how.now] in milliseconds
   */
  constructor(address, { request = (...asked) => fetch(...asked), now = () => performance.now() } = {}) {
    this.address = address;
    this.request = request;
    this.now = now;
  }

  /** Those that are offered. */
  get offered() {
    return [...this.known.values()].filter(({ archived }) => !archived);
  }

  /** Resolves when the list is current, or could not be read: then it stays as it is. */
  async refresh() {
    if (this.now() - this.#readAt < CURRENT_MS) return;
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    await this.#reading;
  }

  /** The list has changed on the server: the next need reads it. */
  expire() {
    this.#readAt = -Infinity;
  }

  async #read() {
    try {
      const response = await this.request(this.address, { cache: "no-cache", headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const { version, emoji } = /** @type {{version?: number, emoji: CustomEmoji[]}} */ (await response.json());
      this.known = new Map(emoji.map((one) => [one.name, one]));
      this.version = version ?? 0; // a server of the previous version sends none
      this.#readAt = this.now();
    } catch {
      // Without a network, names stay text.
    }
  }
}

/** @type {CustomEmojiList | null} */
let list = null;

/**
 * The list of this page.
 * @param {string} address
 */
export function customEmojiList(address) {
  return (list ??= new CustomEmojiList(address));
}
