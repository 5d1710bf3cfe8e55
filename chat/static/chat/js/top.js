/** What stands above the oldest message: that more is coming, or that this is where the room began. */
import { h } from "./dom.js";
import { firstSteps } from "./first_steps.js";
import { gettext, interpolate } from "./i18n.js";
import { written } from "./lang.js";

/** @typedef {import("./room.js").Room} Room */

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
      return [beginning, h("p", {}, gettext("Nobody has said anything yet. The first word is yours."))];
  }
}
