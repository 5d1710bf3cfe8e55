import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_END, MOST, MessageWindow, STEP } from "../../../chat/static/chat/js/state/message_window.js";
import { messages, present } from "../fakes.js";

/**
 * The first and the last position that is shown.
 * @param {import("../../../chat/static/chat/js/net/protocol.js").Message[]} shown
 */
const ends = (shown) => [present(shown[0]).position, present(shown.at(-1)).position];

test("it begins with the newest messages", () => {
  const view = new MessageWindow();
  const held = messages(1, 200);
  view.toEnd(held);
  assert.deepEqual(ends(view.of(held, true)), [200 - STEP + 1, 200]);
});

test("an empty room shows nothing, then what comes", () => {
  const view = new MessageWindow();
  view.toEnd([]);
  assert.deepEqual(view.of([], true), []);
  assert.deepEqual(ends(view.of(messages(1, 2), true)), [1, 2]);
});

test("a reader at the end never has more than a few screens above, whatever comes", () => {
  const view = new MessageWindow();
  const held = messages(1, 50);
  view.toEnd(held);
  for (let position = 51; position < 3_000; position += 7) {
    held.push(...messages(position, position + 6));
    const shown = view.of(held, true);
    assert.ok(shown.length <= AT_END + STEP);
    assert.equal(shown.at(-1)?.position, position + 6);
  }
});

test("a reader at the end loses old messages in a step in which nothing arrives", () => {
  const view = new MessageWindow();
  const held = messages(1, AT_END);
  view.toEnd(held);
  while (view.earlier(held));
  assert.deepEqual([ends(view.of(held, true)), view.isOverfull], [[1, AT_END], false]);
  held.push(...messages(AT_END + 1, AT_END + 2));
  assert.deepEqual([ends(view.of(held, true)), view.isOverfull], [[1, AT_END + 2], true]);
  assert.deepEqual([ends(view.of(held, true)), view.isOverfull], [[STEP + 3, AT_END + 2], false]);
});

test("scrolling back shows all messages and stops following the end; scrolling forth follows it again", () => {
  const view = new MessageWindow();
  const held = messages(1, 1_000);
  view.toEnd(held);
  while (view.earlier(held)) assert.ok(view.of(held, false).length <= MOST);
  assert.deepEqual(ends(view.of(held, false)), [1, MOST]);
  assert.equal(view.followsEnd, false);
  while (view.later(held)) assert.ok(view.of(held, false).length <= MOST);
  assert.deepEqual(ends(view.of(held, false)), [1_000 - MOST + 1, 1_000]);
  assert.equal(view.followsEnd, true);
});

test("who reads old messages keeps them while new ones come", () => {
  const view = new MessageWindow();
  const held = messages(1, 400);
  view.toEnd(held);
  view.earlier(held);
  const [first] = ends(view.of(held, false));
  held.push(...messages(401, 1_500));
  const shown = view.of(held, false);
  assert.equal(shown[0].position, first);
  assert.equal(shown.length, MOST);
});

test("separators count: a year with a message a day is no longer page than a busy day", () => {
  const view = new MessageWindow(() => 1);
  const held = messages(1, 1_000);
  view.toEnd(held);
  assert.ok(view.of(held, true).length <= MOST / 2);
  while (view.earlier(held)) assert.ok(view.of(held, false).length <= MOST / 2);
  assert.deepEqual(ends(view.of(held, false)), [1, MOST / 2]);
  while (view.later(held)) assert.ok(view.of(held, false).length <= MOST / 2);
  assert.deepEqual(ends(view.of(held, false)), [1_000 - MOST / 2 + 1, 1_000]);
  view.reach(held, 500);
  const [first, last] = ends(view.of(held, false));
  assert.deepEqual([first <= 500 && last >= 500, last - first + 1], [true, MOST / 2]);
});

test("older messages that were fetched come in front", () => {
  const view = new MessageWindow();
  const held = messages(101, 150);
  view.toEnd(held);
  assert.equal(view.earlier(held), false);
  const more = [...messages(1, 100), ...held];
  assert.deepEqual(ends(view.of(more, false)), [101, 150]);
  assert.equal(view.earlier(more), true);
  assert.deepEqual(ends(view.of(more, false)), [101 - STEP, 150]);
});

test("it reaches for a message that is held", () => {
  const view = new MessageWindow();
  const held = messages(1, 1_000);
  view.toEnd(held);
  view.reach(held, 500);
  const [first, last] = ends(view.of(held, false));
  assert.ok(first <= 500 && last >= 500);
  assert.equal(last - first + 1, MOST);
});

test("a window that was replaced leaves nothing behind", () => {
  const view = new MessageWindow();
  view.toEnd(messages(1, 100));
  assert.deepEqual(ends(view.of(messages(901, 950), true)), [901, 950]);
});
