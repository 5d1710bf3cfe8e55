/**
 * What a message shows of its thread: how many replied, who and when, as a button that opens it; and at a reply that was sent to the room
 * as well, a button that opens the thread of which it is a part. Loaded with the first message that has one of them.
 */
import { ago } from "../lib/ago.js";
import { button, h, icon } from "../lib/dom.js";
import { givenName } from "../lib/given_name.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { pageData } from "../lib/page_data.js";
import { avatar } from "./people.js";
import { time } from "./sentences.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("./message.js").Context} Context */

const MINUTE_MS = 60_000;

void lateStyles(pageData().urls.late_styles).catch(() => {});
setInterval(() => tick(document.querySelectorAll(".thread-row time"), Date.now()), MINUTE_MS);

/**
 * @param {Message} message
 * @param {Context} context
 */
export function threadRow(message, context) {
  const { thread, from_thread: from } = message.extras;
  if (thread && (thread.count || !message.deleted)) return thread.count ? summary(message, thread, context) : null;
  return from && !message.deleted ? origin(from.position, context) : null;
}

/**
 * "3 replies · Joon, 하은 · 4 minutes ago".
 * @param {Message} message
 * @param {import("../net/protocol.js").ThreadSummary} thread
 * @param {Context} context
 */
function summary({ position }, { count, people = [], at }, { dates, person, openThread }) {
  const known = people.map(person).filter(({ name }) => name);
  const faces = h("span", { class: "faces", "aria-hidden": "true" }, ...known.map((user) => avatar(user, { tiny: true })));
  const replies = h("b", {}, interpolate(ngettext("%(count)s reply", "%(count)s replies", count), { count }));
  const names = known.length > 0 && h("span", { class: "cut" }, known.map(({ name }) => givenName(name)).join(", "));
  const when = at && time(at, ago(at, Date.now(), language()), dates);
  return button({ class: "thread-row", tabindex: "-1" }, () => openThread(position), faces, replies, " ", names, when && " · ", when);
}

/** That of the page: the words around are in it. */
function language() {
  return document.documentElement.lang || "en";
}

/**
 * @param {Iterable<Element>} times
 * @param {number} now ms
 */
function tick(times, now) {
  for (const element of times) element.textContent = ago(/** @type {HTMLTimeElement} */ (element).dateTime, now, language());
}

/**
 * @param {number} position of the message of the thread
 * @param {Context} context
 */
function origin(position, { openThread }) {
  return button({ class: "thread-row from", tabindex: "-1" }, () => openThread(position), icon("thread"), gettext("From a thread"));
}

/**
 * What the row depends on.
 * @param {Message} message
 */
export function threadLook({ extras: { thread, from_thread: from } }) {
  if (thread) return `${thread.count} ${thread.at} ${thread.people?.map(({ name }) => name).join()}`;
  return from ? "from" : "";
}
