/**
 * The emoji picker: a field that finds emoji in English and Korean, those that the reader uses most, those of the space, all others by
 * group, and the choice of a skin tone. Beside what opened it; on a phone a sheet at the bottom of the screen. Arrow keys move in the grid.
 */
import { h, icon } from "../lib/dom.js";
import { nextCell } from "../lib/grid.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { pageData } from "../lib/page_data.js";
import { localStorageOrNull, ScopedStorage } from "../lib/storage.js";
import { written } from "../lib/text.js";
import { customEmojiList } from "../net/custom_emoji_list.js";
import { emojiCatalog } from "../net/emoji_files.js";
import { EmojiUse } from "../state/emoji_use.js";
import { drawSection, EmojiSections } from "./emoji_sections.js";
import { SkinTones } from "./skin_tones.js";

/** @typedef {import("./emoji_sections.js").Section} Section */
/** @typedef {import("./emoji_sections.js").ShownCell} ShownCell */

/**
 * @typedef {object} Opening
 * @property {HTMLElement} anchor what the picker is beside
 * @property {(text: string) => void} onPick with an emoji, or `:name:` for one of the space
 * @property {boolean} [withCustom] whether the space's own emoji are offered
 * @property {() => void} [onClose]
 */

const MOST_LETTERS = 60;
const GAP_PX = 4;
const EDGE_PX = 8;
/** The key code of keys that an input method handles. */
const IME_KEY_CODE = 229;

/** @type {EmojiPicker | null} */
let picker = null;

/**
 * Opens the picker. Picking closes it, except with Shift. Rejects if its styles could not be loaded.
 * @param {Opening} opening
 */
export async function openEmojiPicker(opening) {
  await lateStyles(pageData().urls.late_styles);
  picker ??= new EmojiPicker();
  picker.open(opening);
}

class EmojiPicker {
  #input = h("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "emoji-list",
    "aria-autocomplete": "list",
    "aria-label": gettext("Find an emoji, in English or Korean"),
    placeholder: gettext("maple, clap, 단풍…"),
    maxlength: MOST_LETTERS,
    autocomplete: "off",
    spellcheck: "false",
  });
  #list = h("div", { class: "list", id: "emoji-list", role: "listbox", "aria-label": gettext("Emoji"), tabindex: "-1" });
  #said = h("p", { class: "said", role: "status" });
  #shown = h("p", { class: "shown", "aria-hidden": "true" });
  #use;
  #tones;
  #dialog;
  #custom = customEmojiList(pageData().urls.emoji);
  /** What is offered, once it is loaded. @type {EmojiSections | null} */
  #offered = null;
  /** @type {Section[]} */
  #sections = [];
  /** Those of all sections, with their elements. @type {ShownCell[]} */
  #cells = [];
  /** The elements of sections, of which most are the same whenever the picker is opened. @type {WeakMap<Section, {element: HTMLElement, cells: ShownCell[]}>} */
  #drawn = new WeakMap();
  #at = 0;
  /** Enter was pressed before anything was loaded, which then counts. @type {{stays: boolean} | null} */
  #early = null;
  /** Whether the reader moves in the grid, so that arrow keys to the left and right do, too, and not the caret. */
  #isInGrid = false;
  /** @type {Opening | null} */
  #opening = null;

  constructor() {
    const { epoch, user } = pageData();
    this.#use = new EmojiUse(new ScopedStorage(localStorageOrNull(), { epoch, user: user.id }));
    this.#tones = new SkinTones(this.#use, () => this.#search());
    this.#dialog = h(
      "dialog",
      { class: "emoji-picker", "aria-label": gettext("Emoji") },
      h("div", { class: "find" }, icon("search"), this.#input),
      this.#said,
      this.#list,
      h("footer", {}, this.#shown, this.#tones.opener, this.#tones.choices),
    );
    this.#input.addEventListener("input", (event) => this.#search(/** @type {InputEvent} */ (event).isComposing));
    this.#input.addEventListener("compositionend", () => this.#search());
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event));
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("click", (event) => this.#clicked(event));
    this.#list.addEventListener("pointermove", ({ target }) => this.#point(this.#indexOf(target)));
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays in the field
  }

  /** @param {Opening} opening */
  open(opening) {
    if (this.#dialog.open) return;
    this.#opening = opening;
    this.#input.value = "";
    this.#tones.close();
    this.#search();
    // A phone would show its keyboard at once.
    this.#list.toggleAttribute("autofocus", matchMedia("(pointer: coarse)").matches);
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#list.scrollTop = 0;
    this.#place(opening.anchor.getBoundingClientRect());
    if (!this.#offered) void this.#load();
    if (opening.withCustom) void this.#refreshCustom();
  }

  async #load() {
    this.#said.textContent = "";
    try {
      const { emoji_en, emoji_ko } = pageData().urls;
      const catalog = await emojiCatalog({ emoji_en, emoji_ko });
      this.#offered = new EmojiSections({ catalog, custom: this.#custom, use: this.#use, mayAdd: pageData().urls.space_emoji !== "" });
    } catch {
      this.#said.textContent = gettext("The emoji could not be loaded. Try again when you are online.");
      return;
    }
    this.#search();
    const early = this.#early;
    this.#early = null;
    if (early && this.#dialog.open) this.#pick(this.#at, early.stays);
  }

  /** Shows emoji that were added, unless the reader is about to pick one. */
  async #refreshCustom() {
    const before = this.#custom.known;
    await this.#custom.refresh();
    if (this.#custom.known !== before && !this.#isInGrid) this.#search();
  }

  #closed() {
    this.#dialog.remove();
    this.#early = null;
    const opening = this.#opening;
    this.#opening = null;
    opening?.onClose?.();
  }

  /** @param {boolean} [isComposing] whether an input method is not done with the last syllable */
  #search(isComposing = false) {
    const query = this.#input.value.replaceAll(":", "").trim();
    const withCustom = this.#opening?.withCustom ?? false;
    const sections = query ? this.#offered?.found(query, withCustom) : this.#offered?.all(withCustom);
    const isNothing = !sections?.some(({ cells }) => cells.length);
    this.#isInGrid = false;
    // A syllable that is not complete, 다 of 단풍, often matches nothing: what was found stays until it is.
    if (isComposing && isNothing) return;
    this.#show(sections ?? []);
    if (!this.#offered) return;
    const isFound = this.#cells.length > 0;
    this.#input.setAttribute("aria-expanded", String(isFound));
    this.#said.textContent = isFound ? "" : interpolate(gettext("Nothing matches “%(query)s”."), { query });
  }

  /** @param {Section[]} sections */
  #show(sections) {
    this.#cells[this.#at]?.element.setAttribute("aria-selected", "false");
    this.#sections = sections.filter(({ cells }) => cells.length);
    const drawn = this.#sections.map((section) => this.#draw(section));
    this.#cells = drawn.flatMap(({ cells }) => cells);
    this.#list.replaceChildren(...drawn.map(({ element }) => element));
    this.#list.scrollTop = 0;
    this.#at = -1;
    this.#point(this.#cells.findIndex(({ cell }) => cell.text));
  }

  /** @param {Section} section */
  #draw(section) {
    const drawn = this.#drawn.get(section) ?? drawSection(section);
    this.#drawn.set(section, drawn);
    return drawn;
  }

  /** @param {number} index of the cell that Enter picks; of none if it is below zero */
  #point(index) {
    const pointed = this.#cells[index];
    if (!this.#cells.length) this.#pointAtNone();
    if (!pointed || index === this.#at) return;
    this.#cells[this.#at]?.element.setAttribute("aria-selected", "false");
    this.#at = index;
    pointed.element.setAttribute("aria-selected", "true");
    for (const place of [this.#input, this.#list]) place.setAttribute("aria-activedescendant", pointed.element.id);
    const { name, code, draw } = pointed.cell;
    this.#shown.replaceChildren(h("span", { class: "large" }, draw()), h("span", written(name), name), h("small", {}, code));
  }

  #pointAtNone() {
    for (const place of [this.#input, this.#list]) place.removeAttribute("aria-activedescendant");
    this.#shown.replaceChildren();
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const cell = target instanceof Element ? target.closest("[role=option]") : null;
    return this.#cells.findIndex(({ element }) => element === cell);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.keyCode === IME_KEY_CODE) return;
    if (event.key === "Escape" && this.#tones.isOpen) this.#tones.close({ focus: true });
    else if (event.target !== this.#input && event.target !== this.#list) return;
    else if (event.key === "Enter" && this.#offered) this.#pick(this.#at, event.shiftKey);
    else if (event.key === "Enter") this.#early = { stays: event.shiftKey };
    else if (!this.#move(event)) return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #move({ key, ctrlKey, metaKey, altKey }) {
    const isSideways = ["ArrowLeft", "ArrowRight", "Home", "End"].includes(key);
    const isInText = isSideways && !this.#isInGrid && this.#input.value !== "";
    const grid = this.#grid;
    const next = isInText || altKey ? null : nextCell(grid, this.#mirrored(key), ctrlKey || metaKey);
    if (next === null) return false;
    this.#isInGrid = true;
    this.#point(next);
    // The first row is shown with the title of its section.
    if (next < grid.columns) this.#list.scrollTop = 0;
    else this.#cells[next].element.scrollIntoView({ block: "nearest" });
    return true;
  }

  get #grid() {
    const cells = this.#list.querySelector(".cells");
    const columns = cells ? getComputedStyle(cells).gridTemplateColumns.split(" ").length : 1;
    return { sections: this.#sections.map(({ cells }) => cells.length), columns, at: this.#at };
  }

  /**
   * Where lines begin at the right, arrow keys move the other way.
   * @param {string} key
   */
  #mirrored(key) {
    const isRightToLeft = getComputedStyle(this.#list).direction === "rtl";
    const other = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" }[key];
    return isRightToLeft && other ? other : key;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    if (event.target === this.#dialog) return this.#dialog.close();
    const index = this.#indexOf(event.target);
    if (index >= 0) this.#pick(index, event.shiftKey);
  }

  /**
   * @param {number} index
   * @param {boolean} stays open
   */
  #pick(index, stays) {
    const cell = this.#cells[index]?.cell;
    const opening = this.#opening;
    if (!cell || !opening) return;
    if (!stays || !cell.text) this.#dialog.close();
    if (!cell.text) return this.#openPage(pageData().urls.space_emoji);
    this.#use.note(cell.used);
    opening.onPick(cell.text);
  }

  /**
   * Opens a page in the shell, which follows links.
   * @param {string} address
   */
  #openPage(address) {
    const link = h("a", { href: address, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
  }

  /**
   * Above what opened the picker where there is room, else below; always on the screen. On a phone the style sheet places it.
   * @param {DOMRect} at
   */
  #place(at) {
    const { style, offsetWidth: width, offsetHeight: height } = this.#dialog;
    const above = at.top - GAP_PX - height;
    const top = above >= EDGE_PX ? above : Math.min(at.bottom + GAP_PX, innerHeight - height - EDGE_PX);
    style.insetBlockStart = `${Math.max(EDGE_PX, top)}px`;
    style.left = `${Math.max(EDGE_PX, Math.min(at.right - width, innerWidth - width - EDGE_PX))}px`;
  }
}
