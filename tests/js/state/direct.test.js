import assert from "node:assert/strict";
import { test } from "node:test";
import { Items, isBlocked, isHidden } from "../../../chat/static/chat/js/state/items.js";
import { directWith } from "../../../chat/static/chat/js/state/direct.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { bootstrap, joon, messages, mina, opened, summary, TestClock, TestStorage } from "../fakes.js";

const ada = { ...joon, id: 3, username: "ada", name: "Ada" };

/** @param {Partial<import("../../../chat/static/chat/js/net/protocol.js").RoomSummary>} more */
const direct = (more) => summary({ kind: "direct", ...more });

test("the conversation of some people is the one with exactly these", () => {
  const open = opened(messages(1, 1));
  const held = [open.room, direct({ id: 2, people: [joon] }), direct({ id: 3, people: [joon, ada] }), direct({ id: 4, people: [mina] })];
  const store = new Store(bootstrap(open, held), new TestClock());
  assert.equal(directWith(store, [joon.id])?.id, 2);
  assert.equal(directWith(store, [ada.id, joon.id])?.id, 3);
  assert.equal(directWith(store, [mina.id])?.id, 4);
  assert.equal(directWith(store, [ada.id]), null);
});

test("a hidden conversation comes back with its next message", () => {
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  const items = new Items({ storage, clock: new TestClock(), request: () => new Promise(() => {}) });
  const room = { id: 2, summary: direct({ id: 2, message_count: 5 }) };
  assert.equal(isHidden(items, room), false);
  void items.set("hidden", 2, { position: 5 });
  assert.equal(isHidden(items, room), true);
  room.summary.message_count = 6;
  assert.equal(isHidden(items, room), false);
});

test("a person is blocked until they are unblocked", () => {
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  const items = new Items({ storage, clock: new TestClock(), request: () => new Promise(() => {}) });
  assert.equal(isBlocked(items, joon.id), false);
  void items.set("blocks", joon.id, true);
  assert.equal(isBlocked(items, joon.id), true);
  void items.set("blocks", joon.id, null);
  assert.equal(isBlocked(items, joon.id), false);
});
