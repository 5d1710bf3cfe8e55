import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../../chat/static/chat/js/net/connection.js";
import { Items } from "../../../chat/static/chat/js/state/items.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { hello, item, TestStorage, settled, TestClock } from "../fakes.js";

/** @import { Command } from "../../../chat/static/chat/js/net/protocol.js" */

/**
 * A command of the items, and the test's way to answer it.
 * @typedef {object} Asked
 * @property {object} command
 * @property {(reply: object) => void} answer
 * @property {(code: string, retry_after?: number | null) => void} refuse
 */

function desk({ storage = new TestStorage() } = {}) {
  const clock = new TestClock();
  /** @type {Asked[]} */
  const asked = [];
  /** @param {Command} command */
  const request = (command) =>
    new Promise((resolve, reject) => {
      asked.push({
        command,
        answer: resolve,
        refuse: (code, retry_after = null) => reject(new CommandError({ code, message: code, retry_after })),
      });
    });
  const scoped = new ScopedStorage(storage, { epoch: "one", user: 1 });
  const items = new Items({ storage: scoped, request, clock });
  /** @type {[string, unknown][]} */
  const events = [];
  for (const name of /** @type {const} */ (["change", "complete", "refused"])) items.on(name, (detail) => events.push([name, detail]));
  return { clock, asked, items, storage, events };
}

/**
 * @param {number} since
 * @param {number} revision
 * @param {import("../../../chat/static/chat/js/net/protocol.js").Item[]} held
 * @returns {import("../../../chat/static/chat/js/net/protocol.js").MeChanges}
 */
const changes = (since, revision, held, reset = false) => ({ type: "me_changes", since, revision, reset, items: held });

test("a client whose revision is that of the hello asks for nothing", () => {
  const { items, asked, events } = desk();
  items.apply(hello({ me: 0 }));
  assert.deepEqual(asked, []);
  assert.deepEqual(events, [["complete", null]]);
});

test("a client that holds less asks for what it lacks, and keeps it across reloads", async () => {
  const { items, asked, storage } = desk();
  items.apply(hello({ me: 4 }));
  assert.deepEqual(asked[0].command, { type: "me", since: 0 });
  asked[0].answer({ revision: 4, reset: false, items: [item(4)] });
  await settled();
  assert.equal(items.value("favourite", 1), true);
  const again = desk({ storage });
  assert.equal(again.items.value("favourite", 1), true);
  again.items.apply(hello({ me: 4 }));
  assert.deepEqual(again.asked, []);
});

test("of each item the newest state is kept, whichever comes last", () => {
  const { items } = desk();
  items.apply(hello());
  items.apply(changes(0, 2, [item(2, { value: null })]));
  items.apply(changes(0, 1, [item(1)]));
  assert.equal(items.value("favourite", 1), null);
  assert.equal(items.revision, 2);
});

test("a frame that begins after what is held is used, and what is missing is asked for", async () => {
  const { items, asked } = desk();
  items.apply(hello());
  items.apply(changes(3, 4, [item(4)]));
  assert.equal(items.value("favourite", 1), true);
  assert.equal(items.revision, 0);
  assert.deepEqual(asked[0].command, { type: "me", since: 0 });
  asked[0].answer({ revision: 4, reset: false, items: [item(3, { key: "2" }), item(4)] });
  await settled();
  assert.equal(items.value("favourite", 2), true);
  assert.equal(items.revision, 4);
});

test("a reset forgets what it does not name, but nothing that is newer", () => {
  const { items } = desk();
  items.apply(hello());
  items.apply(changes(0, 1, [item(1)]));
  items.apply(changes(1, 3, [item(3, { key: "3" })]));
  items.apply(changes(0, 2, [item(2, { key: "2" })], true));
  assert.equal(items.value("favourite", 1), undefined);
  assert.equal(items.value("favourite", 2), true);
});

test("what is set shows at once, and is sent again after a connection that ended without an answer", async () => {
  const { items, asked } = desk();
  items.apply(hello());
  void items.set("favourite", 1, true);
  assert.equal(items.value("favourite", 1), true);
  assert.equal(items.confirmed("favourite", 1), undefined);
  asked[0].refuse("disconnected");
  await settled();
  items.apply(hello());
  assert.deepEqual(asked[1].command, { type: "set_item", kind: "favourite", key: "1", value: true });
  asked[1].answer({ item: item(1) });
  await settled();
  assert.equal(items.confirmed("favourite", 1), true);
});

test("what the server refuses is taken back and reported; what came too fast is sent again", async () => {
  const { items, asked, events, clock } = desk();
  items.apply(hello());
  void items.set("favourite", 1, true);
  asked[0].refuse("rate_limited", 3);
  await clock.turn(4_999);
  assert.equal(asked.length, 1);
  await clock.turn(1);
  asked[1].refuse("forbidden");
  await settled();
  assert.equal(items.value("favourite", 1), undefined);
  assert.equal(events.at(-1)?.[0], "refused");
});

test("a read that was refused is repeated", async () => {
  const { items, asked, clock, events } = desk();
  items.apply(hello({ me: 1 }));
  asked[0].refuse("unavailable");
  await clock.turn(2_000);
  asked[1].answer({ revision: 1, reset: false, items: [item(1)] });
  await settled();
  assert.equal(items.revision, 1);
  assert.deepEqual(events, [["change", "favourite"], ["complete", null]]);
});
