/**
 * Translation by Django's JavaScript catalogue, a classic script that runs before the modules; without it (in tests), English.
 * The names are gettext's own, so that `makemessages` finds the strings.
 */

/**
 * @typedef {object} Catalogue
 * @property {(text: string) => string} gettext
 * @property {(one: string, many: string, count: number) => string} ngettext
 */

const catalogue = /** @type {Partial<Catalogue>} */ (globalThis);

/** @param {string} text */
export function gettext(text) {
  return catalogue.gettext ? catalogue.gettext(text) : text;
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export function ngettext(one, many, count) {
  if (catalogue.ngettext) return catalogue.ngettext(one, many, count);
  return count === 1 ? one : many;
}

/**
 * Replaces `%(name)s` placeholders. Korean translations write both forms of a particle after a placeholder, `%(room)s{은|는}`: first
 * the one that follows a consonant, then the one that follows a vowel. The server has the same rules in Python.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s(?:([^\w\s%{}]{0,3})\{([^{}|%]{1,9})\|([^{}|%]{1,9})\})?/gu, (place, name, between, afterConsonant, afterVowel) => {
    if (!(name in values)) return place;
    const value = String(values[name]);
    return afterConsonant ? value + between + particle(value, afterConsonant, afterVowel) : value;
  });
}

/**
 * The form of a particle behind a word; both forms if nobody can know how the word ends.
 * @param {string} word
 * @param {string} afterConsonant
 * @param {string} afterVowel
 */
function particle(word, afterConsonant, afterVowel) {
  const sound = lastSound(word);
  if (sound === "unknown") {
    const isLonger = afterConsonant.endsWith(afterVowel);
    return isLonger ? `(${afterConsonant.slice(0, -afterVowel.length)})${afterVowel}` : `${afterConsonant}(${afterVowel})`;
  }
  if (sound === "l") return afterConsonant.startsWith("으") ? afterVowel : afterConsonant;
  return sound === "consonant" ? afterConsonant : afterVowel;
}

/**
 * How a word ends when it is read aloud in Korean, signs at its end aside.
 * @param {string} word
 */
function lastSound(word) {
  const letters = word.match(/[\p{L}\p{N}]/gu) ?? [];
  const last = letters.at(-1) ?? "";
  if (last >= "가" && last <= "힣") return ["vowel", , , , , , , , "l"][(last.charCodeAt(0) - "가".charCodeAt(0)) % 28] ?? "consonant";
  if (/[0-9]/.test(last)) return { 1: "l", 7: "l", 8: "l", 2: "vowel", 4: "vowel", 5: "vowel", 9: "vowel" }[last] ?? "consonant";
  return /[a-z]/i.test(last) ? latinSound(letters.slice(-3).join("")) : "unknown";
}

/**
 * An abbreviation is spelled: 엘, 엠, 엔, 알. A word ends with l, m, n, ng, or with a stop after one short vowel: 챗, 슬랙.
 * @param {string} end the last three letters of a word
 */
function latinSound(end) {
  const isSpelled = end.length === 1 || (end === end.toUpperCase() && end !== end.toLowerCase());
  if (isSpelled) return /[lr]$/i.test(end) ? "l" : /[mn]$/i.test(end) ? "consonant" : "vowel";
  if (/l$/i.test(end)) return "l";
  return /(?:[mn]|ng|ck|(?:^|[^aeiou])[aeiou][bckpt])$/i.test(end) ? "consonant" : "vowel";
}
