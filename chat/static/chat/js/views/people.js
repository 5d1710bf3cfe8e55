/** How the page shows people: their avatar, the list of a room's people, and who is typing. */
import { h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";

/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {import("../net/protocol.js").User} User */

const HUES = 12;

/** How many syllables a Hangul name has: the last two of them are the given name. */
const SYLLABLES = [2, 3, 4];

/**
 * The given name of a Hangul name; else the first letters of the first and last word, or the first character alone in scripts
 * without capitals. The pages rendered by the server follow the same rule.
 * @param {string} name
 */
export function initials(name) {
  const words = name.match(/[\p{L}\p{N}_]+/gu) ?? ["?"];
  const hangul = words.find((word) => SYLLABLES.includes(word.length) && isHangul(word));
  if (hangul) return hangul.slice(-2);
  const [first] = words[0];
  const [last] = words[words.length - 1];
  const isCased = first.toUpperCase() !== first.toLowerCase();
  return (isCased && words.length > 1 ? first + last : first).toUpperCase();
}

/** @param {string} word */
function isHangul(word) {
  return Array.from(word).every((letter) => letter >= "가" && letter <= "힣");
}

/**
 * The class of the background of the initials, the same for a person on all pages.
 * @param {number} userId
 */
export function hue(userId) {
  return `hue-${userId % HUES}`;
}

/**
 * A person's picture, or their initials: in a tiny one, there is room for the first. Decorative: the name is always next to it.
 * @param {User} user
 * @param {{small?: boolean, large?: boolean, tiny?: boolean}} [how]
 */
export function avatar(user, { small = false, large = false, tiny = false } = {}) {
  const classes = ["avatar", hue(user.id), (small || tiny) && "small", tiny && "tiny", large && "large"].filter(Boolean).join(" ");
  const letters = tiny ? Array.from(initials(user.name))[0] : initials(user.name);
  const element = h("span", { class: classes, "aria-hidden": "true" }, letters);
  if (user.avatar) element.replaceChildren(picture(user.avatar, large, () => element.replaceChildren(letters)));
  return element;
}

/**
 * A person's picture, at whose corner `presence_view.js` draws whether they are here.
 * @param {User} user
 * @param {Parameters<typeof avatar>[1]} [how]
 */
export function face(user, how) {
  return h("span", { class: "face", "data-presence": user.id }, avatar(user, how));
}

/**
 * @param {string} address of the small picture
 * @param {boolean} large
 * @param {() => void} failed called if the picture was replaced and deleted before this page received the address of the new one
 */
function picture(address, large, failed) {
  const image = h("img", { src: large ? largePicture(address) : address, alt: "", loading: "lazy" });
  image.addEventListener("error", failed);
  return image;
}

/** @param {string} address of the small picture; the large one is stored beside it */
function largePicture(address) {
  return address.replace("-96.webp", "-256.webp");
}

/**
 * A row of the list of a room's people.
 * @param {Member} member
 */
export function memberRow({ user, role }) {
  const name = h("b", written(user.name), user.name);
  const about = h("small", {}, user.username, " ", h("span", { class: "says", "data-status": user.id }));
  const who = h("button", { type: "button", class: "who", ...opensCard(user) }, name, " ", about);
  const badge = user.bot ? gettext("bot") : [user.guest && gettext("guest"), roleText(role)].filter(Boolean).join(" · ");
  return h("li", { class: "person-row" }, face(user), who, badge && h("small", {}, badge));
}

/**
 * A role in words; nothing for that of most people.
 * @param {import("../net/protocol.js").Role} role
 */
export function roleText(role) {
  return { owner: gettext("owner"), moderator: gettext("moderator"), member: "" }[role];
}

/**
 * The attributes of a button that opens the card of a person (profile_card.js).
 * @param {User} user
 */
export function opensCard({ id }) {
  return { "data-person": id, "aria-haspopup": "dialog" };
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
