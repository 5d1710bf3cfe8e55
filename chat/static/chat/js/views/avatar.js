import { h } from "../lib/dom.js";
import { hue, initials } from "../lib/people.js";

/**
 * A person's picture, or their initials. Decoration: the name always stands beside it.
 * @param {import("../net/protocol.js").User} user
 * @param {{small?: boolean}} [how]
 */
export function avatar(user, { small = false } = {}) {
  const classes = ["avatar", hue(user.id), small && "small"].filter(Boolean).join(" ");
  const picture = user.avatar ? h("img", { src: user.avatar, alt: "", loading: "lazy" }) : initials(user.name);
  return h("span", { class: classes, "aria-hidden": "true" }, picture);
}
