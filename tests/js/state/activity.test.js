import assert from "node:assert/strict";
import { test } from "node:test";
import { Activity, AWAY_MS } from "../../../chat/static/chat/js/state/activity.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { bootstrap, hello, opened, TestClock } from "../fakes.js";

const MINUTE = 60_000;

function made() {
  const clock = new TestClock();
  const store = new Store(bootstrap(opened([])), clock);
  /** @type {string[]} */
  const sent = [];
  const quiet = { now: false };
  const activity = new Activity({ store, clock, send: ({ state }) => sent.push(state), isQuiet: () => quiet.now });
  return { clock, store, sent, quiet, activity };
}

test("who touches the device now and then is here, and nothing is sent", async () => {
  const { clock, sent, activity } = made();
  for (let minute = 0; minute < 60; minute += 5) {
    await clock.turn(5 * MINUTE);
    activity.touched();
  }
  assert.deepEqual(sent, []);
});

test("who does not touch it is away, once, and at the next touch at once here again", async () => {
  const { clock, sent, activity } = made();
  await clock.turn(3 * AWAY_MS);
  assert.deepEqual(sent, ["away"]);
  activity.touched();
  assert.deepEqual(sent, ["away", "here"]);
});

test("whom nothing may interrupt is busy, also without a touch", async () => {
  const { clock, sent, quiet } = made();
  quiet.now = true;
  await clock.turn(3 * AWAY_MS);
  assert.deepEqual(sent, ["busy"]);
  quiet.now = false;
  await clock.turn(MINUTE);
  assert.deepEqual(sent, ["busy", "away"]);
});

test("a new connection is told what differs from here", async () => {
  const { clock, store, sent } = made();
  store.apply(hello());
  await clock.turn(2 * AWAY_MS);
  store.apply(hello());
  assert.deepEqual(sent, ["away", "away"]);
});
