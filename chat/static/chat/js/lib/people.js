/** How a person without a picture is drawn, and how several are named. */
import { gettext, interpolate } from "./i18n.js";

const HUES = 7;

/**
 * First letters of the first and last word; of names in scripts without capitals, the first character alone. The pages that
 * the server draws have the same rule.
 * @param {string} name
 */
export function initials(name) {
  const words = name.match(/[\p{L}\p{N}_]+/gu) ?? ["?"];
  const [first] = words[0];
  const [last] = words[words.length - 1];
  const isCased = first.toUpperCase() !== first.toLowerCase();
  return (isCased && words.length > 1 ? first + last : first).toUpperCase();
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
 * @param {import("../net/protocol.js").User[]} people
 */
export function typingText(people) {
  const [first, second] = people.map((person) => person.name);
  if (people.length === 0) return "";
  if (people.length === 1) return interpolate(gettext("%(name)s is typing…"), { name: first });
  if (people.length === 2) return interpolate(gettext("%(first)s and %(second)s are typing…"), { first, second });
  return gettext("Several people are typing…");
}
