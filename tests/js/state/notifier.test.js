import assert from "node:assert/strict";
import { test } from "node:test";
import { Items } from "../../../chat/static/chat/js/state/items.js";
import { Notifier } from "../../../chat/static/chat/js/state/notifier.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { unreadIn } from "../../../chat/static/chat/js/views/unread_badge.js";
import { bootstrap, changes, excerpt, hello, joon, message, messages, mina, opened, rooms, summary, TestClock, TestStorage } from "../fakes.js";

/** @import { Excerpt, RoomSummary } from "../../../chat/static/chat/js/net/protocol.js" */

/**
 * Mina has General open, and is in Launch; five messages are in each, all read.
 * @param {Partial<RoomSummary>} [launch]
 */
function desk(launch = {}) {
  const clock = new TestClock();
  const storage = new ScopedStorage(new TestStorage(), { epoch: "one", user: 1 });
  const open = opened(messages(1, 5));
  const other = summary({ id: 2, slug: "launch", name: "Launch", message_count: 5, last_read: 5, last_message: excerpt(5), ...launch });
  const store = new Store(bootstrap(open, [open.room, other]), clock);
  const items = new Items({ storage, clock, request: () => new Promise(() => {}) });
  const state = { isLeader: true, isAllowed: true, viewed: 0, isQuiet: false, sound: false };
  /** @type {string[]} */
  const log = [];
  /** @type {import("../../../chat/static/chat/js/state/notifier.js").Notice[]} */
  const shown = [];
  new Notifier({
    store,
    items,
    clock,
    preferences: state,
    means: {
      isLeader: () => state.isLeader,
      isViewed: (room) => room === state.viewed,
      isAllowed: () => state.isAllowed,
      show: (notice) => {
        shown.push(notice);
        log.push(`${notice.title}: ${notice.body}`);
      },
      withdraw: (tag) => log.push(`- ${tag}`),
      playSound: () => log.push("sound"),
    },
  });
  let revision = 0;
  /** @param {string} kind @param {string | number} key @param {any} value */
  const set = (kind, key, value) => {
    revision += 1;
    items.apply({ type: "me_changes", since: revision - 1, revision, reset: false, items: [{ kind, key: String(key), value, revision }] });
  };
  /** @param {number} position @param {Partial<Excerpt>} [more] */
  const activity = (position, more = {}, room = 2) =>
    store.apply({ type: "activity", room, message_count: position, counted: position, unread: 1, last_message: excerpt(position, more) });
  return { clock, store, items, state, log, shown, set, activity };
}

test("a new message elsewhere is shown with its author, its room and its excerpt, and leads to it", () => {
  const { log, shown, activity } = desk();
  activity(6);
  activity(6);
  assert.deepEqual(log, ["Joon in Launch: message 6"]);
  assert.deepEqual(shown[0], { tag: "room-2", title: "Joon in Launch", body: "message 6", room: 2, position: 6 });
});

test("in the room on display it is shown unless the person looks at it", () => {
  const { log, store, state } = desk();
  state.viewed = 1;
  store.apply(changes(5, 6, [message(6)]));
  state.viewed = 0;
  store.apply(changes(6, 7, [message(7)]));
  assert.deepEqual(log, ["Joon in General: message 7"]);
});

test("my own messages, deleted ones and system lines are not shown", () => {
  const { log, activity } = desk();
  activity(6, { author: mina });
  activity(7, { deleted: true, text: "" });
  activity(8, { kind: "system" });
  assert.deepEqual(log, []);
});

test("only the leader among the tabs shows and plays", () => {
  const { log, state, activity } = desk();
  Object.assign(state, { isLeader: false, sound: true });
  activity(6);
  state.isLeader = true;
  activity(7);
  assert.deepEqual(log, ["sound", "Joon in Launch: message 7"]);
});

test("quiet hours, muted rooms and devices without permission show nothing", () => {
  const { log, state, set, activity } = desk();
  state.isQuiet = true;
  activity(6);
  state.isQuiet = false;
  set("notify", 2, "none");
  activity(7);
  set("notify", 2, null);
  set("setting", "notify_default", "mentions");
  activity(8);
  set("notify", 2, "all");
  state.isAllowed = false;
  activity(9);
  assert.deepEqual(log, []);
});

test("it is withdrawn when the room is read on another device, or the message is deleted, or the room is left", () => {
  const { log, store, activity } = desk();
  activity(6);
  store.apply({ type: "read", room: 2, last_read: 5, unread: 1 });
  store.apply({ type: "read", room: 2, last_read: 6, unread: 0 });
  activity(7);
  activity(7, { revision: 9, deleted: true, text: "" });
  activity(8);
  store.apply({ type: "room_removed", room: 2, reason: "removed" });
  assert.deepEqual(log, ["Joon in Launch: message 6", "- room-2", "Joon in Launch: message 7", "- room-2", "Joon in Launch: message 8", "- room-2"]);
});

test("at level mentions, a mention is shown once it is found, and no other message", () => {
  const { log, set, activity } = desk();
  set("setting", "notify_default", "mentions");
  activity(6);
  set("mentions", 2, [6]);
  set("mentions", 2, [6]);
  activity(7);
  assert.deepEqual(log, ["Joon in Launch: message 6"]);
});

test("a mention whose text is not held is shown without it", () => {
  const { log, set, activity } = desk();
  set("notify", 2, "mentions");
  activity(8);
  set("mentions", 2, [7]);
  assert.deepEqual(log, ["You were mentioned in Launch: "]);
});

test("a message is shown once, whether its mention is found before or after it", () => {
  const { log, set, activity } = desk();
  activity(6);
  set("mentions", 2, [6]);
  set("mentions", 2, [6, 7]);
  activity(7);
  assert.deepEqual(log, ["Joon in Launch: message 6", "You were mentioned in Launch: "]);
});

test("a mention that was suppressed is not shown when another room has one", () => {
  const { log, state, set } = desk();
  state.isQuiet = true;
  set("mentions", 2, [6]);
  state.isQuiet = false;
  set("mentions", 1, [6]);
  assert.deepEqual(log, ["You were mentioned in General: "]);
});

test("mentions and messages from before the page was loaded are old", () => {
  const { log, set, activity } = desk({ last_read: 0 });
  set("mentions", 2, [3, 4]);
  activity(5, { revision: 8 });
  assert.deepEqual(log, []);
});

test("what was missed without a connection is shown in one notification, which ends when all of it is read", async () => {
  const { log, clock, store, state } = desk();
  state.sound = true;
  store.apply(hello({ rooms: [1, 2, 3] }));
  const held = [
    summary({ message_count: 9, last_read: 5, last_message: excerpt(9) }),
    summary({ id: 2, slug: "launch", name: "Launch", message_count: 6, last_read: 5, last_message: excerpt(6) }),
    summary({ id: 3, slug: "new", name: "New", message_count: 4, last_message: excerpt(4) }),
  ];
  store.apply(rooms(held.slice(0, 1), true));
  store.apply(rooms(held.slice(1)));
  assert.deepEqual(log, []);
  await clock.turn(5_000);
  assert.deepEqual(log, ["sound", "New messages in 2 rooms: General, Launch"]);
  store.apply({ type: "read", room: 2, last_read: 6, unread: 0 });
  store.apply({ type: "read", room: 1, last_read: 9, unread: 0 });
  assert.deepEqual(log.slice(2), ["- missed"]);
});

test("several messages of one room that were missed are shown by the newest one", async () => {
  const { log, clock, store } = desk();
  store.apply(hello({ rooms: [1, 2] }));
  store.apply(rooms([summary({ message_count: 8, last_read: 5, last_message: excerpt(8) })]));
  await clock.turn(5_000);
  assert.deepEqual(log, ["New messages in General: Joon: message 8"]);
});

test("a single message that was missed is shown as any other", async () => {
  const { log, clock, store, activity } = desk();
  store.apply(hello({ rooms: [1, 2] }));
  store.apply(rooms([]));
  activity(6);
  await clock.turn(5_000);
  activity(7);
  assert.deepEqual(log, ["Joon in Launch: message 6", "Joon in Launch: message 7"]);
});

test("the badge counts mentions above what is read, also in muted rooms, and else is a dot", () => {
  const { store, items, set, activity } = desk();
  const unread = (viewed = 0) => unreadIn(store.rooms.values(), items, (room) => room === viewed);
  assert.deepEqual(unread(), { count: 0, hasDot: false });
  activity(6);
  assert.deepEqual([unread(), unread(2)], [{ count: 0, hasDot: true }, { count: 0, hasDot: false }]);
  set("notify", 2, "mentions");
  assert.deepEqual(unread(), { count: 0, hasDot: false });
  set("mentions", 2, [4, 6]);
  assert.deepEqual(unread(), { count: 1, hasDot: false });
  set("notify", 2, "none");
  assert.deepEqual(unread(), { count: 1, hasDot: false });
  store.apply({ type: "read", room: 2, last_read: 6, unread: 0 });
  assert.deepEqual(unread(), { count: 0, hasDot: false });
});

test("direct messages are counted like mentions, unless the room is muted", () => {
  const { store, items, set, activity } = desk({ kind: "direct" });
  activity(6);
  assert.deepEqual(unreadIn(store.rooms.values(), items, () => false), { count: 1, hasDot: false });
  set("notify", 2, "none");
  assert.deepEqual(unreadIn(store.rooms.values(), items, () => false), { count: 0, hasDot: false });
});

test("nothing is said of what a blocked person writes, and in a conversation of two a name is enough", () => {
  const { log, set, activity } = desk({ kind: "direct", name: "Joon", people: [joon] });
  set("blocks", joon.id, true);
  activity(6);
  assert.deepEqual(log, []);
  set("blocks", joon.id, null);
  activity(7);
  assert.deepEqual(log, ["Joon: message 7"]);
});
