/** Marks up text in a field, without knowing the field. Positions are those of its selection. */

/** @typedef {{value: string, start: number, end: number}} Text the value of a field, and its selection */
/** @typedef {{from: number, to: number, text: string, start: number, end: number}} Change what to replace by a text, and the selection after it */

/** The signs around a selection. */
export const SIGNS = { bold: "**", italic: "*", strike: "~~", code: "`" };

const FENCE = "```";
const ITEM = /^([ \t]{0,40})([-*]|[0-9]{1,3}[.)])[ \t]/;
const QUOTED = "> ";

/**
 * Puts signs around the selection, or removes them if they are there. Spaces at its ends stay outside.
 * @param {Text} text
 * @param {string} sign
 * @returns {Change}
 */
export function toggled({ value, start, end }, sign) {
  while (start < end && isSpace(value[start])) start += 1;
  while (end > start && isSpace(value[end - 1])) end -= 1;
  const inside = value.slice(start, end);
  const { length } = sign;
  if (hasSign(value.slice(0, start), sign, -1) && hasSign(value.slice(end), sign, 1)) {
    return { from: start - length, to: end + length, text: inside, start: start - length, end: end - length };
  }
  if (inside.length > 2 * length && hasSign(inside, sign, 1) && hasSign(inside, sign, -1)) {
    return { from: start, to: end, text: inside.slice(length, -length), start, end: end - 2 * length };
  }
  if (sign === SIGNS.code && inside.includes("\n")) {
    const text = `${value[start - 1] === "\n" || start === 0 ? "" : "\n"}${FENCE}\n${inside}\n${FENCE}`;
    return { from: start, to: end, text, start: start + text.length, end: start + text.length };
  }
  return { from: start, to: end, text: sign + inside + sign, start: start + length, end: end + length };
}

/**
 * Whether a text begins (1) or ends (-1) with exactly this sign: one star is not a part of two.
 * @param {string} text
 * @param {string} sign
 * @param {1 | -1} side
 */
function hasSign(text, sign, side) {
  const run = side > 0 ? text.slice(0, 4) : [...text.slice(-4)].reverse().join("");
  let count = 0;
  while (run[count] === sign[0]) count += 1;
  return sign === "*" ? count === 1 || count === 3 : sign === "**" ? count === 2 || count === 3 : count === sign.length;
}

/**
 * Makes the selection the text of a link, and selects the address to be typed.
 * @param {Text} text
 * @param {string} [address]
 * @returns {Change}
 */
export function linked({ value, start, end }, address = "https://") {
  const inside = value.slice(start, end);
  const at = start + inside.length + 3;
  return { from: start, to: end, text: `[${inside}](${address})`, start: at, end: at + address.length };
}

/**
 * Puts a mark before each line of the selection, or removes it if each has it.
 * @param {Text} text
 * @param {"- " | "> "} mark
 * @returns {Change}
 */
export function marked({ value, start, end }, mark) {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const isMarked = lines.every((line) => line.startsWith(mark));
  const text = lines.map((line) => (isMarked ? line.slice(mark.length) : line && mark + line)).join("\n");
  return { from, to: end, text, start: from, end: from + text.length };
}

/**
 * What a new line begins with: the next item of a list, the next line of a quote, or the indentation of code. An empty item ends its list.
 * Null if nothing.
 * @param {Text} text
 * @returns {Change | null}
 */
export function continued({ value, start, end }) {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const line = value.slice(from, start);
  const isCode = isInFence(value, start);
  const next = isCode ? line.slice(0, line.length - line.trimStart().length) : following(line);
  if (!next) return null;
  if (!isCode && line.trim() === next.trim().replace(/[0-9]{1,4}/, String(numberOf(line) ?? ""))) return { from, to: end, text: "", start: from, end: from };
  const at = start + 1 + next.length;
  return { from: start, to: end, text: `\n${next}`, start: at, end: at };
}

/**
 * Whether a position is in a block of code that is still open there.
 * @param {string} value
 * @param {number} at
 */
export function isInFence(value, at) {
  let isOpen = false;
  for (const line of value.slice(0, at).split("\n")) {
    const text = line.trim();
    if (isOpen ? text.endsWith(FENCE) : text.startsWith(FENCE) && !text.slice(FENCE.length).includes("`")) isOpen = !isOpen;
  }
  return isOpen;
}

/** @param {string} line */
function following(line) {
  if (line.startsWith(QUOTED)) return QUOTED;
  const item = ITEM.exec(line);
  if (!item) return "";
  const number = numberOf(line);
  return item[1] + (number === null ? item[2] : `${number + 1}${item[2].slice(-1)}`) + " ";
}

/** @param {string} line */
function numberOf(line) {
  const item = ITEM.exec(line);
  return item && item[2].length > 1 ? parseInt(item[2], 10) : null;
}

/** @param {string} character */
function isSpace(character) {
  return character.trim() === "";
}
