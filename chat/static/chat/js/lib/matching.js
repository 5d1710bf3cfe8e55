/** Finding things by parts of their names: every word of the query must match; in Korean also initial consonants (ㄷㅈㅇ finds 디자인). */

const INITIALS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const SYLLABLES_PER_INITIAL = 588;
/** A query is cut at this length. */
const MOST_LETTERS = 100;
const NO_MATCH = 3;

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
  const words = plain(query.slice(0, MOST_LETTERS)).split(/\s+/u);
  const ranked = things.map((thing) => ({ thing, rank: rank(thing, words) }));
  return ranked.filter(({ rank }) => rank < NO_MATCH).sort((a, b) => a.rank - b.rank).map(({ thing }) => thing);
}

/**
 * @param {{name: string, also?: string}} thing
 * @param {string[]} words
 */
function rank({ name, also = "" }, words) {
  const names = [name, also].map(plain).flatMap((text) => [text, initialConsonants(text)]);
  return Math.max(...words.map((word) => Math.min(...names.map((text) => rankIn(text, word)))));
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
