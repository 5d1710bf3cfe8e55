/** The buttons in the composer that pick an emoji and mention somebody, and the suggestions while a name is typed. */
import { byId } from "../lib/dom.js";
import { insertText } from "../lib/insertion.js";
import { customEmojiList } from "../net/custom_emoji_list.js";
import { emojiCatalog, loadedCatalog } from "../net/emoji_files.js";
import { EmojiUse } from "../state/emoji_use.js";
import { emojiRows, peopleRows, roomRows } from "./composer_names.js";
import { Suggestions } from "./suggestions.js";

/** @typedef {{form: HTMLFormElement, field: HTMLTextAreaElement, emoji: HTMLButtonElement, mention: HTMLButtonElement}} ComposerParts */

/** @returns {ComposerParts} */
function roomComposer() {
  return {
    form: byId("composer", HTMLFormElement),
    field: byId("field", HTMLTextAreaElement),
    emoji: byId("emoji-open", HTMLButtonElement),
    mention: byId("mention", HTMLButtonElement),
  };
}

export class ComposerTools {
  /**
   * @param {object} shell
   * @param {import("../state/store.js").Store} shell.store
   * @param {import("./page_router.js").PageRouter} shell.router
   * @param {import("../lib/storage.js").ScopedStorage} shell.storage
   * @param {Record<string, string>} shell.urls
   * @param {() => void} shell.failed called if the picker could not be loaded
   * @param {ComposerParts} [parts] those of the room, if not those of a thread
   */
  constructor({ store, router, storage, urls, failed }, parts = roomComposer()) {
    this.urls = urls;
    this.field = parts.field;
    this.use = new EmojiUse(storage);
    this.custom = customEmojiList(urls.emoji);
    this.suggestions = new Suggestions({
      field: this.field,
      place: parts.form,
      sources: {
        "@": (query) => peopleRows(router.room, store.user.id, query),
        "#": (query) => roomRows(store.sorted(), query),
        ":": (query) => this.#emoji(query),
      },
    });
    parts.emoji.addEventListener("click", () => void this.#openPicker(parts.emoji).catch(failed));
    parts.mention.addEventListener("click", () => this.#mention());
    router.on("opened", () => this.suggestions.close());
    // What was typed before this was loaded.
    this.suggestions.refresh();
  }

  /** @param {string} query */
  #emoji(query) {
    const catalog = loadedCatalog();
    if (catalog) return emojiRows({ catalog, custom: this.custom.offered, use: this.use }, query);
    Promise.all([emojiCatalog({ emoji_en: this.urls.emoji_en, emoji_ko: this.urls.emoji_ko }), this.custom.refresh()]).then(
      () => this.suggestions.refresh(),
      () => {}, // without a network nothing is suggested
    );
    return null;
  }

  /** @param {HTMLElement} anchor */
  async #openPicker(anchor) {
    const { openEmojiPicker } = await import("./emoji_picker.js");
    await openEmojiPicker({ anchor, withCustom: true, onPick: (text) => insertText(this.field, text) });
  }

  /** Types the sign, after a space where one is needed. */
  #mention() {
    const before = this.field.value[this.field.selectionStart - 1] ?? " ";
    insertText(this.field, before.trim() ? " @" : "@");
  }
}
