/** People and rooms whose names a search found. */
import { h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { face, opensCard } from "./people.js";
import { placeParts } from "./search_hit.js";

/** @param {import("../net/protocol.js").User[]} people */
export function peopleElement(people) {
  if (!people.length) return h("p", { class: "search-end" }, gettext("Nobody whom you know is called that."));
  const rows = people.map((user) => h("li", {}, h("button", { type: "button", class: "search-row", ...opensCard(user) }, face(user), h("b", written(user.name), user.name), h("small", {}, `@${user.username}`))));
  return h("ul", { class: "search-rows search-names", "aria-label": gettext("People") }, ...rows);
}

/**
 * @param {import("../net/protocol.js").Place[]} rooms
 * @param {import("./page_router.js").PageRouter} router
 */
export function roomsElement(rooms, router) {
  if (!rooms.length) return h("p", { class: "search-end" }, gettext("None of your rooms is called that."));
  const rows = rooms.map((room) => h("li", {}, h("a", { class: "search-row", href: router.address(room.slug ?? "") }, ...placeParts(room))));
  return h("ul", { class: "search-rows search-names", "aria-label": gettext("Rooms") }, ...rows);
}
