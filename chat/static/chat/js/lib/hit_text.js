/** The text of a message that was found, in one line, with what matched in it. Pure. */

/** @typedef {{text: string, isMatch: boolean}} Part */
/** @typedef {[start: number, length: number]} Mark */

/** Most characters that are shown, and how many of them stand before the first match at most. */
const MOST = 320;
const BEFORE = 80;
/** The same in a card, which has room for two short lines. */
const BEFORE_IN_CARD = 24;
const SPOILER_MARK = "||";
const EMPHASIS = ["**", "~~", "`"];
/** What stands for a spoiler. */
const HIDDEN = "▒▒▒";
const HANGUL = /^[가-힣]+/;
const HANGUL_ENDING = /[가-힣]$/;

/**
 * The parts of a text, without marks of emphasis and without what spoilers hide: of a long one those around the first match.
 * @param {string} body as typed
 * @param {Mark[]} marks what matched
 * @returns {Part[]}
 */
export function hitParts(body, marks) {
  const first = marks[0]?.[0] ?? 0;
  const start = first > BEFORE + EMPHASIS.length ? wordAt(body, first - BEFORE) : 0;
  const end = body.length - start > MOST ? whole(body, start + MOST) : body.length;
  const parts = split(body, marks, start, end).flatMap(shown(body));
  if (start > 0) parts.unshift({ text: "…", isMatch: false });
  if (end < body.length) parts.push({ text: "…", isMatch: false });
  return joined(parts);
}

/**
 * The parts of a text that is shown as it is.
 * @param {string} text
 * @param {Mark[]} marks
 */
export function partsOf(text, marks) {
  return joined(split(text, marks, 0, text.length).map(({ text: part, isMatch }) => ({ text: part, isMatch })));
}

/**
 * The parts of a line in a card: from a little before the first match on.
 * @param {string} text
 * @param {Mark[]} marks
 */
export function partsFromMatch(text, marks) {
  const first = marks[0]?.[0] ?? 0;
  const start = first > BEFORE_IN_CARD ? whole(text, first - BEFORE_IN_CARD) : 0;
  const parts = split(text, marks, start, text.length).map(({ text: part, isMatch }) => ({ text: part, isMatch }));
  return joined(start > 0 ? [{ text: "…", isMatch: false }, ...parts] : parts);
}

/**
 * Words that were found although they are longer than what was searched for: with particles and endings of Korean.
 * @param {{body: string, marks: Mark[]}[]} hits
 * @param {number} most
 */
export function endings(hits, most) {
  const words = new Set();
  for (const { body, marks } of hits) {
    for (const [start, length] of marks) {
      const matched = body.slice(start, start + length);
      const word = body.slice(start, start + length + 10).match(HANGUL)?.[0] ?? "";
      if (HANGUL_ENDING.test(matched) && word.length > matched.length && word.length < matched.length + 5) words.add(word);
      if (words.size === most) return [...words];
    }
  }
  return [...words];
}

/**
 * Where a word begins, at this place or a little behind it.
 * @param {string} text
 * @param {number} place
 */
function wordAt(text, place) {
  const space = text.slice(place, place + BEFORE / 2).search(/\s/u);
  return whole(text, space < 0 ? place : place + space + 1);
}

/**
 * A place that is not within a character.
 * @param {string} text
 * @param {number} place
 */
function whole(text, place) {
  const code = text.charCodeAt(place);
  return code >= 0xdc00 && code <= 0xdfff ? place + 1 : place;
}

/**
 * @param {string} body
 * @param {Mark[]} marks
 * @param {number} start
 * @param {number} end
 */
function split(body, marks, start, end) {
  /** @type {(Part & {at: number})[]} */
  const parts = [];
  let at = start;
  /** @param {number} to @param {boolean} isMatch */
  const take = (to, isMatch) => {
    const until = Math.min(to, end);
    if (until > at) parts.push({ text: body.slice(at, until), isMatch, at });
    at = Math.max(at, until);
  };
  for (const [from, length] of marks) {
    take(from, false);
    take(from + length, true);
  }
  take(end, false);
  return parts;
}

/**
 * Replaces what spoilers hide, and removes the marks of emphasis.
 * @param {string} body
 * @returns {(part: Part & {at: number}) => Part[]}
 */
function shown(body) {
  const spoilers = spoilersOf(body);
  return ({ text, isMatch, at }) => {
    /** @type {Part[]} */
    const parts = [];
    let from = 0;
    for (const [start, end] of spoilers) {
      if (end <= at || start >= at + text.length) continue;
      parts.push({ text: text.slice(from, Math.max(0, start - at)), isMatch }, { text: start >= at ? HIDDEN : "", isMatch: false });
      from = Math.max(from, end - at);
    }
    parts.push({ text: text.slice(from), isMatch });
    return parts.map((part) => ({ ...part, text: part.text === HIDDEN ? HIDDEN : unmarked(part.text) }));
  };
}

/** @param {string} text */
function unmarked(text) {
  return EMPHASIS.reduce((rest, mark) => rest.replaceAll(mark, ""), text).replace(/\s/gu, " ");
}

/**
 * Where spoilers begin and end, with their marks. One that nobody closed hides nothing.
 * @param {string} body
 */
function spoilersOf(body) {
  /** @type {[number, number][]} */
  const found = [];
  for (let at = 0; ; ) {
    const start = body.indexOf(SPOILER_MARK, at);
    const end = start < 0 ? -1 : body.indexOf(SPOILER_MARK, start + 2);
    if (end < 0) return found;
    found.push([start, end + 2]);
    at = end + 2;
  }
}

/**
 * Neighbours of the same kind become one.
 * @param {Part[]} parts
 */
function joined(parts) {
  /** @type {Part[]} */
  const whole = [];
  for (const { text, isMatch } of parts) {
    const last = whole.at(-1);
    if (!text) continue;
    if (last?.isMatch === isMatch) last.text += text;
    else whole.push({ text, isMatch });
  }
  return whole;
}
