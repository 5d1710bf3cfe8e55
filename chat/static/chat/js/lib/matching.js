/** Finding things by parts of their names: every word of the query must match; in Korean also initial consonants (ㄷㅈㅇ finds 디자인). */

const INITIALS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const SYLLABLES_PER_INITIAL = 588;
/** A query is cut at this length. */
const MOST_LETTERS = 100;
export const NO_MATCH = 3;

/** @param {string} text */
function plain(text) {
  return text.normalize("NFC").toLocaleLowerCase().trim();
}

/** @param {string} text */
function initialConsonants(text) {
  return Array.from(text, (letter) => {
    const code = letter.charCodeAt(0);
    if (code < FIRST_SYLLABLE || code > LAST_SYLLABLE) return letter;
    return INITIALS[Math.floor((code - FIRST_SYLLABLE) / SYLLABLES_PER_INITIAL)];
  }).join("");
}

/**
 * Those that match, best first: names that begin with the query, those with a word that begins with it, those that contain it;
 * otherwise in their order. All for an empty query.
 * @template {{name: string, also?: string}} Named `also`: another name, such as a username
 * @param {Named[]} things
 * @param {string} query
 * @returns {Named[]}
 */
export function matching(things, query) {
  const words = queryWords(query);
  const ranked = things.map((thing) => ({ thing, rank: rank(thing, words) }));
  return ranked.filter(({ rank }) => rank < NO_MATCH).sort((a, b) => a.rank - b.rank).map(({ thing }) => thing);
}

/**
 * The parts of a name, in order, each with whether it matches a word of the query.
 * @param {string} name
 * @param {string} query
 */
export function matchedParts(name, query) {
  const text = name.toLocaleLowerCase();
  const isMatched = new Array(name.length).fill(false);
  const words = text.length === name.length ? queryWords(query).filter(Boolean) : [];
  for (const word of words) {
    const at = placeIn(text, word);
    if (at >= 0) isMatched.fill(true, at, at + word.length);
  }
  /** @type {{text: string, isMatch: boolean}[]} */
  const parts = [];
  for (let at = 0; at < name.length; at += 1) {
    const last = parts.at(-1);
    if (last && last.isMatch === isMatched[at]) last.text += name[at];
    else parts.push({ text: name[at], isMatch: isMatched[at] });
  }
  return parts;
}

/**
 * Where the word is in the text: at the beginning of a word if it is there, in the text itself rather than in its initials.
 * @param {string} text
 * @param {string} word
 */
function placeIn(text, word) {
  for (const searched of [text, initialConsonants(text)]) {
    const begins = searched.startsWith(word) ? 0 : searched.indexOf(` ${word}`) + 1;
    if (begins > 0 || searched.startsWith(word)) return begins;
    if (searched.includes(word)) return searched.indexOf(word);
  }
  return -1;
}

/**
 * The words of a query, to be passed to `rankAmong`.
 * @param {string} query
 */
export function queryWords(query) {
  return plain(query.slice(0, MOST_LETTERS)).split(/\s+/u);
}

/**
 * @param {{name: string, also?: string}} thing
 * @param {string[]} words
 */
function rank({ name, also = "" }, words) {
  return rankAmong(searchTexts([name, also]), words);
}

/**
 * What is compared with queries, for names that are searched often: computed once, and passed to `rankAmong`.
 * @param {string[]} names
 */
export function searchTexts(names) {
  return names.map(plain).flatMap((text) => [...new Set([text, initialConsonants(text)])]);
}

/**
 * How well names match: 0 if one begins with the query, 1 if a word of one does, 2 if one contains it, otherwise NO_MATCH.
 * @param {string[]} texts
 * @param {string[]} words of the query
 */
export function rankAmong(texts, words) {
  return Math.max(...words.map((word) => Math.min(...texts.map((text) => rankIn(text, word)))));
}

/**
 * @param {string} text
 * @param {string} word
 */
function rankIn(text, word) {
  const at = text.indexOf(word);
  if (at <= 0) return at === 0 ? 0 : NO_MATCH;
  return text.includes(` ${word}`) ? 1 : 2;
}
