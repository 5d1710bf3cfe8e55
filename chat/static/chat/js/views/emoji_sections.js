/** What the emoji picker offers: the emoji that the reader uses most, those of the space, all others by group; or what a query finds. */
import { emojiImage } from "../lib/custom_emoji.js";
import { byId, h, icon } from "../lib/dom.js";
import { inTone } from "../lib/emoji.js";
import { gettext } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";

/**
 * @typedef {object} Cell
 * @property {string} text what is picked; "" for what leads to the page on which emoji are added
 * @property {string} used how its use is noted
 * @property {string} name
 * @property {string} code `:shortcode:`
 * @property {() => Node | string} draw
 */

/** @typedef {{title: string, cells: Cell[]}} Section */
/** @typedef {{cell: Cell, element: HTMLElement}} ShownCell */

const MOST_FOUND = 90;
const MOST_USED = 9;
let ids = 0;

/** @returns {Record<string, string>} */
const groupTitles = () => ({
  people: gettext("Smileys and people"),
  nature: gettext("Animals and nature"),
  food: gettext("Food and drink"),
  travel: gettext("Travel and places"),
  activities: gettext("Activities"),
  objects: gettext("Objects"),
  symbols: gettext("Symbols"),
  flags: gettext("Flags"),
});

export class EmojiSections {
  /** The sections of all groups in one tone: the same objects while the tone stays. @type {{tone: string, sections: Section[]} | null} */
  #groups = null;

  /**
   * @param {object} from
   * @param {import("../lib/emoji.js").EmojiCatalog} from.catalog
   * @param {import("../net/custom_emoji_list.js").CustomEmojiList} from.custom
   * @param {import("../state/emoji_use.js").EmojiUse} from.use
   * @param {boolean} from.mayAdd whether the reader may add emoji of the space
   */
  constructor({ catalog, custom, use, mayAdd }) {
    this.catalog = catalog;
    this.custom = custom;
    this.use = use;
    this.mayAdd = mayAdd;
  }

  /**
   * @param {string} query
   * @param {boolean} withCustom whether the space's own emoji are offered
   * @returns {Section[]}
   */
  found(query, withCustom) {
    const custom = withCustom ? matching(this.custom.offered, query).map(customCell) : [];
    const emoji = this.catalog.find(query, MOST_FOUND).map((one) => this.#cell(one));
    return [{ title: gettext("Found"), cells: [...custom, ...emoji].slice(0, MOST_FOUND) }];
  }

  /**
   * @param {boolean} withCustom
   * @returns {Section[]}
   */
  all(withCustom) {
    const custom = withCustom ? this.custom.offered : [];
    const adding = withCustom && this.mayAdd ? [addingCell()] : [];
    return [
      { title: gettext("Mine, most used"), cells: this.#mine(custom).slice(0, MOST_USED) },
      { title: byId("space", HTMLElement).textContent ?? "", cells: [...custom.map(customCell), ...adding] },
      ...this.#ofGroups(),
    ];
  }

  #ofGroups() {
    const { tone } = this.use;
    if (this.#groups?.tone !== tone) {
      const titles = groupTitles();
      const sections = this.catalog.groups.map(([group, emoji]) => ({ title: titles[group], cells: emoji.map((one) => this.#cell(one)) }));
      this.#groups = { tone, sections };
    }
    return this.#groups.sections;
  }

  /** @param {import("../lib/custom_emoji.js").CustomEmoji[]} offered */
  #mine(offered) {
    const custom = new Map(offered.map((one) => [`:${one.name}:`, one]));
    return this.use.most.flatMap((text) => {
      const [emoji, own] = [this.catalog.of(text), custom.get(text)];
      return emoji ? [this.#cell(emoji)] : own ? [customCell(own)] : [];
    });
  }

  /**
   * @param {import("../lib/emoji.js").Emoji} emoji
   * @returns {Cell}
   */
  #cell(emoji) {
    const text = inTone(emoji, this.use.tone);
    return { text, used: emoji.text, name: emoji.name, code: `:${emoji.codes[0]}:`, draw: () => text };
  }
}

/**
 * @param {import("../lib/custom_emoji.js").CustomEmoji} emoji
 * @returns {Cell}
 */
function customCell(emoji) {
  const text = `:${emoji.name}:`;
  return { text, used: text, name: emoji.name, code: text, draw: () => emojiImage(emoji) };
}

/** @returns {Cell} */
function addingCell() {
  return { text: "", used: "", name: gettext("Add an emoji"), code: "", draw: () => icon("plus") };
}

/**
 * The element of a section, and those of its cells.
 * @param {Section} section
 * @returns {{element: HTMLElement, cells: ShownCell[]}}
 */
export function drawSection({ title, cells }) {
  const id = `emoji-section-${++ids}`;
  const shown = cells.map((cell) => {
    const attributes = { role: "option", id: `emoji-${++ids}`, "aria-label": cell.name, "aria-selected": "false" };
    return { cell, element: h("span", attributes, cell.draw()) };
  });
  const grid = h("div", { class: "cells", role: "presentation" }, ...shown.map(({ element }) => element));
  return { element: h("div", { class: "group", role: "group", "aria-labelledby": id }, h("p", { id, role: "presentation" }, title), grid), cells: shown };
}
