/** What is above the replies of a thread: the message to which they reply, and how many there are. */
import { h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import * as drawing from "./message.js";
import { rowsOf } from "./rows.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../state/room.js").Room} Room */

/**
 * @param {HTMLElement} element
 * @param {object} what
 * @param {Message} what.message
 * @param {Room} what.thread
 * @param {Room} what.room
 * @param {import("../net/protocol.js").User} what.me
 * @param {import("./message.js").Context} what.context of the room
 */
export function drawThreadTop(element, { message, thread, room, me, context }) {
  const own = /** @param {number} id */ (id) => room.ownReactions(id);
  const ownVotes = /** @param {number} id */ (id) => room.ownVotes(id);
  const rows = rowsOf({ messages: [message], items: [], me, firstUnread: null, day: (at) => context.dates.day(at), own, ownVotes });
  const row = rows.find(({ type }) => type === "message");
  if (!row) return element.replaceChildren();
  const inside = { ...context, redraw: () => {} };
  const line = lineOf(message, thread);
  const at = whenSaid(message, context);
  element.classList.toggle("same-day", isOfSameDay(message, thread, context));
  const look = [message.id, drawing.appearance(row, inside), line, at].join("\n");
  if (element.dataset.drawn === look) return;
  element.dataset.drawn = look;
  const article = drawing.create(row);
  drawing.redraw(row, article, inside);
  article.querySelector(".thread-row")?.remove();
  article.querySelector(".head time")?.replaceChildren(at);
  element.replaceChildren(article, h("p", { class: "reply-count" }, h("span", {}, line)));
}

/**
 * The time, with the day unless it is today: no line above it says which day it was.
 * @param {Message} message
 * @param {import("./message.js").Context} context
 */
function whenSaid({ created_at: at }, { dates, now }) {
  const isToday = dates.day(at) === dates.day(new Date(now()).toISOString());
  return isToday ? dates.time(at) : `${dates.dayLabel(at, now())} ${dates.time(at)}`;
}

/**
 * Whether the first reply was on the day of the message: then nothing is to be said of its day.
 * @param {Message} message
 * @param {Room} thread
 * @param {import("./message.js").Context} context
 */
function isOfSameDay({ created_at: at }, { shown }, { dates }) {
  const [first] = shown.messages;
  return Boolean(first) && !shown.hasOlder && dates.day(first.created_at) === dates.day(at);
}

/**
 * @param {Message} message
 * @param {Room} thread
 */
function lineOf({ extras }, thread) {
  if (thread.revision === null) return gettext("Opening the thread…");
  if (thread.shown.hasOlder) return gettext("Loading older messages…");
  const count = extras.thread?.count ?? 0;
  if (thread.id < 0 || !count) return gettext("No replies yet");
  return interpolate(ngettext("%(count)s reply", "%(count)s replies", count), { count });
}
