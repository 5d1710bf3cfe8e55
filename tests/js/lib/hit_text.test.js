/** The text of a message that was found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endings, hitParts, partsFromMatch, partsOf } from "../../../chat/static/chat/js/lib/hit_text.js";

const HALF = /[\ud800-\udfff]/u;

/**
 * What is shown, with matches in brackets.
 * @param {string} body
 * @param {string} [word]
 */
function shown(body, word) {
  /** @type {[number, number][]} */
  const marks = [];
  for (let at = word ? body.indexOf(word) : -1; word && at >= 0; at = body.indexOf(word, at + word.length)) marks.push([at, word.length]);
  return hitParts(body, marks).map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join("");
}

test("what matches is marked", () => {
  assert.equal(shown("가격은 첫 화면에, 가격표는 뒤에", "가격"), "[가격]은 첫 화면에, [가격]표는 뒤에");
  assert.equal(shown("no words, only operators"), "no words, only operators");
});

test("lines become one, and marks of emphasis are not shown, also around and within a match", () => {
  assert.equal(shown("one\n\ntwo **bold** `code`", "bold"), "one  two [bold] code");
  assert.equal(shown("a **bo**ld b", "**bo**ld"), "a [bold] b");
});

test("what a spoiler hides stays hidden, although it matches", () => {
  assert.equal(shown("the end: ||he dies|| sorry", "dies"), "the end: ▒▒▒ sorry");
  assert.equal(shown("||a b|| b", "b"), "▒▒▒ [b]");
  assert.equal(shown("a || b", "b"), "a || [b]");
});

test("in a card, a line begins a little before the first match", () => {
  const line = "WHERE version = '2.0' AND created_at > now() - interval '1 hour'";
  const [before, match, after] = partsFromMatch(line, [[line.indexOf("interval"), 8]]);
  assert.deepEqual(match, { text: "interval", isMatch: true });
  assert.match(before?.text ?? "", /^….{24}$/);
  assert.equal(after?.text, " '1 hour'");
  assert.deepEqual(partsFromMatch("short interval", [[6, 8]])[0], { text: "short ", isMatch: false });
});

test("of a long text, the part around the first match is shown, and no half of a character", () => {
  const text = shown(`${"word ".repeat(100)}needle${" word".repeat(100)}`, "needle");
  assert.match(text, /^…word .*\[needle\] word.*…$/);
  assert.ok(text.length < 340);
  for (let length = 300; length < 330; length += 1) assert.doesNotMatch(shown("x".repeat(length) + "😀".repeat(50)), HALF);
  for (let length = 80; length < 90; length += 1) assert.doesNotMatch(shown(`${"😀".repeat(length)}needle`, "needle"), HALF);
});

test("Korean words that are found with their endings are collected", () => {
  const hits = [{ body: "가격은 하나, 가격표 둘. 가격", marks: /** @type {[number, number][]} */ ([[0, 2], [8, 2], [14, 2]]) }];
  assert.deepEqual(endings(hits, 3), ["가격은", "가격표"]);
  assert.deepEqual(endings(hits, 1), ["가격은"]);
  assert.deepEqual(endings([{ body: "deployment", marks: [[0, 6]] }], 3), []);
});

test("names and lines are shown as they are, with what matched", () => {
  assert.deepEqual(partsOf("a **b** 가격표.png", [[8, 2]]), [
    { text: "a **b** ", isMatch: false },
    { text: "가격", isMatch: true },
    { text: "표.png", isMatch: false },
  ]);
  assert.deepEqual(partsOf("plain", []), [{ text: "plain", isMatch: false }]);
});
