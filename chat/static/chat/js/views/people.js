/** How the page shows people: their avatar, the list of a room's people, and who is typing. */
import { h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";

/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {import("../net/protocol.js").User} User */

const HUES = 12;

/**
 * First letters of the first and last word; of names in scripts without capitals, the first character alone. The pages rendered
 * by the server follow the same rule.
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
 * The class of the background of the initials, the same for a person on all pages.
 * @param {number} userId
 */
export function hue(userId) {
  return `hue-${userId % HUES}`;
}

/**
 * A person's picture, or their initials. Decorative: the name is always next to it.
 * @param {User} user
 * @param {{small?: boolean}} [how]
 */
export function avatar(user, { small = false } = {}) {
  const classes = ["avatar", hue(user.id), small && "small"].filter(Boolean).join(" ");
  const picture = user.avatar ? h("img", { src: user.avatar, alt: "", loading: "lazy" }) : initials(user.name);
  return h("span", { class: classes, "aria-hidden": "true" }, picture);
}

/**
 * A row of the list of a room's people.
 * @param {Member} member
 */
export function memberRow({ user, role }) {
  const roles = { owner: gettext("owner"), moderator: gettext("moderator"), member: "" };
  const who = h("span", { class: "who" }, h("b", written(user.name), user.name), " ", h("small", {}, user.username));
  const badge = user.bot ? gettext("bot") : roles[role];
  return h("li", { class: "person-row" }, avatar(user), who, badge && h("small", {}, badge));
}

/** @param {number} count */
export function peopleText(count) {
  return interpolate(ngettext("%(count)s person", "%(count)s people", count), { count });
}

/**
 * "Ada is typing…", or nothing.
 * @param {User[]} people
 */
export function typingText(people) {
  const [first, second] = people.map((person) => person.name);
  if (people.length === 0) return "";
  if (people.length === 1) return interpolate(gettext("%(name)s is typing…"), { name: first });
  if (people.length === 2) return interpolate(gettext("%(first)s and %(second)s are typing…"), { first, second });
  return gettext("Several people are typing…");
}
