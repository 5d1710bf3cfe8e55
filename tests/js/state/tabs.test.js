import assert from "node:assert/strict";
import { test } from "node:test";
import { exclusive } from "../../../chat/static/chat/js/lib/lock.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { Tabs } from "../../../chat/static/chat/js/state/tabs.js";
import { TestClock, TestStorage } from "../fakes.js";

function browser() {
  const clock = new TestClock();
  const shared = new TestStorage();
  const open = () => {
    const storage = new ScopedStorage(shared, { epoch: "one", user: 1 });
    return new Tabs({ storage, clock, exclusive: exclusive("notifications", { locks: undefined, storage, clock }) });
  };
  return { clock, open };
}

test("one of several tabs is the leader", async () => {
  const { clock, open } = browser();
  const tabs = [open(), open(), open()];
  await clock.turn(10_000);
  assert.equal(tabs.filter((tab) => tab.isLeader).length, 1);
});

test("all tabs know which room the person looks at, until they look away", async () => {
  const { clock, open } = browser();
  const [one, other] = [open(), open()];
  one.view(7);
  await clock.turn(120_000);
  for (const tab of [one, other]) assert.deepEqual([tab.isViewed(7), tab.isViewed(8)], [true, false]);
  one.view(null);
  for (const tab of [one, other]) assert.equal(tab.isViewed(7), false);
});

test("a tab that loses the focus after another got it does not change what that looks at", () => {
  const { open } = browser();
  const [one, other] = [open(), open()];
  one.view(7);
  other.view(8);
  one.view(null);
  assert.equal(one.isViewed(8), true);
  assert.equal(one.isViewed(7), false);
});

test("a tab that ended without notice looks at nothing after a while", () => {
  const { clock, open } = browser();
  open().view(7);
  const other = open();
  assert.equal(other.isViewed(7), true);
  clock.sleep(60_000);
  assert.equal(other.isViewed(7), false);
});
