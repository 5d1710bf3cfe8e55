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
  const look = [message.id, drawing.appearance(row, inside), line].join("\n");
  if (element.dataset.drawn === look) return;
  element.dataset.drawn = look;
  const article = drawing.create(row);
  drawing.redraw(row, article, inside);
  article.querySelector(".thread-row")?.remove();
  element.replaceChildren(article, h("p", { class: "reply-count" }, h("span", {}, line)));
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
