import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder } from "../../../chat/static/chat/js/net/decode.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { Sync } from "../../../chat/static/chat/js/state/sync.js";
import { bootstrap, changes, hello, message, messages, opened, present, settled, summary, TestClock } from "../fakes.js";

/** @import { Command } from "../../../chat/static/chat/js/net/protocol.js" */

const THREAD = 31;
const thread = summary({ id: THREAD, kind: "thread", name: "", parent: 1, parent_message: 2, follows: true });

function shown() {
  /** @type {{command: Command, answer: (reply: object) => void}[]} */
  const asked = [];
  /** @param {Command} command */
  const request = (command) => new Promise((answer) => asked.push({ command, answer }));
  const store = new Store(bootstrap(opened(messages(1, 3)), [summary()]), new TestClock());
  const sync = new Sync({ request, send: () => {} }, store, new TestClock());
  const beside = new Sync({ request, send: () => {} }, store, new TestClock());
  sync.current = 1;
  return { store, sync, beside, asked };
}

/** @param {import("../../../chat/static/chat/js/net/protocol.js").Message[]} held */
const openedThread = (held) => ({ ...opened(held.map((one) => ({ ...one, room: THREAD }))), room: { ...thread, message_count: held.length, counted: held.length } });

test("a thread is kept open beside the room, and is in no list of rooms", async () => {
  const { store, sync, beside, asked } = shown();
  void beside.show(THREAD);
  assert.equal(present(asked.at(-1)).command.room, THREAD);
  present(asked.at(-1)).answer(openedThread(messages(1, 2)));
  await settled();
  const held = present(store.threads.get(THREAD));
  sync.apply({ ...changes(2, 3, [message(3, { room: THREAD })]), room: THREAD });
  assert.deepEqual(held.messages.map(({ position }) => position), [1, 2, 3]);
  assert.deepEqual([...store.rooms.keys()], [1]);
  sync.apply(hello({ rooms: [1] }));
  assert.equal(store.threads.get(THREAD), held);
});

test("a thread ends with its room", async () => {
  const { store, beside, asked } = shown();
  void beside.show(THREAD);
  present(asked.at(-1)).answer(openedThread(messages(1, 2)));
  await settled();
  store.apply({ type: "room_removed", room: 1, reason: "removed" });
  assert.equal(store.threads.size, 0);
});

test("what is unread in threads belongs to the room", () => {
  const { store } = shown();
  store.apply({ type: "threads", room: 1, unread: 2, mentions: 1 });
  store.apply({ type: "threads", room: 9, unread: 2, mentions: 1 });
  const { unread, mentions } = present(store.rooms.get(1)).summary.threads;
  assert.deepEqual([unread, mentions], [2, 1]);
});

test("absent threads of a summary are none, and people of a thread are whole", () => {
  const decoder = new Decoder();
  const mina = { id: 7, username: "mina", name: "Mina" };
  const plain = { id: 1, slug: "a", name: "A", kind: "public", revision: 1, message_count: 0 };
  const frame = /** @type {any} */ (decoder.decode({ type: "room", room: plain }));
  assert.deepEqual([frame.room.threads, frame.room.parent, frame.room.follows], [{ unread: 0, mentions: 0 }, null, false]);
  const extras = { thread: { room: 31, count: 1, people: [7] } };
  const changed = /** @type {any} */ (decoder.decode({ type: "changes", room: 1, since: 1, revision: 2, users: [mina], extras: [{ id: 2, position: 1, revision: 2, extras }] }));
  assert.equal(changed.extras[0].extras.thread.people[0].name, "Mina");
});
