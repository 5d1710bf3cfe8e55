import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../../chat/static/chat/js/net/connection.js";
import { Outbox } from "../../../chat/static/chat/js/net/outbox.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { message, mina, settled, TestClock, TestStorage } from "../fakes.js";

/** @import { Exclusive } from "../../../chat/static/chat/js/lib/lock.js" */
/** @import { Command, WireError } from "../../../chat/static/chat/js/net/protocol.js" */

const whose = { epoch: "one", user: 1 };

/** A server that stores each key once, and replies as each test requires. */
class Server {
  /** What it was sent, in order. @type {Command[]} */
  received = [];
  /** Codes with which it refuses the next commands. @type {(Partial<WireError> & {code: string})[]} */
  refusals = [];
  isHolding = false;
  /** @type {{resolve: (value: void) => void, reject: (error: Error) => void}[]} */
  #held = [];

  /** @param {Command} command */
  deliver = async (command) => {
    if (this.isHolding) await /** @type {Promise<void>} */ (new Promise((resolve, reject) => this.#held.push({ resolve, reject })));
    const refusal = this.refusals.shift();
    if (refusal) throw new CommandError({ message: refusal.code, ...refusal });
    this.received.push(command);
    return { message: message(this.received.length, { author: mina, key: command.key, body: command.body }) };
  };

  release() {
    this.isHolding = false;
    for (const { resolve } of this.#held.splice(0)) resolve();
  }

  disconnect() {
    this.isHolding = false;
    for (const { reject } of this.#held.splice(0)) reject(new CommandError({ code: "disconnected", message: "" }));
  }

  get bodies() {
    return this.received.map((command) => command.body);
  }
}

/**
 * The Web Locks API as far as it matters here: one task at a time.
 * @returns {Exclusive}
 */
function oneAtATime() {
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return (task) => {
    const run = last.then(task);
    last = run.catch(() => {});
    return run;
  };
}

function world() {
  return { clock: new TestClock(), storage: new TestStorage(), server: new Server(), exclusive: oneAtATime() };
}

/**
 * A tab of a browser.
 * @param {ReturnType<typeof world>} here
 */
function tab({ clock, storage, server, exclusive }, { user = 1, epoch = "one" } = {}) {
  const scoped = new ScopedStorage(storage, { epoch, user });
  return new Outbox({ storage: scoped, exclusive, deliver: server.deliver, clock, random: () => 0.5 });
}

/**
 * The keys of the messages in an outbox.
 * @param {Outbox} outbox
 */
function keys(outbox) {
  return outbox.items.flatMap((item) => (item.kind === "send" ? [item.key] : []));
}

test("messages go out in order, each after the ack of the one before", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  here.server.isHolding = true;
  for (const body of ["one", "two", "three"]) outbox.send(1, body);
  await settled();
  assert.deepEqual(here.server.bodies, []);
  here.server.release();
  await settled();
  assert.deepEqual(here.server.bodies, ["one", "two", "three"]);
  assert.deepEqual(outbox.items, []);
});

test("an ack hands over the stored message", async () => {
  const here = world();
  const outbox = tab(here);
  /** @type {string[]} */
  const acked = [];
  outbox.on("acked", ({ message }) => acked.push(message.body));
  outbox.start();
  outbox.send(1, "one");
  await settled();
  assert.deepEqual(acked, ["one"]);
});

test("what was not acked when the connection ended is sent again with the same key", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  here.server.isHolding = true;
  outbox.send(1, "one");
  const [key] = keys(outbox);
  await settled();
  here.server.disconnect();
  await settled();
  assert.equal(outbox.unsent, 1);
  outbox.start();
  await settled();
  assert.deepEqual(here.server.received.map((command) => command.key), [key]);
});

test("unsent messages outlive the page, and go out before what is written later", async () => {
  const here = world();
  const before = tab(here);
  before.send(1, "one");
  before.send(1, "two");
  const after = tab(here);
  assert.equal(after.unsent, 2);
  after.send(1, "three");
  after.start();
  await settled();
  assert.deepEqual(here.server.bodies, ["one", "two", "three"]);
});

test("two tabs send what both hold once, and in order", async () => {
  const here = world();
  tab(here).send(1, "one");
  const [left, right] = [tab(here), tab(here)];
  here.server.isHolding = true;
  left.start();
  right.start();
  right.send(1, "two");
  left.send(1, "three");
  await settled();
  here.server.release();
  await settled();
  assert.deepEqual(here.server.bodies, ["one", "two", "three"]);
});

test("a tab whose connection is gone leaves the rest to another", async () => {
  const here = world();
  const [left, right] = [tab(here), tab(here)];
  left.start();
  here.server.isHolding = true;
  left.send(1, "one");
  await settled();
  right.start();
  here.server.disconnect();
  await settled();
  assert.deepEqual(here.server.bodies, ["one"]);
});

test("another person in the same browser, or another epoch, never sees them", async () => {
  const here = world();
  tab(here).send(1, "mine");
  for (const other of [{ user: 2 }, { epoch: "two" }]) {
    const outbox = tab(here, other);
    outbox.start();
    await settled();
    assert.deepEqual(outbox.items, []);
  }
  assert.deepEqual(here.server.received, []);
});

test("a rate limit is waited out, and order holds", async () => {
  const here = world();
  const outbox = tab(here);
  here.server.refusals = [{ code: "rate_limited", retry_after: 3 }];
  outbox.start();
  outbox.send(1, "one");
  outbox.send(1, "two");
  await here.clock.turn(2_999);
  assert.deepEqual(here.server.bodies, []);
  await here.clock.turn(1);
  assert.deepEqual(here.server.bodies, ["one", "two"]);
});

test("an unavailable server is tried again with the same key", async () => {
  const here = world();
  const outbox = tab(here);
  here.server.refusals = [{ code: "unavailable" }, { code: "unavailable" }];
  outbox.start();
  outbox.send(1, "one");
  const [key] = keys(outbox);
  await here.clock.turn(2_000);
  assert.deepEqual(here.server.received.map((command) => command.key), [key]);
});

for (const code of ["invalid", "forbidden", "not_found", "archived", "too_large", "conflict"]) {
  test(`a message that is refused as ${code} stays with its reason and holds up no other`, async () => {
    const here = world();
    const outbox = tab(here);
    here.server.refusals = [{ code, message: "Because." }];
    outbox.start();
    outbox.send(1, "refused");
    outbox.send(1, "next");
    await settled();
    assert.deepEqual(here.server.bodies, ["next"]);
    assert.deepEqual(outbox.items.map((item) => item.error), [{ code, message: "Because." }]);
    assert.equal(outbox.unsent, 0);
  });
}

test("a failed message can be tried again, with the same key, or discarded", async () => {
  const here = world();
  const outbox = tab(here);
  here.server.refusals = [{ code: "archived" }, { code: "archived" }];
  outbox.start();
  const first = outbox.send(1, "one");
  const second = outbox.send(1, "two");
  const [key] = keys(outbox);
  await settled();
  outbox.retry(first.id);
  outbox.discard(second.id);
  await settled();
  assert.deepEqual(here.server.received.map((command) => command.key), [key]);
  assert.deepEqual(outbox.items, []);
});

test("a deletion waits for its grace, and others do not wait for it", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  outbox.delete(message(3), 5_000);
  outbox.send(1, "meanwhile");
  await here.clock.turn(4_999);
  assert.deepEqual(here.server.received.map((command) => command.type), ["send"]);
  await here.clock.turn(1);
  assert.deepEqual(here.server.received.map((command) => command.type), ["send", "delete"]);
});

test("a deletion goes out after its grace though the clock was set back by a day meanwhile", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  outbox.delete(message(3), 5_000);
  here.clock.sleep(-24 * 3_600_000);
  outbox.send(1, "meanwhile");
  await settled();
  assert.deepEqual(here.server.received.map((command) => command.type), ["delete", "send"]);
});

test("a deletion that is taken back never goes out", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  const item = outbox.delete(message(3), 5_000);
  outbox.discard(item.id);
  await here.clock.turn(10_000);
  assert.deepEqual(here.server.received, []);
});

test("a page that goes sends its deletions at once, in the same turn", () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  outbox.delete(message(3), 5_000);
  outbox.hurry();
  assert.deepEqual(here.server.received.map((command) => command.type), ["delete"]);
});

test("a page that goes while it is offline leaves its deletions due", async () => {
  const here = world();
  const gone = tab(here);
  gone.delete(message(3), 5_000);
  gone.hurry();
  tab(here).start();
  await settled();
  assert.deepEqual(here.server.received.map((command) => command.type), ["delete"]);
});

test("deleting what is gone already is done", async () => {
  const here = world();
  const outbox = tab(here);
  here.server.refusals = [{ code: "not_found" }];
  outbox.start();
  outbox.delete(message(3));
  await settled();
  assert.deepEqual(outbox.items, []);
});

test("a later edit replaces one that still waits", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.edit(message(3), "once");
  outbox.edit(message(3), "twice");
  outbox.start();
  await settled();
  assert.deepEqual(here.server.bodies, ["twice"]);
});

test("order holds though the clock was set back", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.send(1, "one");
  here.clock.sleep(-3_600_000);
  outbox.send(1, "two");
  outbox.start();
  await settled();
  assert.deepEqual(here.server.bodies, ["one", "two"]);
});

test("a full storage loses nothing while the page lives", async () => {
  const here = world();
  here.storage.isFull = true;
  const outbox = tab(here);
  outbox.send(1, "one");
  outbox.start();
  await settled();
  assert.deepEqual(here.server.bodies, ["one"]);
  assert.deepEqual(new ScopedStorage(here.storage, whose).names(""), []);
});

test("a message that was never sent can be taken back while there is no connection", async () => {
  const here = world();
  const outbox = tab(here);
  const item = outbox.send(1, "never mind");
  assert.equal(outbox.isHeld(item), true);
  assert.equal(outbox.takeBack(item.id)?.body, "never mind");
  assert.equal(outbox.takeBack(item.id), null);
  outbox.start();
  await settled();
  assert.deepEqual(here.server.bodies, []);
});

test("a message sent just before the connection was lost cannot be taken back: the server may have it", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  here.server.isHolding = true;
  outbox.send(1, "one");
  outbox.send(1, "two");
  await settled();
  assert.deepEqual(outbox.items.map((item) => outbox.isHeld(item)), [false, false]);
  here.server.disconnect();
  await settled();
  outbox.pause();
  assert.deepEqual(outbox.items.map((item) => outbox.isHeld(item)), [false, true]);
  outbox.start();
  await settled();
  assert.deepEqual(here.server.bodies, ["one", "two"]);
});

test("a reaction that is set without a connection is sent on the next one, in its last state", async () => {
  const here = world();
  const outbox = tab(here);
  const [said, other] = [message(1), message(2)];
  outbox.react(said, "👍", true);
  outbox.react(said, "🎉", true);
  outbox.react(other, "👍", true);
  outbox.react(said, "👍", false);
  assert.equal(outbox.unsent, 0, "it is no unsent message");
  outbox.start();
  await settled();
  const sent = here.server.received.map(({ type, message, emoji, on }) => [type, message, emoji, on]);
  assert.deepEqual(sent, [
    ["react", said.id, "🎉", true],
    ["react", other.id, "👍", true],
    ["react", said.id, "👍", false],
  ]);
  assert.deepEqual(outbox.items, []);
});

test("a vote is sent once it has not changed for a moment, in its last state", async () => {
  const here = world();
  const outbox = tab(here);
  outbox.start();
  const asked = message(1);
  for (const choice of [1, 2, 3]) outbox.vote(asked, [choice]);
  await settled();
  assert.deepEqual(here.server.received, []);
  await here.clock.turn(1_000);
  assert.deepEqual(here.server.received, [{ type: "vote", message: asked.id, choices: [3] }]);
});

test("a poll is a message that is sent with its choices, and outlives the page", async () => {
  const here = world();
  tab(here).ask(1, "Lunch?", { choices: ["a", "b"], multiple: true, anonymous: false, hidden: false });
  const after = tab(here);
  assert.equal(after.unsent, 1);
  after.start();
  await settled();
  const [{ body, poll }] = here.server.received;
  assert.deepEqual([body, poll.choices, poll.multiple], ["Lunch?", ["a", "b"], true]);
  assert.deepEqual(after.items, []);
});

test("reactions keep their order among messages, and outlive the page", async () => {
  const here = world();
  const before = tab(here);
  before.send(1, "one");
  before.react(message(1), "👍", true);
  before.send(1, "two");
  const after = tab(here);
  after.start();
  await settled();
  assert.deepEqual(here.server.received.map(({ type }) => type), ["send", "react", "send"]);
});

test("a reaction that is refused is removed and reported, and does not hold up what follows", async () => {
  const here = world();
  const outbox = tab(here);
  /** @type {string[]} */
  const refused = [];
  outbox.on("refused", ({ item, error }) => refused.push(`${item.kind} ${error.code}`));
  here.server.refusals = [{ code: "rate_limited", retry_after: 1 }, { code: "conflict" }];
  outbox.start();
  outbox.react(message(1), "👍", true);
  await settled();
  await here.clock.turn(1_000);
  outbox.send(1, "next");
  await settled();
  assert.deepEqual(refused, ["react conflict"]);
  assert.deepEqual(here.server.bodies, ["next"]);
  assert.deepEqual(outbox.items, []);
});

test("of the pins and unpins of one message the last one is sent, and a refusal is reported", async () => {
  const here = world();
  const outbox = tab(here);
  /** @type {string[]} */
  const refused = [];
  outbox.on("refused", ({ item, error }) => refused.push(`${item.kind} ${error.code}`));
  for (const on of [true, false, true]) outbox.pin(message(1), on);
  outbox.pin(message(2), false);
  assert.equal(outbox.unsent, 0, "it is no unsent message");
  outbox.start();
  await settled();
  const sent = here.server.received.map(({ type, message, on }) => [type, message, on]);
  assert.deepEqual(sent, [["pin", message(1).id, true], ["pin", message(2).id, false]]);
  here.server.refusals = [{ code: "conflict" }];
  outbox.pin(message(3), true);
  await settled();
  assert.deepEqual([refused, outbox.items], [["pin conflict"], []]);
});

test("a tab with an earlier version of this module finds no reactions and pins", () => {
  const here = world();
  tab(here).react(message(1), "👍", true);
  tab(here).pin(message(1), true);
  const names = new ScopedStorage(here.storage, whose).names("outbox:");
  assert.deepEqual(names, []);
});

test("a reply is sent with the message to which it replies, and shows its quote until then", async () => {
  const here = world();
  const outbox = tab(here);
  const { id, position, author } = message(1);
  const quote = { id, position, author, text: "message 1" };
  outbox.send(1, "yes", quote);
  const [item] = outbox.items;
  assert.deepEqual(item.kind === "send" && item.quote, quote);
  outbox.start();
  await settled();
  assert.deepEqual(here.server.received.map(({ reply_to, quote }) => [reply_to, quote]), [[id, undefined]]);
});
