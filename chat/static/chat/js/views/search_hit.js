/** A message that was found: where and when, its text with what matched, a line before and after it, and the way to it. */
import { h, icon } from "../lib/dom.js";
import { hitParts } from "../lib/hit_text.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { filesExcerpt, preview, unmarked, written } from "../lib/text.js";
import { avatar } from "./people.js";
import { hitCards } from "./search_hit_cards.js";
import { shortDay } from "./search_words.js";
import { sign } from "./sidebar.js";

/** @typedef {import("../net/protocol.js").Hit} Hit */
/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").Place} Place */

/** Characters of a line before or after a hit; the page cuts it where it is full. */
const LINE_CHARS = 200;

/**
 * @typedef {object} Context
 * @property {import("../lib/dates.js").Dates} dates
 * @property {import("./page_router.js").PageRouter} router
 * @property {(message: Message) => boolean} isFolded
 * @property {() => number} now
 */

/**
 * @param {Hit} hit
 * @param {Context} context
 */
export function hitElement(hit, context) {
  const { room, message, before, after } = hit;
  const { author, created_at: at } = message;
  const address = hitAddress(hit, context.router);
  const label = interpolate(gettext("Jump to the message of %(name)s, %(time)s"), { name: author.name, time: context.dates.full(at) });
  return h(
    "li",
    { class: "hit" },
    avatar(author),
    h(
      "div",
      { class: "hit-found" },
      h("p", { class: "hit-place" }, ...placeParts(room), " · ", timeElement(at, context)),
      line(before, context),
      saidElement(hit, context),
      context.isFolded(message) ? null : hitCards(hit, context),
      line(after, context),
    ),
    h("a", { class: "button quiet to-hit", href: address, "aria-label": label }, gettext("Jump"), icon("forward")),
  );
}

/**
 * @param {Hit} hit
 * @param {import("./page_router.js").PageRouter} router
 */
export function hitAddress({ room, message }, router) {
  const address = router.address(room.slug ?? "");
  return room.parent_position === null ? `${address}${message.position}/` : `${address}${room.parent_position}/${message.position}/`;
}

/**
 * A room by its sign and name; of a thread, it says so.
 * @param {Place} room
 */
export function placeParts(room) {
  const isNotes = room.kind === "direct" && !room.name;
  const name = isNotes ? gettext("Direct message") : room.name;
  const thread = room.parent === null ? "" : gettext("thread");
  return [sign({ summary: /** @type {any} */ (room) }), h("span", { class: "name", ...written(name) }, name), thread && ` · ${thread}`];
}

/**
 * The day and the time, for which a narrow page has no room.
 * @param {string} at
 * @param {Context} context
 */
export function timeElement(at, { dates, now }) {
  return h("time", { datetime: at, title: dates.full(at) }, shortDay(at, dates, now()), h("span", { class: "clock" }, `, ${dates.time(at)}`));
}

/**
 * @param {Hit} hit
 * @param {Context} context
 */
function saidElement({ message, marks }, { isFolded }) {
  const { author, body, extras } = message;
  const name = h("b", written(author.name), author.name);
  if (isFolded(message)) return h("p", { class: "hit-text" }, name, " ", h("span", { class: "folded" }, gettext("Message of a person you blocked.")));
  const parts = hitParts(body, marks).map(({ text, isMatch }) => (isMatch ? h("mark", {}, text) : text));
  const question = extras.poll ? h("span", { class: "label" }, gettext("Poll"), " ") : null;
  return h("p", { class: "hit-text", ...written(body) }, name, " ", question, ...parts);
}

/**
 * The line before or after a hit; none for what nobody wrote.
 * @param {Message | null} message
 * @param {Context} context
 */
function line(message, { isFolded }) {
  if (!message || message.kind !== "text") return null;
  const { author } = message;
  const text = isFolded(message) ? gettext("Message of a person you blocked.") : message.deleted ? gettext("Deleted message") : lineText(message);
  return h("p", { class: "hit-line", ...written(text) }, h("b", written(author.name), author.name), " ", text);
}

/** @param {Message} message */
function lineText({ body, extras }) {
  const text = unmarked(body.slice(0, LINE_CHARS)).replace(/\s/gu, " ");
  return preview({ text, poll: Boolean(extras.poll), files: filesExcerpt(extras.attachments) });
}
