/** What is sent to the others: that I am typing, and how far I have read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { Items } from "../../../chat/static/chat/js/state/items.js";
import { ReadTracker } from "../../../chat/static/chat/js/state/read_tracker.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { TypingNotice } from "../../../chat/static/chat/js/state/typing.js";
import { bootstrap, changes, hello, message, messages, opened, present, summary, TestClock, TestStorage } from "../fakes.js";

/** @import { Command } from "../../../chat/static/chat/js/net/protocol.js" */

function typing() {
  const clock = new TestClock();
  /** @type {[number, boolean][]} */
  const sent = [];
  const notice = new TypingNotice(({ room, on }) => sent.push([room, on]), clock);
  return { clock, sent, notice };
}

test("typing is sent at most once per 3 s", async () => {
  const { clock, sent, notice } = typing();
  for (let key = 0; key < 10; key += 1) {
    notice.input(1, true);
    await clock.turn(500);
  }
  assert.deepEqual(sent, [[1, true], [1, true]]);
});

test("the end of typing is sent once when the field is left or emptied", () => {
  const { sent, notice } = typing();
  notice.input(1, true);
  notice.input(1, false);
  notice.stop();
  assert.deepEqual(sent, [[1, true], [1, false]]);
});

test("what has expired by itself need not be taken back", async () => {
  const { clock, sent, notice } = typing();
  notice.input(1, true);
  await clock.turn(10_000);
  notice.stop();
  assert.deepEqual(sent, [[1, true]]);
});

function reader() {
  const clock = new TestClock();
  const store = new Store(bootstrap(opened(messages(1, 3)), [summary(), summary({ id: 2 })]), clock);
  store.apply(changes(3, 9, messages(4, 9)));
  /** @type {[number, number][]} */
  const sent = [];
  /** @type {Command[]} */
  const asked = [];
  const request = /** @param {Command} command */ async (command) => {
    asked.push(command);
    return { item: { kind: command.kind, key: command.key, value: command.value, revision: asked.length } };
  };
  const items = new Items({ storage: new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 }), request, clock });
  const readTracker = new ReadTracker({ store, items, send: ({ room, position }) => sent.push([room, position]), clock });
  const room = present(store.rooms.get(1));
  /**
   * @param {number} first
   * @param {number} last
   */
  const sees = (first, last, atEnd = false) => readTracker.sees({ room, first, last, atEnd });
  return { clock, store, sent, asked, items, readTracker, room, sees };
}

test("the furthest position is sent when the visible messages stop changing", async () => {
  const { clock, sent, readTracker } = reader();
  for (const position of [4, 6, 5]) {
    readTracker.seen(1, position);
    await clock.turn(100);
  }
  assert.deepEqual(sent, []);
  await clock.turn(300);
  assert.deepEqual(sent, [[1, 6]]);
});

test("the read position is sent every second while messages keep arriving", async () => {
  const { clock, sent, readTracker } = reader();
  for (let position = 4; position <= 13; position += 1) {
    readTracker.seen(1, position);
    await clock.turn(200);
  }
  assert.deepEqual(sent, [[1, 8], [1, 13]]);
});

test("a position that was sent or read already is not sent again, except on a new connection", async () => {
  const { clock, store, sent, readTracker } = reader();
  readTracker.seen(1, 3);
  readTracker.seen(1, 6);
  await clock.turn(300);
  readTracker.seen(1, 6);
  await clock.turn(300);
  assert.deepEqual(sent, [[1, 6]]);
  readTracker.restart();
  readTracker.seen(1, 6);
  await clock.turn(300);
  assert.deepEqual(sent, [[1, 6], [1, 6]]);
  store.read(1, 9);
  readTracker.seen(1, 9);
  await clock.turn(300);
  assert.equal(sent.length, 2);
});

test("leaving a room or the page sends the read position at once", () => {
  const { sent, readTracker } = reader();
  readTracker.seen(1, 6);
  readTracker.seen(2, 1);
  assert.deepEqual(sent, [[1, 6]]);
  readTracker.flush();
  assert.deepEqual(sent, [[1, 6], [2, 1]]);
});

test("what a reader who came by a link did not scroll through was not seen", async () => {
  const { clock, sent, readTracker, room, sees } = reader();
  readTracker.show(room);
  sees(7, 8);
  await clock.turn(1_000);
  assert.deepEqual([sent, readTracker.unseenIn(room)], [[], 6]);
  sees(4, 6);
  sees(6, 8);
  await clock.turn(1_000);
  assert.deepEqual([sent, readTracker.unseenIn(room)], [[[1, 8]], 1]);
});

test("system lines are not counted among the unseen messages", () => {
  const { readTracker, room, store } = reader();
  readTracker.show(room);
  const before = readTracker.unseenIn(room);
  store.apply(changes(9, 11, [message(10, { kind: "system", counted: 9 }), message(11, { counted: 10 })]));
  assert.equal(readTracker.unseenIn(room), before + 1);
});

test("who goes to the end has read the room", async () => {
  const { clock, sent, readTracker, room, sees } = reader();
  readTracker.show(room);
  sees(8, 9, true);
  await clock.turn(300);
  assert.deepEqual(sent, [[1, 9]]);
});

test("a room that is marked as unread stays so while it is shown, and until its message is seen when it is shown again", () => {
  const { store, readTracker, room, sees } = reader();
  readTracker.show(room);
  sees(4, 9, true);
  store.read(1, 9);
  readTracker.mark(message(6));
  assert.deepEqual([room.unread, room.readUpTo], [4, 5]);
  sees(5, 9, true);
  assert.ok(room.unreadMark);
  readTracker.show(null);
  readTracker.show(room);
  sees(2, 5);
  assert.ok(room.unreadMark);
  sees(3, 7);
  assert.equal(room.unreadMark, null);
});

test("a mark of another device, and its end, are applied, and reading does not end it", () => {
  const { items, readTracker, room, sees } = reader();
  readTracker.show(room);
  sees(4, 9, true);
  const mark = { kind: "unread", key: "1", value: { position: 2, counted: 1 }, revision: 50 };
  items.apply({ type: "me_changes", since: 0, revision: 50, reset: false, items: [mark] });
  sees(4, 9, true);
  assert.deepEqual([room.unread, room.readUpTo], [8, 1]);
  items.apply({ type: "me_changes", since: 50, revision: 51, reset: false, items: [{ ...mark, value: null, revision: 51 }] });
  assert.equal(room.unreadMark, null);
});

test("a mark applies to a room that becomes known after it", () => {
  const { store, items } = reader();
  const mark = { kind: "unread", key: "7", value: { position: 2, counted: 1 }, revision: 50 };
  items.apply({ type: "me_changes", since: 0, revision: 50, reset: false, items: [mark] });
  store.apply({ type: "room", room: summary({ id: 7, message_count: 5, last_read: 5 }) });
  assert.equal(store.rooms.get(7)?.unread, 4);
});

test("who answers in a marked room has read it, and an unmarked one needs no command", () => {
  const { asked, readTracker, room } = reader();
  readTracker.show(room);
  readTracker.unmark(1);
  assert.deepEqual(asked, []);
  readTracker.mark(message(6));
  readTracker.unmark(1);
  assert.equal(room.unreadMark, null);
  assert.deepEqual(asked.map(({ value }) => value), [{ position: 6, counted: 5 }, null]);
});

test("rooms have the mentions that the items name once all items are known", () => {
  const { items, room, store } = reader();
  const mention = { kind: "mentions", key: "1", value: [2, 8, 9], revision: 1 };
  items.apply({ type: "me_changes", since: 0, revision: 1, reset: false, items: [mention] });
  assert.equal(room.mentions, 0);
  items.apply(hello({ me: 1 }));
  assert.equal(room.mentions, 2);
  items.apply({ type: "me_changes", since: 1, revision: 2, reset: false, items: [{ ...mention, value: null, revision: 2 }] });
  assert.equal(room.mentions, 0);
  store.apply({ type: "room", room: summary({ id: 3, mentions: 4 }) });
  assert.equal(store.rooms.get(3)?.mentions, 0);
});
