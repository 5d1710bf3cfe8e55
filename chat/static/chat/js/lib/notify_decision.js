/** Which message deserves which notification: the twin of `notify/decide.py`, tested with the same cases. */

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** @typedef {"count" | "dot" | "desktop" | "sound" | "push" | "mail"} Channel */

/**
 * What is known of a message, its reader, and one of their devices. Absent facts are false.
 * @typedef {object} Facts
 * @property {import("../state/items.js").Level} level of the room, or the person's default
 * @property {boolean} [own]
 * @property {boolean} [blocked] the reader has blocked the author
 * @property {boolean} [system]
 * @property {boolean} [deleted]
 * @property {boolean} [read]
 * @property {"" | "me" | "everyone"} [mention]
 * @property {boolean} [direct]
 * @property {boolean} [quiet] during quiet hours or a pause
 * @property {boolean} [viewed] the reader looks at the room in this browser
 * @property {boolean} [desktop] allowed in this browser
 * @property {boolean} [sound]
 * @property {boolean} [push]
 * @property {boolean} [mail]
 * @property {boolean} [connected] some browser of the reader is connected, which notifies by itself
 */

/** @type {Omit<Required<Facts>, "level">} */
const ABSENT = {
  own: false,
  blocked: false,
  system: false,
  deleted: false,
  read: false,
  mention: "",
  direct: false,
  quiet: false,
  viewed: false,
  desktop: false,
  sound: false,
  push: false,
  mail: false,
  connected: false,
};

/**
 * The channels that notify of a message.
 * @param {Facts} given
 * @returns {Set<Channel>}
 */
export function decide(given) {
  const facts = { ...ABSENT, ...given };
  const badge = badgeOf(facts);
  if (!badge) return new Set();
  const isSilent = facts.quiet || facts.level === "none";
  return new Set([badge, ...(isSilent ? [] : interrupting(facts))]);
}

/**
 * A room without notifications counts only what names the reader, and does not interrupt them.
 * @param {Required<Facts>} facts
 * @returns {"count" | "dot" | null}
 */
function badgeOf({ level, own, blocked, system, deleted, read, viewed, mention, direct }) {
  if (own || blocked || system || deleted || read || viewed) return null;
  if (level === "none") return mention === "me" ? "count" : null;
  if (mention || direct) return "count";
  return level === "all" ? "dot" : null;
}

/**
 * A connected browser notifies by itself. Mail is only for what is said to the reader.
 * @param {Required<Facts>} facts
 * @returns {Channel[]}
 */
function interrupting({ desktop, sound, push, mail, connected, mention, direct }) {
  /** @type {[Channel, boolean][]} */
  const possible = [
    ["desktop", desktop],
    ["sound", sound],
    ["push", push && !connected],
    ["mail", mail && !connected && (mention !== "" || direct)],
  ];
  return possible.filter(([, isPossible]) => isPossible).map(([channel]) => channel);
}

/** @typedef {{from: number, to: number, days?: number[]}} QuietHours minutes of the day, and the days on which they begin (1 is Monday) */

/**
 * Whether a local time is within quiet hours. They may go on after midnight.
 * @param {QuietHours | null} hours
 * @param {{weekday: number, minute: number}} at
 */
export function isQuietAt(hours, { weekday, minute }) {
  if (!hours) return false;
  const { from, to, days = EVERY_DAY } = hours;
  if (from < to) return days.includes(weekday) && from <= minute && minute < to;
  const yesterday = ((weekday + 5) % 7) + 1;
  return (days.includes(weekday) && minute >= from) || (days.includes(yesterday) && minute < to);
}
