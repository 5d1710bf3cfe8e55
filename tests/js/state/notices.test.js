/** What is told to the others: that I type, and how far I have read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadTracker } from "../../../chat/static/chat/js/state/read_tracker.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { TypingNotice } from "../../../chat/static/chat/js/state/typing.js";
import { bootstrap, changes, messages, opened, summary, TestClock } from "../fakes.js";

function typing() {
  const clock = new TestClock();
  const told = [];
  const notice = new TypingNotice(({ room, on }) => told.push([room, on]), clock);
  return { clock, told, notice };
}

test("typing is told at most once per 3 s", async () => {
  const { clock, told, notice } = typing();
  for (let key = 0; key < 10; key += 1) {
    notice.input(1, true);
    await clock.turn(500);
  }
  assert.deepEqual(told, [[1, true], [1, true]]);
});

test("who stops, or empties the field, is told to have stopped, once", () => {
  const { told, notice } = typing();
  notice.input(1, true);
  notice.input(1, false);
  notice.stop();
  assert.deepEqual(told, [[1, true], [1, false]]);
});

test("what has expired by itself need not be taken back", async () => {
  const { clock, told, notice } = typing();
  notice.input(1, true);
  await clock.turn(10_000);
  notice.stop();
  assert.deepEqual(told, [[1, true]]);
});

function reader() {
  const clock = new TestClock();
  const store = new Store(bootstrap(opened(messages(1, 3)), [summary(), summary({ id: 2 })]), clock);
  store.apply(changes(3, 9, messages(4, 9)));
  const told = [];
  const readTracker = new ReadTracker(store, ({ room, position }) => told.push([room, position]), clock);
  return { clock, store, told, readTracker };
}

test("the furthest position is sent when the visible messages stop changing", async () => {
  const { clock, told, readTracker } = reader();
  for (const position of [4, 6, 5]) {
    readTracker.seen(1, position);
    await clock.turn(100);
  }
  assert.deepEqual(told, []);
  await clock.turn(300);
  assert.deepEqual(told, [[1, 6]]);
});

test("the read position is sent every second while messages keep arriving", async () => {
  const { clock, told, readTracker } = reader();
  for (let position = 4; position <= 13; position += 1) {
    readTracker.seen(1, position);
    await clock.turn(200);
  }
  assert.deepEqual(told, [[1, 8], [1, 13]]);
});

test("what was told or read already is not told again, but for a new connection", async () => {
  const { clock, store, told, readTracker } = reader();
  readTracker.seen(1, 3);
  readTracker.seen(1, 6);
  await clock.turn(300);
  readTracker.seen(1, 6);
  await clock.turn(300);
  assert.deepEqual(told, [[1, 6]]);
  readTracker.restart();
  readTracker.seen(1, 6);
  await clock.turn(300);
  assert.deepEqual(told, [[1, 6], [1, 6]]);
  store.read(1, 9);
  readTracker.seen(1, 9);
  await clock.turn(300);
  assert.equal(told.length, 2);
});

test("leaving a room or the page sends the read position at once", () => {
  const { told, readTracker } = reader();
  readTracker.seen(1, 6);
  readTracker.seen(2, 1);
  assert.deepEqual(told, [[1, 6]]);
  readTracker.flush();
  assert.deepEqual(told, [[1, 6], [2, 1]]);
});
