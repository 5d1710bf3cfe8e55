/** Who is in the room: a dialog. */
import { avatar } from "./avatar.js";
import { h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/lang.js";

/** @typedef {import("../net/protocol.js").Member} Member */

/**
 * @param {HTMLElement} list
 * @param {Iterable<Member>} members
 */
export function drawPeople(list, members) {
  const sorted = [...members].sort((a, b) => a.user.name.localeCompare(b.user.name));
  list.replaceChildren(...sorted.map(person));
}

/** @param {Member} member */
function person({ user, role }) {
  const roles = { owner: gettext("owner"), moderator: gettext("moderator"), member: "" };
  const who = h("span", { class: "who" }, h("b", written(user.name), user.name), " ", h("small", {}, user.username));
  const badge = user.bot ? gettext("bot") : roles[role];
  return h("li", {}, avatar(user), who, badge && h("span", { class: "badge number" }, badge));
}

/** @param {number} count */
export function peopleText(count) {
  return interpolate(ngettext("%(count)s person", "%(count)s people", count), { count });
}
