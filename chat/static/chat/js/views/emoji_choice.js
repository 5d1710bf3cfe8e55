/** Choosing one emoji, or none, with the picker: for the emoji of a room. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { refusal } from "./form_field.js";

export class EmojiChoice {
  #error = h("p", { class: "wrong", role: "alert" });
  #remove = button({ class: "button bare" }, () => void this.#set(""), gettext("Remove"));
  #open = button({ class: "button quiet", "aria-haspopup": "dialog" }, () => void this.#openPicker());
  #value = "";

  /** @param {(emoji: string) => unknown} store may reject with FormRefused */
  constructor(store) {
    this.store = store;
    const label = gettext("Emoji");
    this.buttons = h("div", { class: "emoji-choice", role: "group", "aria-label": label }, this.#open, this.#remove);
    this.element = h("div", { class: "form-field" }, h("span", { class: "label", "aria-hidden": "true" }, label), this.buttons, this.#error);
  }

  /** @param {string} emoji "" for none */
  draw(emoji) {
    this.#value = emoji;
    this.#remove.hidden = !emoji;
    this.#open.replaceChildren(...(emoji ? [h("span", { class: "chosen" }, emoji), gettext("Change")] : [icon("smile"), gettext("Choose an emoji")]));
  }

  /** @param {string} emoji */
  async #set(emoji) {
    const before = this.#value;
    this.#error.textContent = "";
    this.draw(emoji);
    this.#open.focus();
    try {
      await this.store(emoji);
    } catch (error) {
      this.draw(before);
      this.#error.textContent = refusal(error, "emoji");
    }
  }

  async #openPicker() {
    try {
      const { openEmojiPicker } = await import("./emoji_picker.js");
      await openEmojiPicker({ anchor: this.#open, onPick: (emoji) => void this.#set(emoji) });
    } catch {
      this.#error.textContent = gettext("This part of the page could not be loaded. Try again when you are online.");
    }
  }
}

/**
 * Shows the choice instead of a field of a form, which is sent with what was chosen.
 * @param {HTMLInputElement} input
 */
export function replaceField(input) {
  const choice = new EmojiChoice((emoji) => (input.value = emoji));
  choice.draw(input.value);
  input.hidden = true;
  input.before(choice.buttons);
}
