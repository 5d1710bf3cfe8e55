import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../../chat/static/chat/js/net/connection.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { Sync } from "../../../chat/static/chat/js/state/sync.js";
import { bootstrap, changes, hello, message, messages, opened, present, settled, summary, TestClock } from "../fakes.js";

/** @import { Frame, Message } from "../../../chat/static/chat/js/net/protocol.js" */

/** A connection whose every command waits for the test's answer. */
class Line {
  /** @type {{command: Frame, answer: (reply: object) => void, refuse: (code: string) => void}[]} */
  asked = [];
  /** @type {Frame[]} */
  sent = [];

  /**
   * @param {Frame} command
   * @returns {Promise<any>}
   */
  request = (command) =>
    new Promise((resolve, reject) => {
      this.asked.push({ command, answer: resolve, refuse: (code) => reject(new CommandError({ code, message: code })) });
    });

  /** @param {Frame} command */
  send = (command) => void this.sent.push(command);

  get last() {
    return present(this.asked.at(-1));
  }
}

function shown({ held = messages(1, 3) } = {}) {
  const clock = new TestClock();
  const line = new Line();
  const rooms = [summary({ message_count: held.length }), summary({ id: 2, slug: "launch", name: "Launch" })];
  const store = new Store(bootstrap(opened(held), rooms), clock);
  const sync = new Sync(line, store, clock);
  sync.current = 1;
  sync.apply(hello({ rooms: rooms.map((room) => room.id) }));
  return { clock, line, store, sync, room: present(store.rooms.get(1)) };
}

/**
 * @param {Message[]} held
 * @param {number} revision
 */
const resumed = (held, revision) => ({ ...opened(held), revision, reset: false });

test("after every hello the shown room is opened from the revision that is held", async () => {
  const { line, sync } = shown();
  assert.deepEqual(line.last.command, { type: "open", room: 1, since: 3, limit: 50 });
  assert.equal(sync.caughtUp, false);
  line.last.answer(resumed([], 3));
  await settled();
  assert.equal(sync.caughtUp, true);
});

test("frames that come during an open are taken after it", async () => {
  const { line, sync, room } = shown();
  sync.apply(changes(4, 5, [message(5)]));
  line.last.answer(resumed([message(4)], 4));
  await settled();
  assert.equal(room.newest, 5);
  assert.equal(room.revision, 5);
  assert.equal(line.asked.length, 1);
});

test("a gap opens the room again", async () => {
  const { line, sync } = shown();
  line.last.answer(resumed([], 3));
  await settled();
  sync.apply(changes(7, 8, [message(8)]));
  assert.deepEqual(line.last.command, { type: "open", room: 1, since: 3, limit: 50 });
  assert.equal(sync.caughtUp, false);
});

test("only the reply to the newest open counts", async () => {
  const { line, sync, store } = shown();
  const [first] = line.asked;
  void sync.show(2);
  void sync.show(1);
  first.answer(resumed([message(4)], 4));
  await settled();
  assert.equal(sync.caughtUp, false);
  line.last.answer(resumed([message(4), message(5)], 5));
  await settled();
  assert.equal(present(store.rooms.get(1)).newest, 5);
  assert.equal(sync.caughtUp, true);
});

test("showing another room closes the one before", () => {
  const { line, sync } = shown();
  void sync.show(2);
  assert.deepEqual(line.sent, [{ type: "close", room: 1 }]);
  assert.deepEqual(line.last.command, { type: "open", room: 2, since: undefined, limit: 50 });
});

test("a ping that is ahead may only be early; at the next one the room is opened again", async () => {
  const { line, sync } = shown();
  line.last.answer(resumed([], 3));
  await settled();
  sync.pong({ 1: 5 });
  assert.equal(line.asked.length, 1);
  sync.pong({ 1: 6 });
  assert.equal(line.asked.length, 2);
});

test("a ping that was only early has no effect", async () => {
  const { line, sync } = shown();
  line.last.answer(resumed([], 3));
  await settled();
  sync.pong({ 1: 5 });
  sync.apply(changes(3, 5, messages(4, 5)));
  sync.pong({ 1: 6 });
  assert.equal(line.asked.length, 1);
});

test("a refused room emits an error, one that is unavailable is asked for again", async () => {
  const { clock, line, sync } = shown();
  /** @type {number[]} */
  const refused = [];
  sync.on("refused", (room) => refused.push(room));
  line.last.refuse("unavailable");
  await clock.turn(2_000);
  assert.equal(line.asked.length, 2);
  line.last.refuse("forbidden");
  await settled();
  assert.deepEqual(refused, [1]);
});

test("older messages are asked for once at a time, before the oldest that is held", async () => {
  const { line, sync, room } = shown({ held: messages(101, 150) });
  const reading = sync.older(1);
  assert.equal(await sync.older(1), false);
  assert.deepEqual(line.last.command, { type: "history", room: 1, before: 101, limit: 100 });
  line.last.answer({ messages: messages(1, 100), has_older: false, has_newer: true });
  assert.equal(await reading, true);
  assert.equal(room.messages.length, 150);
  assert.equal(await sync.older(1), false);
});

test("a message that changes while its page of history is under way is held in its new state", async () => {
  const { line, sync, store, room } = shown({ held: messages(101, 150) });
  const reading = sync.older(1);
  store.apply(changes(150, 151, [message(7, { revision: 151, body: "edited" })]));
  store.apply(changes(151, 152, [], { extras: [{ id: 108, position: 8, revision: 152, extras: { seen: true } }] }));
  line.last.answer({ messages: messages(1, 100), has_older: false, has_newer: true });
  await reading;
  assert.equal(room.messages[6].body, "edited");
  assert.deepEqual([room.messages[7].body, room.messages[7].extras], ["message 8", { seen: true }]);
});

test("a page of history is dropped when the window has been replaced meanwhile", async () => {
  const { line, sync, store, room } = shown({ held: messages(101, 150) });
  const reading = sync.older(1);
  store.opened(opened(messages(801, 850)));
  line.last.answer({ messages: messages(1, 100), has_older: false, has_newer: true });
  assert.equal(await reading, false);
  assert.equal(room.oldest, 801);
});
