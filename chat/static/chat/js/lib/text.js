/** Text that people write: as the server accepts it, and how the page marks its language. */

const HANGUL = /\p{Script=Hangul}/u;

/**
 * Without space at the end and empty lines at the beginning; empty if only white space is left.
 * @param {string} text
 */
export function clean(text) {
  return text.trimEnd().replace(/^\n+/, "");
}

/**
 * By how many characters a text is over the limit (negative: how many are left), counted in code points, as the server does.
 * @param {string} text
 * @param {number} limit
 */
export function overLimit(text, limit) {
  return (text.length * 2 < limit ? text.length : [...text].length) - limit;
}

/**
 * The attributes of an element with text that somebody wrote: automatic direction, and the language if it can be recognised.
 * Browsers break lines of Korean only between words. The pages of the server follow the same rule.
 * @param {string} text
 * @returns {{dir: "auto", lang: "ko" | null}}
 */
export function written(text) {
  return { dir: "auto", lang: HANGUL.test(text) ? "ko" : null };
}
