/** The first room of a new space, while its owner is alone in it: invite people, set a topic, create another room. */
import { roomAddress } from "../lib/addresses.js";
import { byId, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";

/**
 * @param {import("../state/room.js").Room} room
 * @param {Record<string, string>} urls
 */
export function firstSteps(room, urls) {
  const space = byId("space", HTMLElement).textContent ?? "";
  const settings = roomAddress(urls.room_settings, room.summary.slug);
  const invite = h("a", { class: "button", href: urls.invite, "data-opens": "invite" }, gettext("Create a link"));
  const topic = h("a", { class: "button quiet", href: settings, "data-opens": "topic" }, gettext("Set a topic"));
  const more = h("a", { class: "button quiet", href: urls.room_create, "data-opens": "new-room" }, gettext("Create a room"));
  return [
    h("span", { class: "mark", "aria-hidden": "true" }, "사"),
    h("h2", {}, interpolate(gettext("%(space)s is ready"), { space })),
    h("p", {}, gettext("Three small things, in any order, and it is a place for more than one.")),
    h(
      "ul",
      { class: "steps" },
      step("people", gettext("Invite your people"), gettext("With a link that you send them."), invite),
      !room.summary.topic && step("edit", gettext("Describe this room"), gettext("In one line, below its name."), topic),
      step("hash", gettext("Create another room"), gettext("One for each piece of work, or for lunch."), more),
    ),
  ];
}

/**
 * @param {string} kind an icon
 * @param {string} title
 * @param {string} text
 * @param {HTMLElement} way to do it
 */
function step(kind, title, text, way) {
  return h("li", {}, h("span", { class: "kind" }, icon(kind)), h("div", {}, h("b", {}, title), h("p", {}, text)), way);
}
