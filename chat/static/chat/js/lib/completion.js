/** Which name before the caret can be completed: `@name`, `#room` or `:emoji`. Not in code, in addresses, or within a word. */

/** @typedef {"@" | "#" | ":"} Sign */
/** @typedef {{sign: Sign, query: string, start: number}} Name `start` is the place of the sign */

const SIGNS = "@#:";
const MOST_LETTERS = 40;
const FENCE = "```";
const NAME = /[\p{L}\p{M}\p{N}_.+-]/u;
/** A mark by its category, but at the end of many emoji. */
const COLOURED = "\ufe0f";
const FIRST_SYLLABLE = "가";
const LAST_SYLLABLE = "힣";

/**
 * @param {string} text
 * @param {number} caret
 * @returns {Name | null}
 */
export function nameBefore(text, caret) {
  let start = caret - 1;
  while (start >= 0 && caret - start <= MOST_LETTERS && isInName(text[start])) start -= 1;
  const sign = text[start];
  if (start < 0 || caret - start > MOST_LETTERS || !SIGNS.includes(sign)) return null;
  const query = text.slice(start + 1, caret);
  if (sign === ":" && !isEnough(query)) return null;
  if (start > 0 && !mayPrecede(text[start - 1])) return null;
  return isInCode(text, start) ? null : { sign: /** @type {Sign} */ (sign), query, start };
}

/** @param {string} letter */
function isInName(letter) {
  return NAME.test(letter) && letter !== COLOURED;
}

/**
 * Two letters, or one syllable: a smiley such as `:D` is left alone.
 * @param {string} query
 */
function isEnough(query) {
  return query.length >= 2 || (query >= FIRST_SYLLABLE && query <= LAST_SYLLABLE);
}

/**
 * A name begins a word: in `mina@example.com`, `10:30` and `/#top` there is none.
 * @param {string} letter
 */
function mayPrecede(letter) {
  return !isInName(letter) && !"/@#:&=?%\\".includes(letter);
}

/**
 * Whether a place is behind an open fence of code, or behind an open backtick of its line.
 * @param {string} text
 * @param {number} place
 */
function isInCode(text, place) {
  const lines = text.slice(0, place).split("\n");
  const fences = lines.filter((line) => line.trimStart().startsWith(FENCE)).length;
  const ticks = (lines.at(-1) ?? "").split("`").length - 1;
  return fences % 2 === 1 || ticks % 2 === 1;
}
