import assert from "node:assert/strict";
import { test } from "node:test";
import { exclusive } from "../../../chat/static/chat/js/lib/lock.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { settled, TestClock, TestStorage } from "../fakes.js";

/** @param {number} count */
function tabs(count) {
  const clock = new TestClock();
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  const runs = Array.from({ length: count }, () => exclusive("outbox", { locks: undefined, storage, clock }));
  return { clock, runs };
}

test("without the Web Locks API a lease lets one tab in at a time", async () => {
  const { clock, runs } = tabs(3);
  let inside = 0;
  let most = 0;
  let done = 0;
  for (const run of runs) {
    void run(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => clock.setTimeout(() => resolve(null), 1_000));
      inside -= 1;
      done += 1;
    });
  }
  await clock.turn(10_000);
  assert.equal(most, 1);
  assert.equal(done, 3);
});

test("a lease is renewed for as long as the task takes", async () => {
  const { clock, runs } = tabs(2);
  /** @type {string[]} */
  const order = [];
  void runs[0](async () => {
    await new Promise((resolve) => clock.setTimeout(() => resolve(null), 60_000));
    order.push("first");
  });
  await settled();
  void runs[1](async () => void order.push("second"));
  await clock.turn(59_000);
  assert.deepEqual(order, []);
  await clock.turn(5_000);
  assert.deepEqual(order, ["first", "second"]);
});

test("the lease of a tab that is gone ends by itself", async () => {
  const clock = new TestClock();
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  storage.set("lease:outbox", `somebody-else ${clock.now() + 6_000}`);
  let isIn = false;
  void exclusive("outbox", { locks: undefined, storage, clock })(async () => void (isIn = true));
  await clock.turn(5_000);
  assert.equal(isIn, false);
  await clock.turn(2_000);
  assert.equal(isIn, true);
});
