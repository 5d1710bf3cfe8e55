/** Shows the space's own emoji in the messages on the page. Their list is read when a message contains one first. */
import { resolveEmoji, unresolved } from "../lib/custom_emoji.js";

export class MessageEmoji {
  /**
   * @param {HTMLElement} messages
   * @param {import("../net/custom_emoji_list.js").CustomEmojiList} list
   */
  constructor(messages, list) {
    this.messages = messages;
    this.list = list;
    const observer = new MutationObserver((changes) => {
      const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof Element);
      void this.#show(added.flatMap((element) => (element.matches("[data-emoji]") ? [/** @type {HTMLElement} */ (element)] : unresolved(element))));
    });
    observer.observe(messages, { childList: true, subtree: true });
    void this.#show(unresolved(messages));
  }

  /** @param {HTMLElement[]} places */
  async #show(places) {
    if (!places.length || !resolveEmoji(places, this.list.known)) return;
    await this.list.refresh();
    resolveEmoji(places, this.list.known);
  }
}
