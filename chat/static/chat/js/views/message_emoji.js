/**
 * Shows the space's own emoji in the messages on the page and in their reactions. Their list is read when a message contains one first,
 * and again after it has changed on the server.
 */
import { PLACES, resolveEmoji, unresolved } from "../lib/custom_emoji.js";

/** All open pages learn of a change at the same time: each reads the list again after a random part of this time. */
const SPREAD_MS = 5_000;
const AT_LEAST_MS = 1_000;
/** A process of the server may answer with the earlier list for a few seconds. */
const TRIES = 3;

export class MessageEmoji {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} messages
   * @param {import("../net/custom_emoji_list.js").CustomEmojiList} list
   * @param {import("../state/store.js").Store} store
   */
  constructor(messages, list, store) {
    this.messages = messages;
    this.list = list;
    this.store = store;
    const observer = new MutationObserver((changes) => {
      const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof Element);
      void this.#show(added.flatMap((element) => (element.matches(PLACES) ? [/** @type {HTMLElement} */ (element)] : unresolved(element))));
    });
    observer.observe(messages, { childList: true, subtree: true });
    store.on("space", () => this.#follow(TRIES));
    void this.#show(unresolved(messages));
  }

  /** @param {HTMLElement[]} places */
  async #show(places) {
    if (!places.length || !resolveEmoji(places, this.list.known)) return;
    await this.list.refresh();
    resolveEmoji(places, this.list.known);
  }

  /**
   * Reads the list again if it was read before it changed. If it was not read, the next need reads it.
   * @param {number} tries
   */
  #follow(tries) {
    const { list, store } = this;
    const isOld = list.version >= 0 && list.version < (store.space?.emoji_version ?? 0);
    if (!isOld || !tries) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      list.expire();
      await list.refresh();
      resolveEmoji(unresolved(this.messages), list.known);
      this.#follow(tries - 1);
    }, AT_LEAST_MS + Math.random() * SPREAD_MS);
  }
}
