/** The area above the oldest message: shows that older ones are being loaded, or the beginning of the room. */
import { roomAddress } from "../lib/addresses.js";
import { h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { written } from "../lib/text.js";

/** @typedef {import("../state/room.js").Room} Room */

/**
 * @param {HTMLElement} element
 * @param {Room | null} room
 * @param {number} first position of the first message on the page
 * @param {Record<string, string>} urls
 */
export function drawTop(element, room, first, urls) {
  const state = stateOf(room, first);
  const { name = "", topic, archived } = room?.summary ?? {};
  const drawn = [state, name, room?.may("administer"), topic, archived].join("\n");
  if (element.dataset.drawn === drawn) return;
  element.dataset.drawn = drawn;
  element.className = `top ${state}`;
  element.replaceChildren(...parts(state, name));
  const steps = state === "empty" && room && firstSteps(room, urls);
  if (steps) element.append(steps);
}

/**
 * @param {Room | null} room
 * @param {number} first
 */
function stateOf(room, first) {
  if (!room) return "gone";
  if (room.revision === null) return "opening";
  if (room.hasOlder || first > room.oldest) return "older";
  return room.messages.length ? "start" : "empty";
}

/**
 * @param {"gone" | "opening" | "older" | "start" | "empty"} state
 * @param {string} name
 */
function parts(state, name) {
  const beginning = h("h2", written(name), interpolate(gettext("This is the beginning of %(name)s"), { name }));
  switch (state) {
    case "gone":
      return [];
    case "opening":
      return [h("p", {}, gettext("Opening the room…"))];
    case "older":
      return [h("p", {}, gettext("Loading older messages…"))];
    case "start":
      return [beginning];
    case "empty":
      return [beginning, h("p", {}, gettext("Nobody has written anything yet. Write the first message."))];
  }
}

/**
 * The first steps for the administrator of an empty room: invite people, set a topic, create another room.
 * @param {Room} room
 * @param {Record<string, string>} urls `invite` is empty for people who may not invite to the space
 */
function firstSteps(room, urls) {
  const { summary } = room;
  if (!room.may("administer") || summary.archived) return null;
  const settings = roomAddress(urls.room_settings, summary.slug);
  return h(
    "ul",
    { class: "steps" },
    urls.invite &&
      step(gettext("Invite people"), gettext("With a link that you send them."), link(urls.invite, gettext("Create a link"), "invite")),
    !summary.topic &&
      step(gettext("Describe this room"), gettext("In one line, below its name."), link(settings, gettext("Set a topic"), "topic")),
    step(gettext("Create another room"), gettext("One for each piece of work, or for lunch."), link(urls.room_create, gettext("Create a room"), "new-room")),
  );
}

/**
 * @param {string} title
 * @param {string} text
 * @param {HTMLElement} way
 */
function step(title, text, way) {
  return h("li", {}, h("div", {}, h("b", {}, title), h("p", {}, text)), way);
}

/**
 * @param {string} href
 * @param {string} text
 * @param {string} opens a panel or sheet, instead of the page
 */
function link(href, text, opens) {
  return h("a", { class: "button quiet", href, "data-opens": opens }, text);
}
