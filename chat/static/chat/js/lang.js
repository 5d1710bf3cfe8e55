/** In which language a text of people is: Hangul is Korean, which breaks lines between words only. The pages follow the same rule. */

const HANGUL = /\p{Script=Hangul}/u;

/**
 * What the element that holds such a text says of it: its own direction, and its language where that shows.
 * @param {string} text
 * @returns {{dir: "auto", lang: "ko" | null}}
 */
export function written(text) {
  return { dir: "auto", lang: HANGUL.test(text) ? "ko" : null };
}
