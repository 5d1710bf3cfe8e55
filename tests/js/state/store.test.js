import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { bootstrap, changes, excerpt, hello, joon, message, messages, mina, opened, present, rooms, summary, TestClock } from "../fakes.js";

function storeWith(open = opened(messages(1, 3)), rooms = [open.room]) {
  const clock = new TestClock();
  const store = new Store(bootstrap(open, rooms), clock);
  return { store, clock, room: present(store.rooms.get(1)) };
}

/** @param {import("../../../chat/static/chat/js/state/room.js").Room} room */
const bodies = (room) => room.messages.map((held) => held.body);

test("a change is taken if its revision is newer", () => {
  const { store, room } = storeWith();
  store.apply(changes(3, 4, [message(2, { revision: 4, body: "edited" })]));
  store.apply(changes(3, 4, [message(2, { revision: 3, body: "stale" })]));
  assert.deepEqual(bodies(room), ["message 1", "edited", "message 3"]);
  assert.equal(room.revision, 4);
});

test("frames may overlap and repeat", () => {
  const { store, room } = storeWith();
  const frame = changes(2, 5, messages(3, 5));
  store.apply(frame);
  store.apply(frame);
  assert.deepEqual(room.messages.map((held) => held.position), [1, 2, 3, 4, 5]);
});

test("a frame that begins after what is held is a gap, and is not taken", () => {
  const { store, room } = storeWith();
  /** @type {number[]} */
  const gaps = [];
  store.on("gap", (id) => gaps.push(id));
  store.apply(changes(5, 6, [message(6)]));
  assert.deepEqual(gaps, [1]);
  assert.equal(room.newest, 3);
  assert.equal(room.revision, 3);
});

test("an ack may overtake the messages before it", () => {
  const { store, room } = storeWith();
  store.acked(message(5, { author: mina }));
  store.apply(changes(3, 5, [message(4), message(5, { author: mina })]));
  assert.deepEqual(room.messages.map((held) => held.position), [1, 2, 3, 4, 5]);
});

test("an ack does not advance the room's revision: what lies before it is still to come", () => {
  const { store, room } = storeWith();
  store.acked(message(5, { author: mina }));
  assert.equal(room.revision, 3);
});

test("a message that was overtaken is new all the same", () => {
  const { store } = storeWith();
  /** @type {number[]} */
  const arrived = [];
  store.on("arrived", (message) => arrived.push(message.position));
  store.acked(message(5, { author: mina }));
  store.apply(changes(3, 5, [message(4), message(5, { author: mina })]));
  assert.deepEqual(arrived, [4]);
});

test("an edit of a message older than the window waits for its page of history", () => {
  const { store, room } = storeWith(opened(messages(51, 60)));
  store.apply(changes(60, 61, [message(7, { revision: 61 })]));
  assert.equal(room.tail.oldest, 51);
  store.page(1, "before", { messages: messages(1, 50), has_older: false });
  assert.equal(room.messages.length, 60);
  assert.equal(room.tail.hasOlder, false);
});

test("a reset replaces the window", () => {
  const { store, room } = storeWith();
  store.opened(opened(messages(900, 950)));
  assert.equal(room.tail.oldest, 900);
  assert.equal(room.newest, 950);
  assert.ok(room.tail.hasOlder);
});

test("messages around an older one are shown apart from those up to the newest, and both follow what changes", () => {
  const { store, room } = storeWith(opened(messages(501, 550)));
  store.page(1, "around", { messages: messages(101, 150), has_older: true, has_newer: true });
  store.apply(changes(550, 552, [message(120, { revision: 551, body: "edited" }), message(551, { revision: 552 })]));
  assert.equal(room.shown.at(120)?.body, "edited");
  assert.deepEqual([room.shown.newest, room.newest, room.unread], [150, 551, 1]);
});

test("detached messages that reach the others continue them, and the room is live again", () => {
  const { store, room } = storeWith(opened(messages(501, 550)));
  store.page(1, "around", { messages: messages(401, 450), has_older: true, has_newer: true });
  store.page(1, "after", { messages: messages(451, 500), has_newer: true });
  assert.equal(room.detached, null);
  assert.deepEqual(room.messages.map((held) => held.position), messages(401, 550).map((held) => held.position));
  assert.ok(room.tail.hasOlder);
  store.apply(changes(550, 551, [message(551)]));
  assert.equal(room.shown.newest, 551);
});

test("a page around a message that is nearly the newest is not detached", () => {
  const { store, room } = storeWith(opened(messages(501, 550)));
  store.page(1, "around", { messages: messages(480, 520), has_older: true, has_newer: true });
  assert.equal(room.detached, null);
  assert.deepEqual([room.tail.oldest, room.tail.newest], [480, 550]);
});

test("after a reset, detached messages are stale, and going to the newest drops them", () => {
  const { store, room } = storeWith(opened(messages(501, 550)));
  store.page(1, "around", { messages: messages(101, 150), has_older: true, has_newer: true });
  store.opened(opened(messages(1_501, 1_550)));
  assert.equal(room.detached?.isStale, true);
  room.attach();
  assert.equal(room.shown.oldest, 1_501);
});

test("a mark makes the room unread from its message, whatever is read meanwhile", () => {
  const { store, room } = storeWith(opened(messages(1, 9)));
  room.unreadMark = { position: 4, counted: 3 };
  assert.deepEqual([room.unread, room.readUpTo], [6, 3]);
  store.apply({ type: "read", room: 1, last_read: 9, unread: 0 });
  store.apply(changes(9, 10, [message(10)]));
  assert.deepEqual([room.unread, room.readUpTo], [7, 3]);
  room.unreadMark = null;
  assert.deepEqual([room.unread, room.readUpTo], [1, 9]);
});

test("a resumed room keeps its window, and what came is news", () => {
  const { store, room } = storeWith();
  /** @type {number[]} */
  const arrived = [];
  store.on("arrived", (message) => arrived.push(message.position));
  const changed = [message(2, { revision: 4, deleted: true }), message(4, { revision: 5 })];
  store.opened({ ...opened(changed), revision: 5, reset: false, has_older: false });
  assert.deepEqual(room.messages.map((held) => held.position), [1, 2, 3, 4]);
  assert.ok(room.messages[1].deleted);
  assert.deepEqual(arrived, [4]);
});

test("unread is what stands above the last message that was read", () => {
  const { store, room } = storeWith();
  store.apply(changes(3, 5, messages(4, 5)));
  assert.equal(room.unread, 2);
  store.apply({ type: "read", room: 1, last_read: 4, unread: 1 });
  assert.equal(room.unread, 1);
});

test("reading only moves forward", () => {
  const { store, room } = storeWith();
  store.apply({ type: "read", room: 1, last_read: 1, unread: 2 });
  assert.equal(room.unread, 0);
});

test("one's own messages are never unread to oneself", () => {
  const { store, room } = storeWith();
  store.apply(changes(3, 4, [message(4, { author: mina })]));
  assert.equal(room.unread, 0);
});

test("what I did in a room does not mark it as read, as what I said there does", () => {
  const { store, room } = storeWith();
  store.apply(changes(3, 5, [message(4), message(5, { author: mina, kind: "system", counted: 4 })]));
  assert.equal(room.unread, 1);
});

test("activity elsewhere counts up and moves no room; an older notice does nothing", () => {
  const other = summary({ id: 2, slug: "launch", name: "Launch" });
  const { store } = storeWith(opened(messages(1, 3)), [summary({ last_message: excerpt(3) }), other]);
  const last = excerpt(5, { created_at: "2026-03-02T10:00:00Z" });
  store.apply({ type: "activity", room: 2, message_count: 5, counted: 5, unread: 2, last_message: last });
  store.apply({ type: "activity", room: 2, message_count: 4, counted: 4, unread: 4, last_message: excerpt(4) });
  assert.deepEqual(store.sorted().map((room) => room.summary.name), ["General", "Launch"]);
  assert.equal(present(store.rooms.get(2)).unread, 2);
});

test("archived rooms come last", () => {
  const old = summary({ id: 2, slug: "old", name: "Old", archived: true, last_message: excerpt(9) });
  const { store } = storeWith(opened(messages(1, 3)), [summary(), old]);
  assert.deepEqual(store.sorted().map((room) => room.summary.name), ["General", "Old"]);
});

test("rooms are sorted again when one is renamed, archived, added or removed, and not for a message", () => {
  const other = summary({ id: 2, slug: "launch", name: "Launch" });
  const { store } = storeWith(opened(messages(1, 3)), [summary(), other]);
  const names = () => store.sorted().map((room) => room.summary.name);
  const before = store.sorted();
  store.apply(changes(3, 4, [message(4)]));
  assert.equal(store.sorted(), before);
  store.apply({ type: "room", room: { ...other, revision: 9, name: "About" } });
  assert.deepEqual(names(), ["About", "General"]);
  store.apply({ type: "room", room: { ...other, revision: 10, name: "About", archived: true } });
  assert.deepEqual(names(), ["General", "About"]);
  store.apply({ type: "room", room: summary({ id: 3, slug: "new", name: "Books" }) });
  assert.deepEqual(names(), ["Books", "General", "About"]);
  store.apply({ type: "room_removed", room: 3, reason: "left" });
  assert.deepEqual(names(), ["General", "About"]);
});

test("what I may do comes with the room as I have it, and its absence means an ordinary member", () => {
  const { store, room } = storeWith(opened(messages(1, 3)), [summary({ may: ["administer"], archived: true })]);
  assert.deepEqual(/** @type {const} */ (["post", "administer"]).map((what) => room.may(what)), [true, false], "the reply to open is newer");
  store.apply({ type: "room", room: summary({ revision: 4, may: ["post", "react", "pin", "invite", "moderate"] }) });
  assert.deepEqual(/** @type {const} */ (["post", "moderate"]).map((what) => room.may(what)), [true, true]);
  const { may: _may, ...about } = summary({ archived: true, revision: 5, message_count: 3 });
  store.apply(changes(3, 5, [], { info: about }));
  assert.ok(room.may("moderate"), "info says nothing of the reader's own");
  store.apply({ type: "room", room: summary({ revision: 5, archived: true, may: [] }) });
  assert.ok(!room.may("post"));
  store.apply({ type: "room", room: summary({ revision: 4, may: ["post", "react", "pin", "invite", "moderate"] }) });
  assert.ok(!room.may("post"), "a stale summary gives nothing back");
  store.apply({ type: "room", room: summary({ revision: 6 }) });
  assert.deepEqual(/** @type {const} */ (["post", "moderate"]).map((what) => room.may(what)), [true, false]);
});

test("a stale summary changes no name, but advances the read position", () => {
  const { store, room } = storeWith();
  store.apply(changes(3, 6, messages(4, 5), { info: { ...summary(), name: "Renamed", revision: 6, message_count: 5 } }));
  store.apply({ type: "room", room: summary({ revision: 4, message_count: 4, last_read: 4 }) });
  assert.equal(room.summary.name, "Renamed");
  assert.equal(room.summary.message_count, 5);
  assert.equal(room.summary.last_read, 4);
});

test("members come, change and go", () => {
  const { store, room } = storeWith();
  /** @type {import("../../../chat/static/chat/js/net/protocol.js").Member} */
  const member = { user: joon, role: "member", revision: 4, left: false };
  store.apply(changes(3, 4, [], { members: [member] }));
  store.apply(changes(3, 4, [], { members: [{ ...member, revision: 3, left: true }] }));
  assert.equal(room.members.size, 1);
  store.apply(changes(4, 5, [], { members: [{ ...member, revision: 5, left: true }] }));
  assert.equal(room.members.size, 0);
});

test("a hello lists all my rooms: others are removed", () => {
  const { store } = storeWith(opened(messages(1, 3)), [summary(), summary({ id: 2, slug: "launch", name: "Launch" })]);
  /** @type {[number, string][]} */
  const gone = [];
  store.on("removed", ({ room, reason }) => gone.push([room.id, reason]));
  store.apply(hello({ rooms: [2, 3] }));
  assert.deepEqual(gone, [[1, "removed"]]);
  store.apply(rooms([summary({ id: 2 })], true));
  store.apply(rooms([summary({ id: 3, slug: "new" })]));
  assert.deepEqual([...store.rooms.keys()], [2, 3]);
});

test("a part does not undo events that arrived between hello and the part", () => {
  const { store, room } = storeWith(opened(messages(1, 3)), [summary()]);
  const old = summary({ revision: 3, message_count: 3, last_read: 1, name: "Old", last_message: excerpt(3) });
  store.apply(hello({ rooms: [1, 2] }));
  store.apply(changes(3, 5, [message(4)], { info: { ...summary(), name: "New", revision: 5, message_count: 4 } }));
  store.apply({ type: "read", room: 1, last_read: 4, unread: 0 });
  store.apply({ type: "activity", room: 2, message_count: 9, counted: 9, unread: 9, last_message: excerpt(9) });
  store.apply(rooms([old, summary({ id: 2, slug: "launch", name: "Launch", message_count: 8 })]));
  assert.equal(room.summary.name, "New");
  assert.equal(room.summary.message_count, 4);
  assert.equal(room.summary.last_message?.position, 4);
  assert.equal(room.unread, 0);
  assert.equal(present(store.rooms.get(2)).summary.name, "Launch");
});

test("a room opened before its part arrived keeps its contents", () => {
  const { store } = storeWith();
  store.apply(hello({ rooms: [1, 2] }));
  store.opened(opened(messages(1, 3), { room: summary({ id: 2, slug: "launch", name: "Launch", revision: 3 }) }));
  store.apply(rooms([summary({ id: 2, slug: "old", name: "Old", revision: 2 })]));
  assert.equal(present(store.rooms.get(2)).summary.name, "Launch");
  assert.equal(present(store.rooms.get(2)).revision, 3);
});

test("another epoch voids everything that was remembered", () => {
  const { store } = storeWith();
  /** @type {string[]} */
  const epochs = [];
  store.on("epoch", (epoch) => epochs.push(epoch));
  store.apply(hello({ epoch: "two", rooms: [1] }));
  store.apply(rooms([summary({ name: "Another General" })]));
  assert.deepEqual(epochs, ["two"]);
  assert.equal(present(store.rooms.get(1)).revision, null);
  assert.deepEqual(present(store.rooms.get(1)).messages, []);
  assert.equal(present(store.rooms.get(1)).summary.name, "Another General");
});

test("who types is forgotten after 10 s, when they stop, and when they have said it", async () => {
  const { store, clock } = storeWith();
  /** @type {import("../../../chat/static/chat/js/net/protocol.js").Typing} */
  const typing = { type: "typing", room: 1, user: joon, on: true };
  store.apply(typing);
  await clock.turn(9_999);
  assert.deepEqual(store.typists.in(1), [joon]);
  await clock.turn(1);
  assert.deepEqual(store.typists.in(1), []);
  store.apply(typing);
  store.apply({ ...typing, on: false });
  assert.deepEqual(store.typists.in(1), []);
  store.apply(typing);
  store.apply(changes(3, 4, [message(4)]));
  assert.deepEqual(store.typists.in(1), []);
});

test("before a reset, what is displayed can be kept, and is read again", () => {
  const { store, room } = storeWith(opened(messages(1, 120)));
  store.on("reset", () => room.detachTail());
  store.opened(opened(messages(400, 450)));
  assert.deepEqual([room.shown.oldest, room.shown.newest, room.shown.isStale], [1, 120, true]);
  assert.deepEqual([room.tail.oldest, room.newest], [400, 450]);
  store.page(1, "around", { messages: messages(60, 160), has_older: true, has_newer: true });
  assert.deepEqual([room.shown.oldest, room.shown.newest, room.shown.isStale], [60, 160, false]);
  room.attach();
  assert.equal(room.shown.oldest, 400);
});

test("a reply that only continues what is held is no reset", () => {
  const { store } = storeWith();
  let resets = 0;
  store.on("reset", () => (resets += 1));
  store.opened({ ...opened([message(4)]), reset: false });
  assert.equal(resets, 0);
});

test("my own typing, from another tab, is no news", () => {
  const { store } = storeWith();
  store.apply({ type: "typing", room: 1, user: mina, on: true });
  assert.deepEqual(store.typists.in(1), []);
});

test("a type of event that is not known is ignored", () => {
  const { store, room } = storeWith();
  store.apply(/** @type {any} */ ({ type: "presence", users: {} }));
  assert.equal(room.newest, 3);
});

test("new limits replace those of the page and of hello", () => {
  const { store } = storeWith();
  const limits = { ...store.limits, rate: { per_second: 5, burst: 50 } };
  store.apply({ type: "limits", limits });
  assert.deepEqual(store.limits, limits);
});

test("a new name or picture of one's own is held, and reported after every hello, too", () => {
  const { store } = storeWith();
  const reported = /** @type {string[]} */ ([]);
  store.on("me", () => reported.push(store.user.name));
  store.apply({ type: "user", user: { ...mina, name: "Mina Kim" } });
  store.apply({ type: "user", user: joon });
  store.apply(hello({ user: { ...mina, name: "Mina K." } }));
  assert.deepEqual(reported, ["Mina Kim", "Mina K."]);
});

test("a new name or picture of the space is reported, after a hello of this version, too", () => {
  const { store } = storeWith();
  const reported = /** @type {string[]} */ ([]);
  store.on("space", () => reported.push(present(store.space).name));
  store.apply({ type: "space", space: { name: "Maple" } });
  store.apply(hello({ space: { name: "Birch" } }));
  store.apply(hello());
  assert.deepEqual(reported, ["Maple", "Birch"]);
});

/** @param {import("../../../chat/static/chat/js/state/room.js").Room} room */
const own = (room) => room.messages.map(({ id }) => room.ownReactions(id).join(" "));

test("one's own reactions are those of the newest revision, in whatever order they arrive", () => {
  const [first, second, third] = messages(1, 3);
  const { store, room } = storeWith(opened([first, second, third], { mine: [{ id: first.id, revision: 1, reactions: ["👍"], votes: [] }] }));
  assert.deepEqual(own(room), ["👍", "", ""]);
  store.apply({ type: "mine", room: 1, mine: [{ id: second.id, revision: 6, reactions: ["🎉", "👍"], votes: [] }] });
  store.apply({ type: "mine", room: 1, mine: [{ id: second.id, revision: 5, reactions: ["🎉"], votes: [] }] });
  assert.deepEqual(own(room), ["👍", "🎉 👍", ""]);
  store.acked({ ...first, revision: 7 }, { id: first.id, revision: 7, reactions: [], votes: [] });
  assert.deepEqual(own(room), ["", "🎉 👍", ""]);
});

test("a reply to open says of all its messages which reactions are one's own", () => {
  const [first, second] = messages(1, 2);
  const { store, room } = storeWith(opened([first, second], { mine: [{ id: first.id, revision: 1, reactions: ["👍"], votes: [] }] }));
  store.opened(opened([{ ...first, revision: 4 }], { room: summary({ revision: 4, message_count: 2 }), revision: 4, reset: false }));
  assert.deepEqual(own(room), ["", ""]);
});

test("a message without reactions and a poll has none of one's own, in whatever form its change comes", () => {
  const [first, second, third] = messages(1, 3);
  const mine = [first, second, third].map(({ id, revision }) => ({ id, revision, reactions: ["👍"], votes: [1] }));
  const { store, room } = storeWith(opened([first, second, third], { mine }));
  store.apply(changes(3, 4, [{ ...first, revision: 4 }]));
  store.apply({ ...changes(4, 5, []), extras: [{ id: second.id, position: 2, revision: 5, extras: {} }] });
  store.apply(changes(5, 6, [{ ...third, revision: 6, extras: { poll: { choices: [] } } }]));
  assert.deepEqual(own(room), ["", "", "👍"]);
  assert.deepEqual([first, third].map(({ id }) => room.ownVotes(id)), [[], [1]]);
});

test("a page of history has one's own reactions, unless newer ones are known", () => {
  const { store, room } = storeWith(opened(messages(51, 53), { room: summary({ revision: 53, message_count: 53 }) }));
  const [older, other] = messages(49, 50);
  store.apply({ type: "mine", room: 1, mine: [{ id: older.id, revision: 60, reactions: [], votes: [] }] });
  const mine = [older, other].map(({ id, revision }) => ({ id, revision, reactions: ["👍"], votes: [] }));
  store.page(1, "before", { messages: [older, other], has_older: true, mine });
  assert.deepEqual([room.ownReactions(older.id), room.ownReactions(other.id)], [[], ["👍"]]);
});

test("others who react to one's own message are announced, each once", () => {
  const said = message(1, { author: mina });
  const { store } = storeWith(opened([said]));
  /** @type {string[]} */
  const announced = [];
  store.on("reacted", ({ emoji, user }) => announced.push(`${emoji} ${user}`));
  const reacted = (/** @type {number} */ revision, /** @type {number[]} */ users) => {
    const extras = { reactions: [{ emoji: "👍", count: users.length, users }], votes: [] };
    store.apply({ ...changes(revision - 1, revision, []), extras: [{ id: said.id, position: 1, revision, extras }] });
  };
  reacted(2, [joon.id]);
  reacted(2, [joon.id]);
  reacted(3, [joon.id, mina.id]);
  reacted(4, [joon.id, mina.id, 9]);
  assert.deepEqual(announced, [`👍 ${joon.id}`, "👍 9"]);
});

test("the text of a message is redrawn only if it changed", async () => {
  const { textRevision } = await import("../../../chat/static/chat/js/state/message_range.js");
  const { store, room } = storeWith(opened(messages(1, 1)));
  const [held] = room.messages;
  store.apply({ ...changes(1, 2, []), extras: [{ id: held.id, position: 1, revision: 2, extras: { reactions: [] } }] });
  store.acked({ ...held, revision: 3, extras: {} });
  assert.deepEqual(room.messages.map((one) => [one.revision, textRevision(one)]), [[3, 1]]);
  store.acked({ ...held, revision: 4, html: "<p>edited</p>" });
  assert.deepEqual(room.messages.map((one) => textRevision(one)), [4]);
});

test("mentions count above the position read, by the items once these are known", () => {
  const { store, room } = storeWith(opened(messages(1, 3), { room: summary({ message_count: 3, mentions: 2 }) }));
  assert.equal(room.mentions, 2);
  room.mentioned = [1, 2, 3];
  assert.equal(room.mentions, 3);
  store.read(1, 2);
  assert.equal(room.mentions, 1);
});
