import assert from "node:assert/strict";
import { test } from "node:test";
import { MeanwhileChanged, MessageRange, MOST_DETACHED } from "../../../chat/static/chat/js/state/message_range.js";
import { message, messages } from "../fakes.js";

const detached = () => new MessageRange({ messages: messages(51, 60), has_older: true, has_newer: true });

/** @param {MessageRange} range */
const positions = (range) => range.messages.map(({ position }) => position);

test("a detached range takes changes of what it holds, and nothing beyond its ends", () => {
  const range = detached();
  range.upsert(message(55, { revision: 90, body: "edited" }));
  range.upsert(message(50, { revision: 91 }));
  range.upsert(message(61, { revision: 92 }));
  assert.equal(range.at(55)?.body, "edited");
  assert.deepEqual(positions(range), positions(detached()));
});

test("an older state of a message changes nothing", () => {
  const range = detached();
  range.upsert(message(55, { revision: 90, body: "newest" }));
  range.upsert(message(55, { revision: 89, body: "older" }));
  range.replaceExtras({ id: 155, position: 55, revision: 88, extras: { seen: true } });
  assert.deepEqual([range.at(55)?.body, range.at(55)?.extras], ["newest", {}]);
});

test("pages extend it at both ends, and what they repeat is not doubled", () => {
  const range = detached();
  range.prepend({ messages: messages(45, 52), has_older: true });
  range.append({ messages: messages(59, 64), has_newer: false });
  assert.deepEqual(positions(range), messages(45, 64).map(({ position }) => position));
  assert.deepEqual([range.hasOlder, range.hasNewer], [true, false]);
});

test("the range up to the newest message takes what comes, and older ones only with their page", () => {
  const range = new MessageRange({ messages: messages(51, 60), has_older: true });
  range.upsert(message(62));
  range.upsert(message(61));
  range.upsert(message(50));
  assert.deepEqual(positions(range), messages(51, 62).map(({ position }) => position));
});

test("a detached range stays bounded: what grows at one end is dropped at the other", () => {
  const range = new MessageRange({ messages: messages(5_001, 5_100), has_older: true, has_newer: true });
  for (let first = 5_101; first < 6_500; first += 100) range.append({ messages: messages(first, first + 99), has_newer: true });
  assert.equal(range.messages.length, MOST_DETACHED);
  assert.deepEqual([range.newest, range.hasOlder], [6_500, true]);
  for (let last = range.oldest - 1; last > 4_000; last -= 100) range.prepend({ messages: messages(last - 99, last), has_older: true });
  assert.equal(range.messages.length, MOST_DETACHED);
  assert.equal(range.hasNewer, true);
});

test("a page is older than what changed while it was under way", () => {
  const changed = new MeanwhileChanged();
  changed.note(message(2, { revision: 20, body: "edited" }));
  changed.note(message(2, { revision: 19, body: "stale" }));
  changed.noteExtras({ id: 103, position: 3, revision: 21, extras: { seen: true } });
  changed.note(message(4, { revision: 3, body: "long ago" }));
  const [first, second, third, fourth] = changed.applyTo(messages(1, 4));
  assert.deepEqual([first.body, second.body, fourth.body], ["message 1", "edited", "message 4"]);
  assert.deepEqual([third.body, third.extras, third.revision], ["message 3", { seen: true }, 21]);
});
