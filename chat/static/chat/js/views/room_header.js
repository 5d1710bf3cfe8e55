/** What stands above and instead of the messages: the room's name and topic, and the notices that it is archived or gone. */
import { h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { peopleText } from "./people.js";
import { sign } from "./sidebar.js";

/** @typedef {import("../state/room.js").Room} Room */

/**
 * @param {{name: HTMLElement, about: HTMLElement, settings: HTMLAnchorElement}} parts
 * @param {Room} room
 * @param {string} settingsAddress
 */
export function drawHeader({ name, about, settings }, room, settingsAddress) {
  const { summary, members } = room;
  name.replaceChildren(sign(room), h("span", { class: "name", ...written(summary.name), title: summary.name }, summary.name));
  const people = members.size ? peopleText(members.size) : "";
  const topic = summary.topic && h("span", { ...written(summary.topic), title: summary.topic }, summary.topic);
  about.replaceChildren(...[topic, topic && people && " · ", people].filter(Boolean));
  settings.href = settingsAddress;
}

/**
 * @param {HTMLElement} panel
 * @param {string} name of the room
 * @param {"left" | "removed" | "deleted"} reason
 * @param {string} roomsAddress
 */
export function drawGone(panel, name, reason, roomsAddress) {
  const sentences = {
    left: gettext("You have left this room."),
    removed: gettext("You are no longer in this room."),
    deleted: gettext("This room was deleted."),
  };
  panel.replaceChildren(
    h("h1", written(name), name),
    h("p", {}, sentences[reason]),
    h("p", {}, h("a", { class: "button", href: roomsAddress }, gettext("Browse all rooms"))),
  );
}
