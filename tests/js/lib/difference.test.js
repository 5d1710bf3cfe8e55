import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "../../../chat/static/chat/js/lib/difference.js";

/** @typedef {import("../../../chat/static/chat/js/lib/difference.js").Part} Part */

/** @param {Part[]} parts "a [-b-]{+c+}" */
function marked(parts) {
  return parts.map(({ kind, text }) => ({ same: text, gone: `[-${text}-]`, new: `{+${text}+}` })[kind]).join("");
}

/**
 * @param {Part[]} parts
 * @param {Part["kind"]} without
 */
function text(parts, without) {
  return parts.filter(({ kind }) => kind !== without).map((part) => part.text).join("");
}

/** @param {number} seed */
function random(seed) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test("words that changed are marked, and what stands between them is not", () => {
  assert.equal(marked(difference("See you at three.", "See you at four, Ada.")), "See you at [-three-]{+four, Ada+}.");
  assert.equal(marked(difference("one two three", "one three")), "one [-two -]three");
  assert.equal(marked(difference("the quick fox", "a slow fox")), "[-the quick-]{+a slow+} fox");
});

test("a Korean word keeps what did not change of it", () => {
  assert.equal(marked(difference("회의는 세 시에 있어요", "회의가 네 시에 있어요")), "회의[-는-]{+가+} [-세-]{+네+} 시에 있어요");
  assert.equal(marked(difference("내일 만나요", "내일은 만나요")), "내일{+은+} 만나요");
});

test("an emoji is never divided", () => {
  assert.equal(marked(difference("👩‍💻 works", "👨‍💻 works")), "[-👩‍💻-]{+👨‍💻+} works");
  assert.equal(marked(difference("👍🏽", "👍🏿")), "[-👍🏽-]{+👍🏿+}");
});

test("an equal text has one part, and an empty one none", () => {
  assert.deepEqual(difference("same", "same"), [{ kind: "same", text: "same" }]);
  assert.deepEqual(difference("", ""), []);
  assert.deepEqual(difference("", "new"), [{ kind: "new", text: "new" }]);
});

test("the parts make up both texts, whatever they are", () => {
  const next = random(7);
  const pieces = ["a", "b", "word ", "회의", "는", " ", "\n", ".", "👍", "\u200d", "e\u0301"];
  const make = () => Array.from({ length: Math.floor(next() * 30) }, () => pieces[Math.floor(next() * pieces.length)]).join("");
  for (let round = 0; round < 3_000; round += 1) {
    const [before, after] = [make(), make()];
    const parts = difference(before, after);
    assert.equal(text(parts, "new"), before);
    assert.equal(text(parts, "gone"), after);
  }
});

test("two long texts that have nothing in common are compared within a bounded number of steps", () => {
  const before = Array.from({ length: 5_000 }, (_, index) => `x${index % 10}.`).join("");
  const after = Array.from({ length: 5_000 }, (_, index) => `${index % 7},`).join("");
  const parts = difference(before, after);
  assert.deepEqual(parts.map(({ kind }) => kind), ["gone", "new"]);
});
