/** The language of text that people wrote: with Hangul it is Korean, which breaks lines only between words. Pages follow the same rule. */

const HANGUL = /\p{Script=Hangul}/u;

/**
 * The attributes of an element with such a text: automatic direction, and the language if it can be recognised.
 * @param {string} text
 * @returns {{dir: "auto", lang: "ko" | null}}
 */
export function written(text) {
  return { dir: "auto", lang: HANGUL.test(text) ? "ko" : null };
}
