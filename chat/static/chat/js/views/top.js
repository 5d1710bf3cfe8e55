/** The area above the oldest message: shows that older ones are being loaded, or the beginning of the room. */
import { roomAddress } from "../lib/addresses.js";
import { byId, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { avatar } from "./people.js";

/** @typedef {import("../state/room.js").Room} Room */

/**
 * @typedef {object} Context
 * @property {import("../lib/dates.js").Dates} dates
 * @property {() => number} now ms
 * @property {Record<string, string>} urls
 * @property {number} me my user id
 * @property {boolean} isOnlyRoom whether this is the only room of the reader
 */

/** @typedef {"gone" | "opening" | "older" | "new-space" | "start"} State */

/**
 * @param {HTMLElement} element
 * @param {Room | null} room
 * @param {number} first position of the first message on the page
 * @param {Context} context
 */
export function drawTop(element, room, first, context) {
  const state = stateOf(room, first, context);
  const drawn = [state, ...(room ? looks(room, context) : [])].join("\n");
  if (element.dataset.drawn === drawn) return;
  element.dataset.drawn = drawn;
  element.className = `top column ${state}`;
  if (state === "older") element.replaceChildren(h("p", {}, gettext("Loading older messages…")));
  else if (state === "opening") element.replaceChildren(h("p", {}, gettext("Opening the room…")));
  else if (state === "gone" || !room) element.replaceChildren();
  else if (state === "start") element.replaceChildren(...beginning(room, context));
  else drawFirstSteps(element, room, context);
}

/**
 * @param {Room | null} room
 * @param {number} first
 * @param {Context} context
 * @returns {State}
 */
function stateOf(room, first, { isOnlyRoom, urls }) {
  if (!room) return "gone";
  if (room.revision === null) return "opening";
  if (room.shown.hasOlder || first > room.shown.oldest) return "older";
  const isNewSpace = isOnlyRoom && room.members.size === 1 && room.may("administer") && urls.invite !== "";
  return isNewSpace && room.messages.every(({ kind }) => kind === "system") && !room.summary.archived ? "new-space" : "start";
}

/**
 * What the drawing depends on.
 * @param {Room} room
 * @param {Context} context
 */
function looks({ summary, made }, context) {
  const { name, topic, kind, archived, may } = summary;
  return [name, topic, kind, archived, may, made && [made.by.name, context.dates.dayLabel(made.at, context.now())]];
}

/**
 * @param {Room} room
 * @param {Context} context
 */
function beginning(room, context) {
  const { name, people } = room.summary;
  if (room.isDirect) {
    const isPrivate = people[0].id === context.me ? gettext("Only you can read what you write here.") : gettext("Only the people in this conversation can read it.");
    return [avatar(people[0], { large: true }), h("h2", written(name), name), h("p", {}, gettext("This is the beginning of your conversation."), " ", isPrivate)];
  }
  return [
    h("span", { class: "sign-large" }, icon(room.summary.kind === "public" ? "hash" : "lock")),
    h("h2", written(name), interpolate(gettext("This is the beginning of %(name)s"), { name })),
    h("p", {}, [origin(room, context), access(room)].join(" ")),
    ways(room, context),
  ].filter((part) => part !== null);
}

/**
 * Who created the room, and when.
 * @param {Room} room
 * @param {Context} context
 */
function origin({ made }, { dates, now }) {
  if (!made?.by.name) return "";
  const { name } = made.by;
  const [day, today, yesterday] = [made.at, new Date(now()).toISOString(), dayBefore(now())].map((at) => dates.day(at));
  if (day === today) return interpolate(gettext("%(name)s created this room today."), { name });
  if (day === yesterday) return interpolate(gettext("%(name)s created this room yesterday."), { name });
  return interpolate(gettext("%(name)s created this room on %(day)s."), { name, day: dates.dayLabel(made.at, now()) });
}

/** @param {number} now ms */
function dayBefore(now) {
  return new Date(now - 86_400_000).toISOString();
}

/**
 * Who may find the room.
 * @param {Room} room
 */
function access({ summary }) {
  if (summary.kind !== "public") return gettext("Only people who are invited know of it.");
  const space = byId("space", HTMLElement).textContent ?? "";
  return summary.archived ? "" : interpolate(gettext("Everyone in %(space)s may find and join it."), { space });
}

/**
 * What the reader can do for the room.
 * @param {Room} room
 * @param {Context} context
 */
function ways(room, { urls }) {
  const { slug, archived } = room.summary;
  if (archived) return null;
  const settings = roomAddress(urls.room_settings, slug);
  return h(
    "p",
    { class: "actions" },
    room.may("invite") && h("a", { class: "button quiet", href: `${settings}#people-here`, "data-opens": "people" }, icon("plus"), gettext("Add people")),
    room.may("administer") && h("a", { class: "button quiet", href: settings, "data-opens": "topic" }, icon("edit"), gettext("Change topic")),
  );
}

/**
 * Few people ever see the first room of a space while it is empty: its module is loaded then.
 * @param {HTMLElement} element
 * @param {Room} room
 * @param {Context} context
 */
function drawFirstSteps(element, room, context) {
  const { drawn } = element.dataset;
  import("./first_steps.js").then(
    ({ firstSteps }) => element.dataset.drawn === drawn && element.replaceChildren(...firstSteps(room, context.urls)),
    () => element.dataset.drawn === drawn && element.replaceChildren(...beginning(room, context)),
  );
}
