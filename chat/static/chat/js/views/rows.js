/** Converts messages to the rows of a timeline: day separators, the unread line, groups by author. Pure. */

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").User} User */
/** @typedef {import("../net/protocol.js").LinkPreview} LinkPreview */
/** @typedef {import("../net/outbox.js").Item} Item */

export const GROUP_MS = 5 * 60_000;

/**
 * @typedef {{type: "day", id: string, at: string}} DayRow
 * @typedef {{type: "unread", id: "unread"}} UnreadRow
 * @typedef {{emoji: string, count: number, own: boolean, users: number[]}} Reaction `users`: the ids of some people besides the reader
 * @typedef {{own: number[], wanted: number[], isClosing: boolean}} PollState the choices for which the reader voted, as the server knows them and with what is not acked
 * @typedef {{type: "message", id: string, first: boolean, message: Message, act: (Item & {kind: "edit" | "delete"}) | null, reactions: Reaction[], poll: PollState | null, previews: LinkPreview[]}} MessageRow
 *   `act`: an edit or deletion by the reader that is not acked
 * @typedef {{type: "pending", id: string, first: boolean, item: Item & {kind: "send"}, author: User}} PendingRow
 * @typedef {{type: "system", id: string, lines: Message[]}} SystemRow what happened in the room; several lines are folded
 * @typedef {DayRow | UnreadRow | MessageRow | PendingRow | SystemRow} Row
 */

/**
 * @param {object} what
 * @param {Message[]} what.messages by position
 * @param {Message} [what.previous] the one before them, which is not shown
 * @param {Item[]} what.items of this room, in order
 * @param {User} what.me
 * @param {number | null} what.firstUnread position of the first unread message
 * @param {(iso: string) => string} what.day the reader's calendar day of a time
 * @param {(id: number) => string[]} [what.own] the reader's reactions to a message, as the server knows them
 * @param {(id: number) => number[]} [what.ownVotes] the numbers of the choices for which the reader voted in the poll of a message
 * @returns {Row[]}
 */
export function rowsOf({ messages, previous, items, me, firstUnread, day, own = () => [], ownVotes = () => [] }) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {{author: number, at: string} | null} */
  let before = previous && previous.kind !== "system" ? { author: previous.author.id, at: previous.created_at } : null;
  let lastDay = previous ? day(previous.created_at) : "";

  /** @param {string} at */
  const newDay = (at) => {
    const today = day(at);
    if (today === lastDay) return;
    lastDay = today;
    before = null;
    rows.push({ type: "day", id: `day:${today}`, at });
  };
  /**
   * @param {number} author
   * @param {string} at
   */
  const isFirst = (author, at) => {
    const first = !before || before.author !== author || Date.parse(at) - Date.parse(before.at) >= GROUP_MS;
    before = { author, at };
    return first;
  };

  const acts = new Map(items.flatMap((item) => (item.kind === "edit" || item.kind === "delete" ? [[item.message, item]] : [])));
  const reacting = items.filter((item) => item.kind === "react");
  for (const message of messages) {
    newDay(message.created_at);
    if (message.position === firstUnread) {
      rows.push({ type: "unread", id: "unread" });
      before = null;
    }
    if (message.kind === "system") {
      before = null;
      addLine(rows, message);
      continue;
    }
    const first = isFirst(message.author.id, message.created_at);
    const reactions = reactionsTo(message, { own, me: me.id, acts: reacting.filter((item) => item.message === message.id) });
    const poll = message.extras.poll ? pollState(message.id, ownVotes(message.id), items) : null;
    rows.push({ type: "message", id: rowId(message.author.id, message.key), first, message, act: acts.get(message.id) ?? null, reactions, poll, previews: previewsOf(message, items) });
  }

  const mine = new Set(messages.filter((message) => message.author.id === me.id).map((message) => message.key));
  for (const item of items) {
    if (item.kind !== "send" || mine.has(item.key)) continue;
    newDay(item.at);
    rows.push({ type: "pending", id: rowId(me.id, item.key), first: isFirst(me.id, item.at), item, author: me });
  }
  return rows;
}

/** What system lines say of which several in a row are folded. */
const FOLDED = new Set(["joined", "added", "left", "removed", "pinned"]);

/**
 * Adds a system line: to the row of the one before, if both are folded.
 * @param {Row[]} rows
 * @param {Message} line
 */
function addLine(rows, line) {
  const above = rows.at(-1);
  const isFolded = /** @param {Message} one */ ({ extras }) => FOLDED.has(extras.system?.code ?? "");
  if (above?.type === "system" && isFolded(above.lines[0]) && isFolded(line)) above.lines.push(line);
  else rows.push({ type: "system", id: rowId(line.author.id, line.key), lines: [line] });
}

/** @type {Reaction[]} */
const NONE = [];

/**
 * The reactions to a message, with those of the reader that are not acked yet.
 * @param {Message} message
 * @param {{own: (id: number) => string[], me: number, acts: {emoji: string, on: boolean}[]}} reader `acts` in order
 * @returns {Reaction[]}
 */
export function reactionsTo({ id, extras }, { own, me, acts }) {
  if (!extras.reactions && !acts.length) return NONE;
  const mine = new Set(own(id));
  const reactions = new Map(
    extras.reactions?.map(({ emoji, count, users }) => {
      const others = users.filter((user) => user !== me);
      return [emoji, { emoji, count, own: mine.has(emoji), users: others }];
    }),
  );
  for (const { emoji, on } of acts) {
    const held = reactions.get(emoji) ?? { emoji, count: 0, own: false, users: [] };
    const count = held.count + Number(on) - Number(held.own);
    reactions.set(emoji, { ...held, count, own: on });
  }
  return [...reactions.values()].filter(({ count }) => count > 0);
}

/** @type {LinkPreview[]} */
const NO_PREVIEWS = [];

/**
 * The previews of a message, without those that the reader removes just now.
 * @param {Message} message
 * @param {Item[]} items
 */
function previewsOf({ id, extras }, items) {
  if (!extras.previews?.length) return NO_PREVIEWS;
  const removed = items.flatMap((item) => (item.kind === "remove_preview" && item.message === id ? [item.url] : []));
  return extras.previews.filter(({ url }) => !removed.includes(url));
}

/**
 * @param {number} id of the message
 * @param {number[]} own
 * @param {Item[]} items
 * @returns {PollState}
 */
function pollState(id, own, items) {
  const acts = items.filter((item) => "message" in item && item.message === id);
  const vote = acts.find((item) => item.kind === "vote");
  return { own, wanted: vote?.kind === "vote" ? vote.choices : own, isClosing: acts.some((item) => item.kind === "close_poll") };
}

/**
 * The number of separators that `rowsOf` puts above a message.
 * @param {Message} message
 * @param {Message | undefined} previous
 * @param {{firstUnread: number | null, day: (iso: string) => string}} how
 */
export function separatorsAbove({ position, created_at: at }, previous, { firstUnread, day }) {
  const isNewDay = !previous || day(at) !== day(previous.created_at);
  return Number(isNewDay) + Number(position === firstUnread);
}

/**
 * An id that is the same before and after the ack, so that a message keeps its place on the page.
 * @param {number} author
 * @param {string} key
 */
function rowId(author, key) {
  return `${author}:${key}`;
}
