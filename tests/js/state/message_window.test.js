import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_END, MOST, Span, STEP } from "../../../chat/static/chat/js/state/message_window.js";
import { messages } from "../fakes.js";

const ends = (shown) => [shown[0]?.position, shown.at(-1)?.position];

test("it begins with the newest messages", () => {
  const span = new Span();
  const held = messages(1, 200);
  span.toEnd(held);
  assert.deepEqual(ends(span.of(held, true)), [200 - STEP + 1, 200]);
});

test("an empty room shows nothing, then what comes", () => {
  const span = new Span();
  span.toEnd([]);
  assert.deepEqual(span.of([], true), []);
  assert.deepEqual(ends(span.of(messages(1, 2), true)), [1, 2]);
});

test("a reader at the end never has more than a few screens above, whatever comes", () => {
  const span = new Span();
  const held = messages(1, 50);
  span.toEnd(held);
  for (let position = 51; position < 3_000; position += 7) {
    held.push(...messages(position, position + 6));
    const shown = span.of(held, true);
    assert.ok(shown.length <= AT_END);
    assert.equal(shown.at(-1).position, position + 6);
  }
});

test("scrolling back shows all there is and lets go of the end; scrolling forth comes back to it", () => {
  const span = new Span();
  const held = messages(1, 1_000);
  span.toEnd(held);
  while (span.earlier(held)) assert.ok(span.of(held, false).length <= MOST);
  assert.deepEqual(ends(span.of(held, false)), [1, MOST]);
  assert.equal(span.followsEnd, false);
  while (span.later(held)) assert.ok(span.of(held, false).length <= MOST);
  assert.deepEqual(ends(span.of(held, false)), [1_000 - MOST + 1, 1_000]);
  assert.equal(span.followsEnd, true);
});

test("who reads old messages keeps them while new ones come", () => {
  const span = new Span();
  const held = messages(1, 400);
  span.toEnd(held);
  span.earlier(held);
  const [first] = ends(span.of(held, false));
  held.push(...messages(401, 1_500));
  const shown = span.of(held, false);
  assert.equal(shown[0].position, first);
  assert.equal(shown.length, MOST);
});

test("older messages that were fetched come in front", () => {
  const span = new Span();
  const held = messages(101, 150);
  span.toEnd(held);
  assert.equal(span.earlier(held), false);
  const more = [...messages(1, 100), ...held];
  assert.deepEqual(ends(span.of(more, false)), [101, 150]);
  assert.equal(span.earlier(more), true);
  assert.deepEqual(ends(span.of(more, false)), [101 - STEP, 150]);
});

test("it reaches for a message that is held", () => {
  const span = new Span();
  const held = messages(1, 1_000);
  span.toEnd(held);
  span.reach(held, 500);
  const [first, last] = ends(span.of(held, false));
  assert.ok(first <= 500 && last >= 500);
  assert.equal(last - first + 1, MOST);
});

test("a window that was replaced leaves nothing behind", () => {
  const span = new Span();
  span.toEnd(messages(1, 100));
  assert.deepEqual(ends(span.of(messages(901, 950), true)), [901, 950]);
});
