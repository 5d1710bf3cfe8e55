import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../../chat/static/chat/js/net/connection.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { Sync } from "../../../chat/static/chat/js/state/sync.js";
import { bootstrap, changes, hello, message, messages, opened, present, settled, summary, TestClock } from "../fakes.js";

/** @import { Command, Message } from "../../../chat/static/chat/js/net/protocol.js" */

/** A connection whose every command waits for the test's answer. */
class Line {
  /** @type {{command: Command, answer: (reply: object) => void, refuse: (code: string) => void}[]} */
  asked = [];
  /** @type {Command[]} */
  sent = [];

  /**
   * @param {Command} command
   * @returns {Promise<any>}
   */
  request = (command) =>
    new Promise((resolve, reject) => {
      this.asked.push({ command, answer: resolve, refuse: (code) => reject(new CommandError({ code, message: code })) });
    });

  /** @param {Command} command */
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
  assert.equal(room.tail.oldest, 801);
});

/** Mina is in a room with 900 messages at revision 900, of which the newest 50 are held, and has been live. */
async function live() {
  const all = shown({ held: messages(851, 900) });
  all.line.last.answer(resumed([], 900));
  await settled();
  return all;
}

/**
 * @param {number} from
 * @param {number} to
 */
const page = (from, to) => ({ messages: messages(from, to), has_older: from > 1, has_newer: to < 900 });

test("messages around a position are asked for once, and then extended on both sides", async () => {
  const { line, sync, room } = await live();
  const going = sync.around(1, 400);
  assert.deepEqual(line.last.command, { type: "history", room: 1, around: 400, limit: 100 });
  line.last.answer(page(350, 449));
  await going;
  const [older, newer] = [sync.older(1), sync.newer(1)];
  const [before, after] = line.asked.slice(-2);
  assert.deepEqual(before.command, { type: "history", room: 1, before: 350, limit: 100 });
  assert.deepEqual(after.command, { type: "history", room: 1, after: 449, limit: 100 });
  before.answer(page(250, 349));
  after.answer(page(450, 549));
  assert.deepEqual(await Promise.all([older, newer]), [true, true]);
  assert.deepEqual([room.shown.oldest, room.shown.newest], [250, 549]);
});

test("at the newest message there is nothing newer to ask for", async () => {
  const { line, sync } = await live();
  const asked = line.asked.length;
  assert.equal(await sync.newer(1), false);
  assert.equal(line.asked.length, asked);
});

test("without a connection the reader comes to the message once it is back", async () => {
  const { line, sync, room } = await live();
  sync.lost();
  void sync.around(1, 400);
  line.last.refuse("disconnected");
  await settled();
  sync.apply(hello());
  line.last.answer(resumed([], 900));
  await settled();
  assert.deepEqual(line.last.command, { type: "history", room: 1, around: 400, limit: 100 });
  line.last.answer(page(350, 449));
  await settled();
  assert.equal(room.shown.oldest, 350);
});

test("a page around a message that the reader has left meanwhile is dropped", async () => {
  const { line, sync, room } = await live();
  const going = sync.around(1, 400);
  void sync.around(1, null);
  line.last.answer(page(350, 449));
  await going;
  assert.equal(room.detached, null);
});

test("the message that the reader goes to last is shown, whichever page comes last", async () => {
  const { line, sync, room } = await live();
  void sync.around(1, 400);
  const first = line.last;
  void sync.around(1, 200);
  line.last.answer(page(150, 249));
  await settled();
  first.answer(page(350, 449));
  await settled();
  assert.equal(room.shown.oldest, 150);
});

test("a page that is unavailable is asked for again", async () => {
  const { clock, line, sync, room } = await live();
  void sync.around(1, 400);
  line.last.refuse("unavailable");
  await clock.turn(2_000);
  assert.deepEqual(line.last.command, { type: "history", room: 1, around: 400, limit: 100 });
  line.last.answer(page(350, 449));
  await settled();
  assert.equal(room.shown.oldest, 350);
});

test("who reconnects while detached gets the changes of what is shown, and is caught up", async () => {
  const { line, sync, room } = await live();
  void sync.around(1, 400);
  line.last.answer(page(350, 449));
  await settled();
  sync.lost();
  sync.apply(hello());
  line.last.answer(resumed([message(401, { revision: 901, deleted: true }), message(901, { revision: 902 })], 902));
  await settled();
  assert.equal(sync.caughtUp, true);
  assert.deepEqual([room.shown.at(401)?.deleted, room.shown.newest, room.newest], [true, 449, 901]);
});

test("who missed too much while detached is caught up only when what is shown was read again", async () => {
  const { line, sync, room } = await live();
  void sync.around(1, 400);
  line.last.answer(page(350, 449));
  await settled();
  sync.on("stale", () => void sync.around(1, 400));
  sync.lost();
  sync.apply(hello());
  line.last.answer({ ...opened(messages(2_851, 2_900)), has_older: true });
  await settled();
  assert.deepEqual([sync.caughtUp, await sync.older(1), await sync.newer(1)], [false, false, false]);
  line.last.answer({ messages: [message(400, { revision: 2_000, body: "edited" })], has_older: true, has_newer: true });
  await settled();
  assert.equal(sync.caughtUp, true);
  assert.deepEqual(room.shown.messages.map(({ body }) => body), ["edited"]);
});
