import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Calm } from "../../../chat/static/chat/js/lib/clock.js";
import { TestClock } from "../fakes.js";

const FRAME_MS = 16;

/** @type {TestClock} */
let clock;
/** @type {Calm} */
let calm;
/** When something was drawn, in ms since the start of the test. @type {number[]} */
let drawn;
let start = 0;

const draw = () => void drawn.push(clock.now() - start);

/** @param {number} count of keys @param {number} ms between them */
async function type(count, ms) {
  for (let key = 0; key < count; key += 1) {
    calm.pressed();
    calm.soon(draw);
    await clock.turn(ms);
  }
}

beforeEach(() => {
  clock = new TestClock();
  start = clock.now();
  calm = new Calm((callback) => void clock.setTimeout(callback, FRAME_MS), clock);
  drawn = [];
});

test("a change after a pause is drawn at once", async () => {
  calm.soon(draw);
  await clock.turn(0);
  assert.deepEqual(drawn, [0]);
});

test("many changes are drawn ten times a second", async () => {
  for (let change = 0; change < 50; change += 1) {
    calm.soon(draw);
    await clock.turn(20);
  }
  assert.deepEqual(drawn, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000]);
});

test("the last change is drawn", async () => {
  calm.soon(draw);
  await clock.turn(10);
  calm.soon(draw);
  await clock.turn(1_000);
  assert.deepEqual(drawn, [0, 100]);
});

test("different drawings that wait are drawn together, each once", async () => {
  const other = () => void drawn.push(-1);
  calm.soon(draw);
  await clock.turn(0);
  for (const waiting of [draw, other, draw]) calm.soon(waiting);
  await clock.turn(1_000);
  assert.deepEqual(drawn, [0, 100, -1]);
});

test("while the reader types, changes are drawn right after the paint of a letter", async () => {
  await type(5, 150);
  await clock.turn(1_000);
  assert.deepEqual(drawn, [16, 166, 316, 466, 616]);
});

test("a reader who types fast delays changes no longer than one who does not type, to the next letter", async () => {
  await type(10, 40);
  await clock.turn(1_000);
  assert.deepEqual(drawn, [16, 136, 256, 376]);
});

test("changes are drawn when the reader stops to type", async () => {
  calm.pressed();
  await clock.turn(30);
  calm.soon(draw);
  await clock.turn(1_000);
  assert.deepEqual(drawn, [200]);
});

test("a drawing may ask for the next one", async () => {
  calm.soon(() => (draw(), calm.soon(draw)));
  await clock.turn(1_000);
  assert.deepEqual(drawn, [0, 100]);
});
