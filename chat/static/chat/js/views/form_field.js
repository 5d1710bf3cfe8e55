/** Fields of the forms in panels and dialogs: a label, the field, and what is wrong with it. */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { overLimit, written } from "../lib/text.js";
import { FormRefused } from "../net/forms.js";

/** The limits of rooms; the server has the same (`chat.models.room`). */
export const ROOM_NAME_CHARS = 80;
export const ROOM_TOPIC_CHARS = 250;

let fields = 0;

/** A labelled field with a place for errors below. */
export class FormField {
  error = h("p", { class: "wrong", role: "alert" });

  /**
   * @param {object} how
   * @param {string} how.label
   * @param {HTMLInputElement | HTMLTextAreaElement} how.input
   * @param {Node[]} [how.below] what follows the field
   */
  constructor({ label, input, below = [] }) {
    this.input = input;
    const id = `form-field-${++fields}`;
    input.id = id;
    this.error.id = `${id}-error`;
    input.setAttribute("aria-describedby", this.error.id);
    this.element = h("div", { class: "form-field" }, h("label", { for: id }, label), input, this.error, ...below);
  }

  /** @param {string} sentence empty for none */
  refuse(sentence) {
    this.error.textContent = sentence;
    if (sentence) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}

/** A text that is saved in place: Save and Cancel come with the first change, and with them how long it may be. */
export class EditableText {
  #saved = "";
  #owner = 0;
  #isSaving = false;
  #count = h("small", {});
  #save = button({ class: "button" }, () => void this.save(), gettext("Save"));
  #buttons = h("div", { class: "in-place", hidden: true }, this.#count, button({ class: "button bare" }, () => this.cancel(), gettext("Cancel")), this.#save);
  #done = h("p", { class: "visually-hidden", role: "status" });
  #text = h("p", { class: "fixed-text" });

  /**
   * @param {object} how
   * @param {string} how.name of the field in the form
   * @param {string} how.label
   * @param {string} how.nothing what is shown to readers instead of an empty text
   * @param {number} how.limit
   * @param {HTMLInputElement | HTMLTextAreaElement} how.input
   * @param {(value: string) => Promise<unknown>} how.store rejects with FormRefused
   */
  constructor({ name, label, nothing, limit, input, store }) {
    this.name = name;
    this.label = label;
    this.nothing = nothing;
    this.limit = limit;
    this.input = input;
    this.store = store;
    this.field = new FormField({ label, input, below: [this.#buttons, this.#done] });
    this.element = h("div", {}, this.field.element);
    input.addEventListener("input", () => this.#changed());
    input.addEventListener("keydown", (event) => this.#pressed(/** @type {KeyboardEvent} */ (event)));
  }

  /** Whether something was typed that is not saved. */
  get isChanged() {
    return this.input.value !== this.#saved;
  }

  /**
   * Shows the text; what the reader is typing stays.
   * @param {number} owner whose text it is: with another one, what was typed is dropped
   * @param {string} value
   * @param {boolean} mayEdit
   */
  show(owner, value, mayEdit) {
    const keeps = owner === this.#owner && mayEdit && this.isChanged;
    this.#owner = owner;
    this.#saved = value;
    if (!keeps && this.input.value !== value) this.input.value = value;
    for (const [attribute, text] of Object.entries(written(value))) {
      if (text === null) this.input.removeAttribute(attribute);
      else this.input.setAttribute(attribute, text);
    }
    if (!keeps && !this.#isSaving) this.field.refuse("");
    this.#draw();
    const shown = mayEdit ? this.field.element : this.#text;
    if (!mayEdit) this.#text.replaceChildren(h("b", {}, this.label), h("span", written(value), value || this.nothing));
    if (this.element.firstChild !== shown) this.element.replaceChildren(shown);
  }

  cancel() {
    this.input.value = this.#saved;
    this.field.refuse("");
    this.#draw();
    this.input.focus();
  }

  async save() {
    if (this.#isSaving || !this.isChanged) return;
    this.#isSaving = true;
    const value = this.input.value;
    try {
      await this.store(value);
      this.#saved = value;
      this.#done.textContent = gettext("Saved");
      this.field.refuse("");
      this.input.focus();
    } catch (error) {
      this.field.refuse(refusal(error, this.name));
      this.input.focus();
    } finally {
      this.#isSaving = false;
      this.#draw();
    }
  }

  #changed() {
    this.#done.textContent = "";
    this.field.refuse("");
    this.#draw();
  }

  #draw() {
    this.#buttons.hidden = !this.isChanged;
    const over = overLimit(this.input.value, this.limit);
    this.#count.textContent = interpolate(gettext("%(count)s of %(limit)s"), { count: this.limit + over, limit: this.limit });
    this.#count.classList.toggle("over", over > 0);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter") void this.save();
    else if (event.key === "Escape" && this.isChanged) this.cancel();
    else return;
    event.preventDefault();
  }
}

/**
 * Why something was refused, in one text: the sentences about this field, then all others.
 * @param {unknown} error
 * @param {string} [field]
 */
export function refusal(error, field = "") {
  if (!(error instanceof FormRefused)) throw error;
  return (error.errors[field] ?? [error.message]).join(" ");
}
