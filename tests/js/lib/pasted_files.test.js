import assert from "node:assert/strict";
import { test } from "node:test";
import { pastedAs } from "../../../chat/static/chat/js/lib/pasted_files.js";

const NOON = new Date(2026, 10, 9, 12, 5, 7);

/** @param {string[]} names */
function pasted(...names) {
  return pastedAs(names.map((name) => new File(["x"], name, { type: "image/jpeg" })), NOON).map(({ name }) => name);
}

test("a pasted picture without a name of its own says when it was pasted", () => {
  assert.deepEqual(pasted("image.png"), ["Pasted picture 2026-11-09 12.05.07.png"]);
  assert.deepEqual(pasted("a.png", "image.jpg"), ["a.png", "Pasted picture 2026-11-09 12.05.07 (2).jpg"]);
  assert.deepEqual(pasted(""), ["Pasted picture 2026-11-09 12.05.07.jpeg"]);
});

test("what is in it stays the same", async () => {
  const [file] = pastedAs([new File(["bytes"], "image.png", { type: "image/png" })], NOON);
  assert.equal(file.type, "image/png");
  assert.equal(await file.text(), "bytes");
});
