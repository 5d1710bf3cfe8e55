import assert from "node:assert/strict";
import { test } from "node:test";
import { Items, levelOf, ownLevel } from "../../../chat/static/chat/js/state/items.js";
import { NotifyPreferences } from "../../../chat/static/chat/js/state/notify_preferences.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { hello, summary, TestClock, TestStorage } from "../fakes.js";

/** @param {string} [timeZone] */
function made(timeZone = "UTC") {
  const clock = new TestClock(); // Monday, 2 March, 9:00 UTC
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  /** @type {{[field: string]: unknown}[]} */
  const sent = [];
  const items = new Items({ storage, clock, request: (command) => (sent.push(command), new Promise(() => {})) });
  return { clock, items, sent, preferences: new NotifyPreferences(items, timeZone, clock) };
}

test("nothing is quiet at first, and there is no sound", () => {
  const { preferences } = made();
  assert.deepEqual([preferences.isQuiet, preferences.sound, preferences.pausedUntil, preferences.quietHours], [false, false, 0, null]);
});

test("a pause of an hour ends after an hour", () => {
  const { clock, preferences, sent } = made();
  void preferences.pauseForAnHour();
  assert.deepEqual(sent, [{ type: "set_item", kind: "setting", key: "paused_until", value: "2026-03-02T10:00:00.000Z" }]);
  assert.equal(preferences.isQuiet, true);
  clock.sleep(3_600_000);
  assert.deepEqual([preferences.isQuiet, preferences.pausedUntil], [false, 0]);
});

test("a pause until tomorrow ends in the morning of the person's own time zone, and can be ended before", () => {
  const { preferences } = made("Asia/Seoul"); // 18:00
  void preferences.pauseUntilTomorrow();
  assert.equal(new Date(preferences.pausedUntil).toISOString(), "2026-03-03T00:00:00.000Z");
  void preferences.resume();
  assert.equal(preferences.isQuiet, false);
});

test("quiet hours apply in the person's own time zone", () => {
  const evening = { from: 17 * 60, to: 19 * 60, days: [1] };
  for (const [zone, isQuiet] of /** @type {const} */ ([["UTC", false], ["Asia/Seoul", true]])) {
    const { preferences } = made(zone);
    void preferences.setQuietHours(evening);
    assert.equal(preferences.isQuiet, isQuiet, zone);
  }
});

test("a room without a level has the default", () => {
  const { items } = made();
  const room = { id: 1, summary: summary() };
  assert.deepEqual([ownLevel(items, room), levelOf(items, room)], [null, "all"]);
  void items.set("setting", "notify_default", "mentions");
  assert.equal(levelOf(items, room), "mentions");
  void items.set("notify", 1, "all");
  assert.deepEqual([ownLevel(items, room), levelOf(items, room)], ["all", "all"]);
  void items.set("notify", 1, null);
  assert.deepEqual([ownLevel(items, room), levelOf(items, room)], [null, "mentions"]);
});

test("until the items are held, a level that the server described applies", () => {
  const { items } = made();
  items.apply(hello({ me: 1 }));
  assert.equal(levelOf(items, { id: 1, summary: summary({ notify: "none" }) }), "none");
});
