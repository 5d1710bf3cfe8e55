import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox, threadPlace, unsentTexts } from "../../../chat/static/chat/js/net/outbox.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { message, mina, settled, TestClock, TestStorage } from "../fakes.js";

/** @import { Command } from "../../../chat/static/chat/js/net/protocol.js" */

function world() {
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  /** @type {Command[]} */
  const received = [];
  /** @param {Command} command */
  const deliver = async (command) => {
    received.push(command);
    return { message: message(1, { author: mina, key: command.key, body: command.body }) };
  };
  const outbox = new Outbox({ storage, exclusive: (task) => task(), deliver, clock: new TestClock(), random: () => 0.5 });
  return { storage, received, outbox };
}

test("a reply in a thread waits beside its message, and not among the messages of the room", async () => {
  const { outbox, storage, received } = world();
  outbox.send(7, "the left one", null, { thread: 90, also: true });
  assert.deepEqual(outbox.in(7), []);
  assert.equal(outbox.in(threadPlace(90)).length, 1);
  assert.equal(unsentTexts(storage), 1);
  outbox.start();
  await settled();
  const [{ key, ...command }] = received;
  assert.deepEqual(command, { type: "send", room: 7, body: "the left one", reply_to: undefined, poll: undefined, thread: 90, also_in_room: true });
  assert.equal(typeof key, "string");
  assert.deepEqual(outbox.items, []);
});

test("a tab of an earlier version does not find a reply in a thread, which it would send to the room", () => {
  const { outbox, storage } = world();
  const item = outbox.send(7, "hi", null, { thread: 90 });
  assert.deepEqual(storage.names("outbox:"), []);
  outbox.discard(item.id);
  assert.deepEqual(outbox.items, []);
});
