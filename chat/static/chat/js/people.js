/** How a person without a picture is drawn, and how several are named. */
import { gettext, interpolate } from "./i18n.js";

const HUES = 7;
const IDEOGRAPHIC = /^[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/**
 * Two letters, or one where a letter is a syllable or a word.
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const [first = "?"] = words[0];
  if (IDEOGRAPHIC.test(first) || words.length === 1) return first.toUpperCase();
  const [last = ""] = words[words.length - 1];
  return (first + last).toUpperCase();
}

/**
 * The class of the ground behind the initials; the same for a person everywhere.
 * @param {number} userId
 */
export function hue(userId) {
  return `hue-${userId % HUES}`;
}

/**
 * "Ada is typing…", or nothing.
 * @param {import("./wire.js").User[]} people
 */
export function typingText(people) {
  const [first, second] = people.map((person) => person.name);
  if (people.length === 0) return "";
  if (people.length === 1) return interpolate(gettext("%(name)s is typing…"), { name: first });
  if (people.length === 2) return interpolate(gettext("%(first)s and %(second)s are typing…"), { first, second });
  return gettext("Several people are typing…");
}
