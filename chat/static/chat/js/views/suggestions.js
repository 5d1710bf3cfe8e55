/**
 * Suggestions to complete a name in a field: a list above it, from which arrow keys and Enter or Tab choose, and which Escape closes.
 * The focus stays in the field. Knows nothing of what is suggested.
 */
import { h } from "../lib/dom.js";
import { nameBefore } from "../lib/completion.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { insertText } from "../lib/insertion.js";
import { written } from "../lib/text.js";

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} name
 * @property {string} [note]
 * @property {() => Node | string} picture decorative
 * @property {string} insert what replaces the name and its sign
 * @property {() => void} [chosen]
 */

/** @typedef {(query: string) => Row[] | null} Find null while what it needs is loaded; `refresh` shows it then */

export const MOST_ROWS = 8;
/** The key code of keys that an input method handles. */
const IME_KEY_CODE = 229;

let made = 0;

/** The id of the list of one composer. */
function nextId() {
  made += 1;
  return made === 1 ? "suggestions" : `suggestions-${made}`;
}

export class Suggestions {
  #list = h("div", { class: "suggestions", id: nextId(), role: "listbox", "aria-label": gettext("Suggestions"), hidden: true });
  #said = h("p", { class: "visually-hidden", role: "status" });
  /** @type {Row[]} */
  #rows = [];
  #at = 0;
  /** @type {import("../lib/completion.js").Name | null} */
  #name = null;
  /** The name that Escape was pressed at, which stays as it is typed. @type {number | null} */
  #dismissed = null;

  /**
   * @param {object} how
   * @param {HTMLTextAreaElement} how.field
   * @param {HTMLElement} how.place where the list is added
   * @param {Record<import("../lib/completion.js").Sign, Find>} how.sources
   */
  constructor({ field, place, sources }) {
    this.field = field;
    this.sources = sources;
    place.append(this.#list, this.#said);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-haspopup", "listbox");
    field.setAttribute("aria-controls", this.#list.id);
    field.addEventListener("input", (event) => this.#changed(/** @type {InputEvent} */ (event).isComposing));
    field.addEventListener("compositionend", () => this.#changed(false));
    field.addEventListener("blur", () => this.close());
    document.addEventListener("selectionchange", () => this.#moved());
    // Before the keys of the field itself: Enter chooses, and does not send.
    place.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays in the field
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#list.addEventListener("pointermove", ({ target }) => this.#point(this.#indexOf(target)));
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** What a source waited for is loaded now. */
  refresh() {
    if (document.activeElement === this.field) this.#changed(false);
  }

  close() {
    this.#name = null;
    this.#draw([]);
  }

  /** @param {boolean} isComposing whether an input method is not done with the last syllable */
  #changed(isComposing) {
    const { field } = this;
    const name = field.selectionStart === field.selectionEnd ? nameBefore(field.value, field.selectionStart) : null;
    if (!name || name.start !== this.#dismissed) this.#dismissed = null;
    if (!name || this.#dismissed !== null) return this.close();
    const rows = this.sources[name.sign](name.query)?.slice(0, MOST_ROWS) ?? [];
    // A syllable that is not complete, 다 of 단풍, often matches nothing: the list stays until it is.
    const keeps = isComposing && !rows.length && this.#name?.start === name.start;
    this.#name = name;
    if (!keeps) this.#draw(rows);
  }

  /** The caret may have left the name, without a change of the text. */
  #moved() {
    if (!this.isOpen || document.activeElement !== this.field || !this.#name) return;
    const { start, query } = this.#name;
    if (this.field.selectionStart < start + 1 || this.field.selectionStart > start + 1 + query.length) this.close();
  }

  /** @param {Row[]} rows */
  #draw(rows) {
    if (!rows.length && !this.isOpen) return;
    const isSame = rows.length === this.#rows.length;
    this.#rows = rows;
    this.#list.replaceChildren(...rows.map((row, index) => option(row, `${this.#list.id.replace("suggestions", "suggestion")}-${index}`)));
    this.#list.hidden = !rows.length;
    this.#at = -1;
    if (rows.length) this.#point(0);
    else this.field.removeAttribute("aria-activedescendant");
    if (rows.length && !isSame) this.#said.textContent = interpolate(ngettext("%(count)s suggestion", "%(count)s suggestions", rows.length), { count: rows.length });
    if (!rows.length) this.#said.textContent = "";
  }

  /** @param {number} index */
  #point(index) {
    if (index < 0 || index === this.#at) return;
    this.#at = index;
    const options = [...this.#list.children];
    for (const [at, element] of options.entries()) element.setAttribute("aria-selected", String(at === index));
    this.field.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.isOpen || event.target !== this.field || event.isComposing || event.keyCode === IME_KEY_CODE) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { length } = this.#rows;
    if (event.key === "ArrowDown") this.#point((this.#at + 1) % length);
    else if (event.key === "ArrowUp") this.#point((this.#at - 1 + length) % length);
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#at);
    else if (event.key === "Escape") this.#dismiss();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #dismiss() {
    this.#dismissed = this.#name?.start ?? null;
    this.close();
  }

  /** @param {Event} event */
  #clicked(event) {
    const index = this.#indexOf(event.target);
    if (index >= 0) this.#choose(index);
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const chosen = target instanceof Element ? target.closest("[role=option]") : null;
    return chosen ? [...this.#list.children].indexOf(chosen) : -1;
  }

  /** @param {number} index */
  #choose(index) {
    const row = this.#rows[index];
    const name = this.#name;
    if (!row || !name) return;
    this.close();
    row.chosen?.();
    insertText(this.field, row.insert, name.start, name.start + 1 + name.query.length);
  }
}

/**
 * @param {Row} row
 * @param {string} id
 */
function option({ name, note, picture }, id) {
  return h(
    "div",
    { role: "option", id, "aria-selected": "false" },
    h("span", { class: "picture", "aria-hidden": "true" }, picture()),
    h("span", { class: "name", ...written(name) }, name),
    " ",
    note ? h("small", written(note), note) : null,
    h("kbd", { "aria-hidden": "true" }, "Tab"),
  );
}
