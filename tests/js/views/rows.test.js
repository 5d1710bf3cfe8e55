import assert from "node:assert/strict";
import { test } from "node:test";
import { Dates } from "../../../chat/static/chat/js/lib/dates.js";
import { reactionsTo, rowsOf, separatorsAbove } from "../../../chat/static/chat/js/views/rows.js";
import { joon, message, mina } from "../fakes.js";

const dates = new Dates("en-GB", "Asia/Seoul");

/** @import { Item } from "../../../chat/static/chat/js/net/outbox.js" */
/** @import { Message } from "../../../chat/static/chat/js/net/protocol.js" */

/**
 * Rows in short: a day, "unread", or the position, with a * where a group begins, and a + between lines that are folded.
 * @param {{messages: Message[], previous?: Message, items?: Item[], firstUnread?: number | null}} what
 */
function rows({ messages, previous, items = [], firstUnread = null }) {
  return rowsOf({ messages, previous, items, me: mina, firstUnread, day: (at) => dates.day(at) }).map((row) => {
    if (row.type === "day") return row.id;
    if (row.type === "unread") return "unread";
    if (row.type === "system") return row.lines.map(({ position }) => position).join("+");
    const name = row.type === "message" ? row.message.position : row.item.body;
    return `${name}${row.first ? "*" : ""}`;
  });
}

/**
 * @param {number} position
 * @param {string} time
 * @param {Partial<Message>} [more]
 */
const at = (position, time, more = {}) => message(position, { created_at: `2026-03-02T${time}Z`, ...more });
/**
 * @param {string} body
 * @param {string} time
 * @returns {Item}
 */
const pending = (body, time, key = body) => ({ kind: "send", id: body, room: 1, key, body, at: `2026-03-02T${time}Z`, due: 0 });

test("messages of one author within five minutes of each other are a group", () => {
  const messages = [at(1, "08:00:00"), at(2, "08:04:59"), at(3, "08:09:59"), at(4, "08:10:00", { author: mina })];
  assert.deepEqual(rows({ messages }), ["day:2026-03-02", "1*", "2", "3*", "4*"]);
});

test("days are those of the reader's own time zone", () => {
  const messages = [at(1, "14:58:00"), at(2, "15:01:00")]; // midnight in Seoul is 15:00 UTC
  assert.deepEqual(rows({ messages }), ["day:2026-03-02", "1*", "day:2026-03-03", "2*"]);
});

test("the unread line stands above the first unread message and begins a group", () => {
  const messages = [at(1, "08:00:00"), at(2, "08:00:10")];
  assert.deepEqual(rows({ messages, firstUnread: 2 }), ["day:2026-03-02", "1*", "unread", "2*"]);
});

/**
 * @param {number} position
 * @param {string} code
 * @param {string} [time]
 */
const line = (position, code, time = "08:00:00") => at(position, time, { kind: "system", body: "", html: "", extras: { system: { code } } });

test("lines about people and pins that follow one another are folded, and the message after them begins a group", () => {
  const messages = [at(1, "08:00:00"), line(2, "joined"), line(3, "left"), line(4, "pinned"), at(5, "08:00:10"), line(6, "added"), at(7, "08:00:20")];
  assert.deepEqual(rows({ messages }), ["day:2026-03-02", "1*", "2+3+4", "5*", "6", "7*"]);
});

test("other lines stand alone, and so do those of another day or below the unread line", () => {
  const messages = [line(1, "renamed"), line(2, "joined"), line(3, "topic"), line(4, "joined"), line(5, "joined"), line(6, "left", "15:01:00")];
  assert.deepEqual(rows({ messages, firstUnread: 5 }), ["day:2026-03-02", "1", "2", "3", "4", "unread", "5", "day:2026-03-03", "6"]);
  assert.deepEqual(rows({ messages: [line(1, "exploded"), line(2, "exploded")] }), ["day:2026-03-02", "1", "2"]);
});

test("the unread line is nowhere when it belongs above or below what is shown", () => {
  const messages = [at(7, "08:00:00")];
  assert.deepEqual(rows({ messages, firstUnread: 3 }), ["day:2026-03-02", "7*"]);
  assert.deepEqual(rows({ messages, firstUnread: 8 }), ["day:2026-03-02", "7*"]);
});

test("what is not acked stands at the end, in my group", () => {
  const messages = [at(1, "08:00:00", { author: mina })];
  assert.deepEqual(rows({ messages, items: [pending("one", "08:00:05"), pending("two", "08:00:06")] }), [
    "day:2026-03-02",
    "1*",
    "one",
    "two",
  ]);
});

test("a message that came before its ack stands there once, as the same row", () => {
  const item = pending("hello", "08:00:00", "key-1");
  const before = rowsOf({ messages: [], items: [item], me: mina, firstUnread: null, day: (iso) => dates.day(iso) });
  const messages = [at(1, "08:00:01", { author: mina })];
  const after = rowsOf({ messages, items: [item], me: mina, firstUnread: null, day: (iso) => dates.day(iso) });
  assert.equal(after.length, 2);
  assert.equal(before.at(-1)?.id, after.at(-1)?.id);
});

test("the same key of two people is two messages", () => {
  const messages = [at(1, "08:00:00", { key: "k", author: mina }), at(2, "08:00:01", { key: "k", author: joon })];
  const ids = rowsOf({ messages, items: [], me: mina, firstUnread: null, day: (iso) => dates.day(iso) }).map((row) => row.id);
  assert.equal(new Set(ids).size, 3);
});

test("an edit or deletion that is not acked stands with its message", () => {
  /** @type {Item} */
  const item = { kind: "edit", id: "e", room: 1, message: 101, body: "new", at: "2026-03-02T08:00:00Z", due: 0 };
  const [, row] = rowsOf({ messages: [at(1, "08:00:00")], items: [item], me: mina, firstUnread: null, day: (iso) => dates.day(iso) });
  assert.ok(row?.type === "message");
  assert.equal(row.act, item);
});

test("the first message on the page joins the group and day of the one before it", () => {
  const previous = at(1, "08:00:00");
  assert.deepEqual(rows({ messages: [at(2, "08:00:10")], previous }), ["2"]);
  assert.deepEqual(rows({ messages: [at(2, "08:07:00")], previous }), ["2*"]);
});

test("a system message groups with nothing", () => {
  const messages = [at(1, "08:00:00"), at(2, "08:00:01", { kind: "system" }), at(3, "08:00:02")];
  assert.deepEqual(rows({ messages }), ["day:2026-03-02", "1*", "2", "3*"]);
});

test("the separators above each message are known without the rows", () => {
  const days = ["2026-03-02T08:00:00Z", "2026-03-02T08:01:00Z", "2026-03-02T18:00:00Z", "2026-03-04T08:00:00Z", "2026-03-05T08:00:00Z"];
  const messages = days.map((created_at, index) => message(index + 1, { created_at }));
  for (const firstUnread of [null, 1, 2, 4]) {
    for (const previous of [undefined, message(0, { created_at: days[0] })]) {
      const how = { firstUnread, day: /** @param {string} iso */ (iso) => dates.day(iso) };
      const above = messages.map((one, index) => separatorsAbove(one, messages[index - 1] ?? previous, how));
      const count = rows({ messages, previous, firstUnread }).length;
      assert.equal(above.reduce((sum, more) => sum + more, messages.length), count);
    }
  }
});

/**
 * The reactions to a message in short: emoji, count, and a * for the reader's own.
 * @param {import("../../../chat/static/chat/js/net/protocol.js").ReactionCount[]} reactions
 * @param {string[]} own
 * @param {{emoji: string, on: boolean}[]} acts
 */
function reactions(reactions, own = [], acts = []) {
  const to = reactionsTo(message(1, { extras: { reactions } }), { own: () => own, me: mina.id, acts });
  return to.map(({ emoji, count, own, users }) => `${emoji}${count}${own ? "*" : ""} ${users.join(" ")}`.trim());
}

test("one's own reactions are marked, and not among the people who are named", () => {
  const given = [{ emoji: "👍", count: 2, users: [joon.id, mina.id] }, { emoji: "🎉", count: 1, users: [joon.id] }];
  assert.deepEqual(reactions(given, ["👍"]), [`👍2* ${joon.id}`, `🎉1 ${joon.id}`]);
});

test("one's own reaction is known however many people reacted", () => {
  assert.deepEqual(reactions([{ emoji: "👍", count: 1000, users: [joon.id] }], ["👍"]), [`👍1000* ${joon.id}`]);
});

test("a reaction that is not acked is shown, and one that is taken back is not", () => {
  const given = [{ emoji: "👍", count: 2, users: [joon.id, mina.id] }, { emoji: "🎉", count: 1, users: [mina.id] }];
  const acts = [{ emoji: "👍", on: false }, { emoji: "🎉", on: false }, { emoji: "🙏", on: true }];
  assert.deepEqual(reactions(given, ["👍", "🎉"], acts), [`👍1 ${joon.id}`, "🙏1*"]);
});

test("a reaction that the server has already counted is not counted twice", () => {
  assert.deepEqual(reactions([{ emoji: "👍", count: 1, users: [mina.id] }], ["👍"], [{ emoji: "👍", on: true }]), ["👍1*"]);
});

test("a reaction in the outbox is no edit of its message", () => {
  const messages = [at(1, "08:00:00")];
  const { id } = messages[0];
  /** @type {Item} */
  const item = { kind: "react", id: "1", room: 1, message: id, emoji: "👍", on: true, at: "2026-03-02T08:00:00Z", due: 0 };
  const [, row] = rowsOf({ messages, items: [item], me: mina, firstUnread: null, day: (at) => dates.day(at) });
  assert.equal(row.type === "message" && row.act, null);
  assert.deepEqual(row.type === "message" && row.reactions.map(({ emoji, own }) => [emoji, own]), [["👍", true]]);
});

test("a vote that is not acked is what the reader wants, beside what the server knows", () => {
  const asked = message(1, { extras: { poll: { choices: [{ text: "a" }, { text: "b" }] } } });
  const vote = /** @type {Item} */ ({ kind: "vote", id: "1", room: 1, message: asked.id, choices: [2], at: asked.created_at, due: 0 });
  const state = /** @param {Item[]} items */ (items) => {
    const found = rowsOf({ messages: [asked, message(2)], items, me: mina, firstUnread: null, day: (at) => dates.day(at), ownVotes: () => [1] });
    return found.flatMap((row) => (row.type === "message" ? [row.poll] : []));
  };
  assert.deepEqual(state([]), [{ own: [1], wanted: [1], isClosing: false }, null]);
  assert.deepEqual(state([vote]), [{ own: [1], wanted: [2], isClosing: false }, null]);
});
