/** Which emoji the reader uses most in this browser, and in which skin tone. */
import { TONES } from "../lib/emoji.js";

const USED = "emoji-used";
const TONE = "emoji-tone";
/** The fewest of them are forgotten. */
const MOST_KEPT = 36;
const MOST_CHARS = 40;
/** With each use, what was used before counts a little less. */
const FADING = 0.95;

/** @typedef {[text: string, weight: number]} Used */

export class EmojiUse {
  /** @param {import("../lib/storage.js").ScopedStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** The emoji, most used first; without skin tones, and custom ones as `:name:`. */
  get most() {
    return this.#used.map(([text]) => text);
  }

  /** @param {string} text as in `most` */
  note(text) {
    const others = this.#used.filter(([used]) => used !== text);
    const weight = this.#used.find(([used]) => used === text)?.[1] ?? 0;
    /** @type {Used[]} */
    const all = [[text, weight + 1], ...others.map(/** @returns {Used} */ ([used, before]) => [used, Number((before * FADING).toFixed(3))])];
    this.storage.set(USED, JSON.stringify(all.sort((a, b) => b[1] - a[1]).slice(0, MOST_KEPT)));
  }

  get tone() {
    const stored = this.storage.get(TONE) ?? "";
    return TONES.includes(stored) ? stored : "";
  }

  /** @param {string} tone one of TONES */
  set tone(tone) {
    this.storage.set(TONE, tone);
  }

  /** @returns {Used[]} */
  get #used() {
    try {
      const stored = JSON.parse(this.storage.get(USED) ?? "[]");
      return Array.isArray(stored) ? stored.filter(isUsed).slice(0, MOST_KEPT) : [];
    } catch {
      return [];
    }
  }
}

/** @param {unknown} entry */
function isUsed(entry) {
  if (!Array.isArray(entry)) return false;
  const [text, weight] = entry;
  return typeof text === "string" && text.length <= MOST_CHARS && Number.isFinite(weight);
}
