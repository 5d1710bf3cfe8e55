/** What people are called where there is little room. */

/** A surname of one or two syllables and a given name, written together. */
const HANGUL_NAME = /^[가-힣]{3,4}$/u;
const GIVEN_SYLLABLES = 2;

/**
 * The given name: the first word, or the last two syllables of a whole name in Hangul.
 * @param {string} name
 */
export function givenName(name) {
  const [first] = name.trim().split(/\s+/u);
  return HANGUL_NAME.test(name) ? name.slice(-GIVEN_SYLLABLES) : first;
}
