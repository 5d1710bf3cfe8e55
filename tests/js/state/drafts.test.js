import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, DraftSync } from "../../../chat/static/chat/js/state/drafts.js";
import { CommandError } from "../../../chat/static/chat/js/net/connection.js";
import { Items } from "../../../chat/static/chat/js/state/items.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { hello, item, TestStorage, settled, TestClock } from "../fakes.js";

/** @import { Command } from "../../../chat/static/chat/js/net/protocol.js" */

/** A browser with a storage of its own, whose server takes whatever it is sent. */
function device({ storage = new TestStorage(), isOnline = true, limit = 100 } = {}) {
  const clock = new TestClock();
  /** @type {Command[]} */
  const sent = [];
  /** @type {number[]} */
  const replaced = [];
  let revision = 0;
  const line = { isOnline };
  /** @param {Command} command */
  const request = async (command) => {
    if (!line.isOnline) throw new CommandError({ code: "disconnected", message: "" });
    if (command.type === "me") return { revision, reset: false, items: [] };
    sent.push(command);
    revision += 1;
    return { item: item(revision, { kind: command.kind, key: command.key, value: command.value.text ? command.value : null }) };
  };
  const scoped = new ScopedStorage(storage, { epoch: "one", user: 1 });
  const drafts = new Drafts(scoped);
  const items = new Items({ storage: scoped, request, clock });
  const sync = new DraftSync({ storage: scoped, drafts, items, limit: () => limit, replaced: (room) => replaced.push(room), clock });
  /** @param {string} text */
  const type = (text) => {
    drafts.set(1, text);
    sync.changed(1);
  };
  /** @param {string} text */
  const elsewhere = (text) => {
    revision += 1;
    const value = text ? { text, at: "2026-03-02T09:00:00Z" } : null;
    items.apply({ type: "me_changes", since: revision - 1, revision, reset: false, items: [item(revision, { kind: "draft", value })] });
  };
  return { clock, sent, replaced, drafts, items, sync, type, elsewhere, storage, line };
}

test("a draft is sent once, two seconds after the last key", async () => {
  const { type, clock, sent } = device();
  type("h");
  await clock.turn(1_999);
  type("hi");
  await clock.turn(1_999);
  assert.equal(sent.length, 0);
  await clock.turn(1);
  assert.deepEqual(sent.map(({ kind, key, value }) => [kind, key, value.text]), [["draft", "1", "hi"]]);
});

test("an emptied draft is sent at once, one that the server never had is not", async () => {
  const { type, clock, sent } = device();
  type("");
  await clock.turn(0);
  assert.equal(sent.length, 0);
  type("hi");
  await clock.turn(2_000);
  type("");
  await clock.turn(0);
  assert.deepEqual(sent.map(({ value }) => value.text), ["hi", ""]);
});

test("what another device typed takes the place of a draft that nobody touched since", async () => {
  const { elsewhere, drafts, replaced, type, clock } = device();
  elsewhere("from the phone");
  assert.equal(drafts.get(1), "from the phone");
  type("from here");
  await clock.turn(2_000);
  elsewhere("from the phone again");
  assert.equal(drafts.get(1), "from the phone again");
  assert.ok(replaced.length >= 2);
  elsewhere("");
  assert.equal(drafts.get(1), "");
});

test("what was typed here and not sent yet is not replaced", async () => {
  const { elsewhere, drafts, type, clock, sent } = device();
  type("typed here");
  elsewhere("from the phone");
  assert.equal(drafts.get(1), "typed here");
  await clock.turn(2_000);
  assert.deepEqual(sent.map(({ value }) => value.text), ["typed here"]);
});

test("what was typed here while the last text was being sent is not replaced by its echo", async () => {
  const { elsewhere, drafts, type, sync } = device();
  type("one");
  sync.flush();
  type("one two");
  elsewhere("one");
  assert.equal(drafts.get(1), "one two");
});

test("what was typed without a connection is sent after a reload, with the time at which it was typed", async () => {
  const first = device({ isOnline: false });
  first.type("on the train");
  await first.clock.turn(2_000);
  assert.equal(first.sent.length, 0);
  const second = device({ storage: first.storage });
  second.elsewhere("older, from the phone");
  assert.equal(second.drafts.get(1), "on the train");
  second.items.apply(hello({ me: 1 }));
  await settled();
  assert.deepEqual(second.sent.map(({ value }) => value), [{ text: "on the train", at: "2026-03-02T09:00:00.000Z" }]);
});

test("a text that is too long for a message stays here until it is shorter", async () => {
  const { type, clock, sent } = device({ limit: 3 });
  type("long");
  await clock.turn(2_000);
  assert.equal(sent.length, 0);
  type("lon");
  await clock.turn(2_000);
  assert.equal(sent.length, 1);
});
