/** The part of an image that somebody chooses as a picture. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Crop } from "../../chat/static/chat/js/views/picture_form.js";

/** @param {Crop} crop */
const square = ({ left, top, side }) => [left, top, side];

test("at first it is the largest square in the middle", () => {
  assert.deepEqual(square(new Crop({ width: 400, height: 200 })), [100, 0, 200]);
  assert.deepEqual(square(new Crop({ width: 100, height: 300 })), [0, 100, 100]);
});

test("zooming makes it smaller around its middle", () => {
  const crop = new Crop({ width: 400, height: 200 });
  crop.zoomTo(2);
  assert.deepEqual(square(crop), [150, 50, 100]);
});

test("the image moves with the pointer, and the square never leaves it", () => {
  const crop = new Crop({ width: 400, height: 200 });
  crop.move(0.25, 0);
  assert.deepEqual(square(crop), [50, 0, 200]);
  crop.move(5, 5);
  assert.deepEqual(square(crop), [0, 0, 200]);
  crop.zoomTo(4);
  crop.move(-20, -20);
  assert.deepEqual(square(crop), [350, 150, 50]);
  crop.zoomTo(1);
  assert.deepEqual(square(crop), [200, 0, 200]);
});
