/**
 * The command palette: a field that finds rooms, people and actions by parts of their names (in Korean also by initial consonants),
 * and a list to choose from by keyboard or mouse.
 */
import { byId, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { matchedParts } from "../lib/matching.js";
import { isOperator, terms } from "../lib/query.js";
import { written } from "../lib/text.js";

/** The key code of keys that an input method handles. */
const IME_KEY_CODE = 229;

/**
 * @typedef {object} Row
 * @property {string} key stays the same while the palette is open
 * @property {string} name
 * @property {string} [also] another name that matches
 * @property {string} [note] a few words after the name
 * @property {() => Node} picture
 * @property {() => void} choose
 * @property {string} [keys] that choose it from anywhere; Enter, where it is active, without them
 * @property {boolean} [isSearch] whether it searches for what is typed, rather than matches it
 */

/** @typedef {{title: string, rows: Row[]}} Group */

export class Palette {
  #dialog = byId("palette", HTMLDialogElement);
  #input = byId("palette-input", HTMLInputElement);
  #list = byId("palette-list", HTMLElement);
  #nothing = byId("palette-nothing", HTMLElement);
  /** @type {Row[]} */
  #rows = [];
  #active = 0;
  /** Whether Enter was pressed before anything was found: the first thing that is found is chosen. */
  #isEager = false;

  /**
   * @param {object} how
   * @param {(query: string) => Group[]} how.find what matches, in the order of the list
   * @param {import("../net/finder.js").Finder} how.finder
   * @param {() => void} how.drawn called when other people may be shown
   */
  constructor({ find, finder, drawn }) {
    this.find = find;
    this.drawn = drawn;
    this.finder = finder;
    this.#input.addEventListener("input", () => this.#search());
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event));
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.close());
    this.#dialog.addEventListener("close", () => finder.ask(""));
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    finder.on("found", () => this.#dialog.open && this.#found());
    if (this.#dialog.open) this.#search();
  }

  /** Opens the palette; closes it if it is open. */
  toggle() {
    if (this.#dialog.open) return this.close();
    for (const other of /** @type {NodeListOf<HTMLDialogElement>} */ (document.querySelectorAll("dialog[open]"))) other.close();
    this.#input.value = "";
    this.#dialog.showModal();
    this.#search();
  }

  close() {
    this.#dialog.close();
  }

  /**
   * Does what a key is for. False if it is for nothing here.
   * @param {string} key
   */
  press(key) {
    const { length } = this.#rows;
    const next = {
      ArrowDown: (this.#active + 1) % length,
      ArrowUp: (this.#active - 1 + length) % length,
      Home: 0,
      End: length - 1,
    }[key];
    if (key === "Enter") this.#enter();
    else if (next !== undefined && length) {
      this.#active = next;
      this.#mark();
    } else return false;
    return true;
  }

  /** What was chosen stays chosen; a search of messages that was alone in the list was not. */
  #found() {
    const active = this.#rows[this.#active];
    const isChosen = !this.#isEager && !(this.#active === 0 && active?.isSearch);
    this.#draw(isChosen ? active?.key : undefined);
    if (this.#isEager) this.#choose(this.#active);
  }

  /** What is being looked for goes before a search of messages. */
  #enter() {
    const isFirstUnknown = this.#active === 0 && this.finder.isAsking && (this.#rows[0]?.isSearch ?? true) && !this.#hasOperator;
    if (isFirstUnknown) this.#isEager = true;
    else this.#choose(this.#active);
  }

  #search() {
    this.#isEager = false;
    this.finder.ask(this.#input.value);
    this.#draw();
  }

  /** @param {string} [active] key of the row that stays active */
  #draw(active) {
    const query = this.#input.value;
    const groups = this.find(query).filter(({ rows }) => rows.length);
    this.#rows = groups.flatMap(({ rows }) => rows);
    this.#active = Math.max(0, this.#rows.findIndex(({ key }) => key === active));
    let first = 0;
    this.#list.replaceChildren(
      ...groups.map((group, index) => {
        const element = groupElement(group, { index, first, query });
        first += group.rows.length;
        return element;
      }),
    );
    const isFound = this.#rows.some(({ isSearch }) => !isSearch) || this.#hasOperator;
    this.#input.setAttribute("aria-expanded", String(this.#rows.length > 0));
    this.#list.hidden = !this.#rows.length;
    this.#nothing.textContent = isFound ? "" : interpolate(gettext("No room, person or action matches “%(query)s”."), { query: query.trim() });
    this.#mark();
    this.drawn();
  }

  #mark() {
    const options = this.#list.querySelectorAll("[role=option]");
    for (const [index, option] of options.entries()) option.setAttribute("aria-selected", String(index === this.#active));
    if (!options.length) return this.#input.removeAttribute("aria-activedescendant");
    this.#input.setAttribute("aria-activedescendant", options[this.#active].id);
    // The first row is shown with the title of its group.
    if (this.#active === 0) this.#list.scrollTop = 0;
    else options[this.#active].scrollIntoView({ block: "nearest" });
  }

  get #hasOperator() {
    return terms(this.#input.value).some(isOperator);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.keyCode === IME_KEY_CODE) return;
    const search = event.key === "Enter" && (event.ctrlKey || event.metaKey) ? this.#rows.findIndex(({ isSearch }) => isSearch) : -1;
    if (search >= 0) {
      event.preventDefault();
      return this.#choose(search);
    }
    if (this.press(event.key)) event.preventDefault();
  }

  /** @param {Event} event */
  #clicked(event) {
    const chosen = /** @type {Element} */ (event.target).closest("[role=option]");
    if (chosen) this.#choose([...this.#list.querySelectorAll("[role=option]")].indexOf(chosen));
  }

  /** @param {number} index */
  #choose(index) {
    const row = this.#rows[index];
    if (!row) return;
    this.close();
    row.choose();
  }
}

/**
 * @param {Group} group
 * @param {{index: number, first: number, query: string}} where `first`: the number of its first row
 */
function groupElement({ title, rows }, { index, first, query }) {
  const id = `palette-group-${index}`;
  const heading = h("li", { role: "presentation", class: "group", id }, title);
  return h("ul", { role: "group", "aria-labelledby": id }, heading, ...rows.map((row, at) => option(row, first + at, query)));
}

/**
 * @param {Row} row
 * @param {number} index
 * @param {string} query
 */
function option({ name, note, picture, keys = "Enter", isSearch }, index, query) {
  const parts = matchedParts(name, isSearch ? "" : query).map(({ text, isMatch }) => (isMatch ? h("mark", {}, text) : text));
  const label = h("span", { class: "name", ...written(name) }, ...parts);
  const more = note ? h("small", written(note), ...matchedParts(note, query).map(({ text, isMatch }) => (isMatch ? h("mark", {}, text) : text))) : null;
  return h("li", { role: "option", id: `palette-option-${index}`, "aria-selected": "false" }, picture(), label, " ", more, h("kbd", { "aria-hidden": "true" }, keys));
}
