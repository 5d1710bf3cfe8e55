/** What is sent to the others: that I am typing, and how far I have read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadTracker } from "../../../chat/static/chat/js/state/read_tracker.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { TypingNotice } from "../../../chat/static/chat/js/state/typing.js";
import { bootstrap, changes, messages, opened, summary, TestClock } from "../fakes.js";

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
  const readTracker = new ReadTracker(store, ({ room, position }) => sent.push([room, position]), clock);
  return { clock, store, sent, readTracker };
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
