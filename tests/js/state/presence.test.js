import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError } from "../../../chat/static/chat/js/net/connection.js";
import { MOST_SHOWN, Presence } from "../../../chat/static/chat/js/state/presence.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { bootstrap, hello, opened, TestClock } from "../fakes.js";

/** @param {object[][]} replies the people in each reply; an empty list of replies refuses */
function made(...replies) {
  const clock = new TestClock();
  const store = new Store(bootstrap(opened([])), clock);
  /** @type {number[][]} */
  const asked = [];
  const presence = new Presence({
    store,
    clock,
    request: async ({ people }) => {
      asked.push(people);
      const reply = replies.shift();
      if (!reply) throw new CommandError({ code: "rate_limited", message: "", retry_after: 3 });
      return { people: reply };
    },
  });
  return { clock, store, presence, asked, replies };
}

test("people are named once after a moment, sorted, without those named twice", async () => {
  const { clock, presence, asked } = made([]);
  presence.show([9, 7]);
  presence.show([9, 7, 9, 8]);
  await clock.turn(1_000);
  presence.show([7, 8, 9]);
  await clock.turn(1_000);
  assert.deepEqual(asked, [[7, 8, 9]]);
});

test("no more people are named than the server reports", async () => {
  const { clock, presence, asked } = made([]);
  presence.show(Array.from({ length: MOST_SHOWN + 5 }, (_, index) => index + 1));
  await clock.turn(1_000);
  assert.equal(asked[0].length, MOST_SHOWN);
});

test("absent fields have their defaults, and of others nothing is known", async () => {
  const { clock, presence } = made([{ user: 7 }, { user: 8, state: "here", status: { text: "Tea" } }]);
  presence.show([7, 8]);
  assert.deepEqual([presence.knows(7), presence.of(7).state], [false, "unknown"]);
  await clock.turn(1_000);
  assert.deepEqual(presence.of(7), { user: 7, state: "gone", status: null });
  assert.deepEqual(presence.of(8), { user: 8, state: "here", status: { emoji: "", text: "Tea", until: null } });
  assert.equal(presence.of(9).state, "unknown");
});

test("a frame changes only the people in it", async () => {
  const { clock, store, presence } = made([{ user: 7, state: "here" }, { user: 8, state: "here" }]);
  presence.show([7, 8]);
  await clock.turn(1_000);
  let changes = 0;
  presence.on("change", () => (changes += 1));
  store.apply({ type: "presence", people: [{ user: 8 }] });
  assert.deepEqual([presence.of(7).state, presence.of(8).state, changes], ["here", "gone", 1]);
});

test("after a reconnection and after a refusal the people are named again", async () => {
  const { clock, store, presence, asked, replies } = made();
  presence.show([7]);
  await clock.turn(1_000);
  replies.push([{ user: 7, state: "away" }]);
  await clock.turn(10_000);
  assert.equal(presence.of(7).state, "away");
  replies.push([{ user: 7, state: "here" }]);
  store.apply(hello());
  await clock.turn(1_000);
  assert.equal(presence.of(7).state, "here");
  assert.deepEqual(asked, [[7], [7], [7]]);
});

test("a status that is over is none, before the server says so", async () => {
  const { clock, presence } = made([{ user: 7, state: "here", status: { text: "Tea", until: "2026-03-02T10:00:00.000Z" } }]);
  presence.show([7]);
  await clock.turn(1_000);
  assert.equal(presence.of(7).status?.text, "Tea");
  clock.sleep(3_600_000);
  assert.deepEqual(presence.of(7), { user: 7, state: "here", status: null });
});
