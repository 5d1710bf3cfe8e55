/** The emoji that can be picked: their groups, names, words, shortcodes and skin tones, and finding them in both languages. */
import { NO_MATCH, queryWords, rankAmong, searchTexts } from "./matching.js";

/**
 * The files that bin/emoji makes. An emoji of the English one: itself, its name, words, shortcodes, and its variant with light
 * skin if it has tones. The Korean one has names and words in the same order.
 * @typedef {[emoji: string, name: string, words: string, codes: string, light?: string]} EnglishEntry
 * @typedef {{groups: Record<string, EnglishEntry[]>}} EnglishFile
 * @typedef {{names: [name: string, words: string][]}} KoreanFile
 */

/**
 * @typedef {object} Emoji
 * @property {string} text
 * @property {string} name in the reader's language
 * @property {string[]} codes its shortcodes, the best known first
 * @property {string} light the variant with light skin, or ""
 */

/** The skin tones from light to dark; "" is the yellow that belongs to nobody. */
export const TONES = ["", "\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"];
const [, LIGHT] = TONES;

/** Begins a list of words: none of them is the beginning of the name. */
const MORE = "· ";

/**
 * @param {Pick<Emoji, "text" | "light">} emoji
 * @param {string} tone one of TONES
 */
export function inTone({ text, light }, tone) {
  return tone && light ? light.replaceAll(LIGHT, tone) : text;
}

export class EmojiCatalog {
  /** What queries are compared with; made when somebody searches first. @type {{emoji: Emoji, exact: string[], texts: string[]}[] | null} */
  #searched = null;
  /** @type {Map<string, Emoji>} */
  #byText = new Map();

  /**
   * @param {EnglishFile} english
   * @param {KoreanFile} korean
   * @param {string} language of the reader
   */
  constructor(english, korean, language) {
    let at = 0;
    /** The name in the other language and the words of both, in the order of the groups. @type {string[][]} */
    this.others = [];
    /** @type {[group: string, emoji: Emoji[]][]} */
    this.groups = Object.entries(english.groups).map(([group, entries]) => [
      group,
      entries.map(([text, englishName, englishWords, codes, light = ""]) => {
        const [koreanName, koreanWords] = korean.names[at++];
        const [name, other] = language === "ko" ? [koreanName, englishName] : [englishName, koreanName];
        this.others.push([other, `${MORE}${englishWords}`, `${MORE}${koreanWords}`]);
        const emoji = { text, name, codes: codes.split(" "), light };
        this.#byText.set(text, emoji);
        return emoji;
      }),
    ]);
  }

  /**
   * The emoji with this text, without a skin tone.
   * @param {string} text
   */
  of(text) {
    return this.#byText.get(text) ?? null;
  }

  /**
   * The emoji that a query names, in either language or by shortcode, the best match first: one with exactly this shortcode or
   * name, then those whose name or shortcode begins with it, then those with a word that does.
   * @param {string} query
   * @param {number} most
   */
  find(query, most) {
    const words = queryWords(query);
    const whole = words.join(" ");
    this.#searched ??= this.#texts();
    const ranked = this.#searched.map(({ emoji, exact, texts }) => ({ emoji, rank: exact.includes(whole) ? -1 : rankAmong(texts, words) }));
    const found = ranked.filter(({ rank }) => rank < NO_MATCH);
    return found.sort((a, b) => a.rank - b.rank).slice(0, most).map(({ emoji }) => emoji);
  }

  #texts() {
    return this.groups
      .flatMap(([, emoji]) => emoji)
      .map((emoji, at) => ({
        emoji,
        exact: [...emoji.codes, emoji.name],
        texts: searchTexts([emoji.name, ...emoji.codes, ...this.others[at]]),
      }));
  }
}
