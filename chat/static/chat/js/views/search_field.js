/** The field of a search: operators are chips, the other words are text. Knows nothing of what is found. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { isOperator, QUERY_CHARS, quoted, terms } from "../lib/query.js";
import { chipElement, chipOf, divided, understood } from "./search_chips.js";
import { SearchOptions } from "./search_options.js";

/** @typedef {import("./search_chips.js").Chip} Chip */

/** The key code of keys that an input method handles. */
const IME_KEY_CODE = 229;

export class SearchField {
  #input = h("input", {
    id: "search-input",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    maxlength: QUERY_CHARS,
    dir: "auto",
    "aria-label": gettext("Search messages, files, people and rooms"),
    "aria-expanded": "false",
    "aria-controls": "search-options",
    "aria-autocomplete": "list",
  });
  #list = h("ul", { class: "chips", "aria-label": gettext("Filters") });
  #clear = button({ class: "icon", "aria-label": gettext("Clear"), title: gettext("Clear") }, () => this.#cleared(), icon("close"));
  #options = new SearchOptions(this.#input, (row) => this.#chosen(row));
  /** @type {Chip[]} */
  #chips = [];
  element = h("form", { class: "search-query", role: "search", "aria-label": gettext("Search") }, icon("search"), this.#list, h("div", { class: "search-line" }, this.#input, this.#clear), this.#options.list, this.#options.said);

  /**
   * @param {object} how
   * @param {import("./search_choices.js").SearchChoices} how.choices
   * @param {string} how.locale
   * @param {(isSettled: boolean) => void} how.changed called with what is typed; settled: chosen, or confirmed by Enter
   * @param {() => void} how.leave goes to the first hit
   * @param {() => boolean} how.close leaves the search; false if there is nowhere to go
   */
  constructor({ choices, locale, changed, leave, close }) {
    this.choices = choices;
    this.locale = locale;
    this.changed = changed;
    this.leave = leave;
    this.close = close;
    this.element.addEventListener("submit", (event) => this.#submitted(event));
    this.element.addEventListener("mousedown", (event) => this.#touched(event));
    this.#input.addEventListener("input", (event) => this.#typed(/** @type {InputEvent} */ (event).isComposing));
    this.#input.addEventListener("compositionend", () => this.#typed(false));
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#input.addEventListener("blur", () => this.#options.close());
    this.#list.addEventListener("keydown", (event) => this.#pressedChip(event));
    choices.finder.on("found", () => this.element.contains(document.activeElement) && this.#suggest());
  }

  get query() {
    return [...this.#chips.map(({ text }) => text), this.#input.value.trim()].filter(Boolean).join(" ");
  }

  get text() {
    return this.#input.value.trim();
  }

  get chips() {
    return this.#chips;
  }

  /** What the chips stand for, by their texts. */
  get names() {
    return Object.fromEntries(this.#chips.map(({ text, name }) => [text, name]));
  }

  focus() {
    this.#input.focus({ preventScroll: true });
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  /** Whether the search is only in one conversation that no operator names. */
  get hasScope() {
    return this.#chips.some(({ text }) => !text);
  }

  /**
   * @param {string} query
   * @param {{names?: Record<string, string>, scope?: string | null}} [how] `scope`: the name of a conversation that no operator names
   */
  set(query, { names, scope } = {}) {
    const { chips, text } = divided(query, names);
    this.#chips = scope ? [{ kind: "in", text: "", value: "", negated: false, name: scope, problem: "" }, ...chips] : chips;
    this.#input.value = text;
    this.#draw();
  }

  /** @param {import("../net/protocol.js").QueryTerm[]} words the query as the server understood it */
  understand(words) {
    this.#chips = this.#chips.map((chip) => {
      const word = words.find(({ text }) => text === chip.text);
      return word ? understood(chip, word, this.locale) : chip;
    });
    this.#drawChips();
  }

  /**
   * Types an operator, and shows what can follow it.
   * @param {string} kind
   */
  begin(kind) {
    const { value } = this.#input;
    this.#input.value = `${value}${value && !value.endsWith(" ") ? " " : ""}${kind}:`;
    this.focus();
    this.#draw();
    this.#suggest();
  }

  /** @param {Chip} chip */
  remove(chip) {
    this.removeAll([chip]);
  }

  /** @param {Chip[]} chips */
  removeAll(chips) {
    this.#chips = this.#chips.filter((chip) => !chips.includes(chip));
    this.#draw();
    this.changed(true);
  }

  /** @param {string} text instead of what is typed besides the chips */
  retype(text) {
    this.#input.value = text;
    this.#draw();
    this.focus();
    this.changed(true);
  }

  #draw() {
    this.#clear.hidden = !this.#chips.length && !this.#input.value;
    this.#drawChips();
  }

  #drawChips() {
    const focused = [...this.#list.children].findIndex((chip) => chip.contains(document.activeElement));
    this.#list.replaceChildren(...this.#chips.map((chip) => chipElement(chip, () => this.#removedByButton(chip))));
    this.#list.hidden = !this.#chips.length;
    this.#input.placeholder = this.#chips.length ? "" : gettext("Search messages, files, people and rooms");
    if (focused >= 0) this.#list.children[focused]?.querySelector("button")?.focus();
  }

  /** @param {Chip} chip */
  #removedByButton(chip) {
    this.remove(chip);
    this.focus();
  }

  #cleared() {
    this.set("");
    this.focus();
    this.changed(true);
  }

  /** @param {boolean} isComposing whether an input method is not done with the last syllable */
  #typed(isComposing) {
    const { value } = this.#input;
    const isAtEnd = this.#input.selectionStart === value.length;
    if (!isComposing && isAtEnd) this.#takeChips(({ end }) => end < value.length);
    this.#draw();
    this.#suggest();
    this.changed(false);
  }

  /**
   * Turns operators of the text into chips. True if there are any.
   * @param {(term: import("../lib/query.js").Term) => boolean} isDone
   */
  #takeChips(isDone) {
    const { value } = this.#input;
    const done = terms(value).filter((term) => isOperator(term) && term.value && isDone(term));
    if (!done.length) return false;
    let rest = value;
    for (const { start, end } of done.reverse()) rest = rest.slice(0, start) + rest.slice(end).trimStart();
    this.#chips = [...this.#chips, ...done.reverse().map((term) => chipOf(term))];
    this.#input.value = rest;
    return true;
  }

  /** The term that ends at the caret. */
  get #term() {
    const { value, selectionStart, selectionEnd } = this.#input;
    const term = selectionStart === selectionEnd ? terms(value.slice(0, selectionStart ?? 0)).at(-1) : undefined;
    return term?.end === selectionStart ? term : undefined;
  }

  #suggest() {
    const term = this.#term;
    const rows = this.choices.of(term);
    this.#options.draw(rows, { query: term?.value.replace(/^[@#]/, "") ?? "", isFirstChosen: term !== undefined && isOperator(term) });
  }

  /** @param {import("./search_choices.js").ChoiceRow} row */
  #chosen({ name, value, operator }) {
    const term = this.#term;
    if (!term) return;
    const { value: typed } = this.#input;
    const [before, after] = [typed.slice(0, term.start), typed.slice(term.end).trimStart()];
    if (value === undefined) {
      const begun = `${before}${term.negated ? "-" : ""}${operator}:`;
      this.#input.value = begun + after;
      this.#input.setSelectionRange(begun.length, begun.length);
      this.#draw();
      return this.#suggest();
    }
    const text = `${term.negated ? "-" : ""}${term.kind}:${quoted(value)}`;
    const shown = value.startsWith("#") ? `#${name}` : name;
    this.#chips = [...this.#chips.filter((chip) => chip.text !== text), chipOf({ kind: term.kind, text, value, negated: term.negated }, shown)];
    this.#input.value = before + after;
    this.#draw();
    this.focus();
    this.changed(true);
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    event.preventDefault();
    this.#takeChips(() => true);
    this.#options.close();
    this.#draw();
    this.changed(true);
  }

  /**
   * A press beside the text focuses it.
   * @param {MouseEvent} event
   */
  #touched(event) {
    if (!(event.target instanceof Element) || event.target.closest("input, button, [role=option]")) return;
    event.preventDefault();
    this.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, isComposing, keyCode, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (isComposing || keyCode === IME_KEY_CODE || ctrlKey || metaKey || altKey || shiftKey) return;
    if (this.#options.press(key)) return event.preventDefault();
    const isAtStart = this.#input.selectionStart === 0 && this.#input.selectionEnd === 0;
    const last = this.#chips.at(-1);
    if (key === "Backspace" && isAtStart && last) this.remove(last);
    else if (key === "ArrowLeft" && isAtStart && last) /** @type {HTMLElement} */ (this.#list.querySelector("li:last-child button")).focus();
    else if (key === "ArrowDown") this.leave();
    else if (key !== "Escape" || !this.close()) return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #pressedChip(event) {
    const buttons = [...this.#list.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const { key } = event;
    if (at < 0) return;
    if (key === "ArrowLeft") buttons[Math.max(0, at - 1)].focus();
    else if (key === "ArrowRight") (buttons[at + 1] ?? this.#input).focus();
    else if (key === "Backspace" || key === "Delete") {
      const chip = this.#chips[at];
      (buttons[at - 1] ?? buttons[at + 1] ?? this.#input).focus();
      this.remove(chip);
      if (!this.#chips.length) this.focus();
    } else return;
    event.preventDefault();
  }
}
