/** What keys and buttons of the composer make of its text. `[` and `]` stand for the ends of the selection, `|` for a caret. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SIGNS, continued, isInFence, linked, marked, toggled } from "../../../chat/static/chat/js/lib/formatting.js";

/** @typedef {import("../../../chat/static/chat/js/lib/formatting.js").Change} Change */

/**
 * @param {string} drawn
 * @param {(text: import("../../../chat/static/chat/js/lib/formatting.js").Text) => Change | null} act
 */
function after(drawn, act) {
  const value = drawn.replace(/[[\]|]/g, "");
  const start = drawn.search(/[[|]/);
  const end = drawn.includes("]") ? drawn.indexOf("]") - 1 : start;
  const change = act({ value, start, end });
  if (!change) return null;
  const made = value.slice(0, change.from) + change.text + value.slice(change.to);
  if (change.start === change.end) return `${made.slice(0, change.start)}|${made.slice(change.start)}`;
  return `${made.slice(0, change.start)}<${made.slice(change.start, change.end)}>${made.slice(change.end)}`;
}

/** @param {keyof typeof SIGNS} format */
const toggle = (format) => (/** @type {import("../../../chat/static/chat/js/lib/formatting.js").Text} */ text) => toggled(text, SIGNS[format]);

test("signs go around a selection without its outer spaces, and away again", () => {
  assert.equal(after("a [ b ] c", toggle("bold")), "a  **<b>**  c");
  assert.equal(after("a **[b]** c", toggle("bold")), "a <b> c");
  assert.equal(after("a [**b**] c", toggle("bold")), "a <b> c");
  assert.equal(after("a| c", toggle("italic")), "a*|* c");
});

test("italics are not taken for a part of bold", () => {
  assert.equal(after("**[b]**", toggle("italic")), "***<b>***");
  assert.equal(after("***[b]***", toggle("italic")), "**<b>**");
  assert.equal(after("***[b]***", toggle("bold")), "*<b>*");
});

test("several lines of code become a block", () => {
  assert.equal(after("[a]", toggle("code")), "`<a>`");
  assert.equal(after("x [a\nb]", toggle("code")), "x \n```\na\nb\n```|");
});

test("a link has its address selected", () => {
  assert.equal(after("see [this]!", linked), "see {this}(<https://>)!".replace("{", "[").replace("}", "]"));
});

test("each line of a selection gets a mark, or all lose it", () => {
  const list = (/** @type {any} */ text) => marked(text, "- ");
  assert.equal(after("a\nb[c\n\nd]", list), "a\n<- bc\n\n- d>");
  assert.equal(after("[- a\n- b]", list), "<a\nb>");
});

test("a new line continues a list or quote, and an empty item ends it", () => {
  assert.equal(after("- a|", continued), "- a\n- |");
  assert.equal(after("  9) a|b", continued), "  9) a\n  10) |b");
  assert.equal(after("- a\n- |", continued), "- a\n|");
  assert.equal(after("1. a\n2. |", continued), "1. a\n|");
  assert.equal(after("> a|", continued), "> a\n> |");
  assert.equal(after("a|", continued), null);
});

test("a new line in code keeps the indentation", () => {
  assert.equal(after("```\n  - a|", continued), "```\n  - a\n  |");
  assert.equal(after("```\n  - a\n```\n  a|", continued), null);
  assert.deepEqual(["```", "```js\na", "```\na\n```", "```\na```", "a ```", "``` a ```"].map((text) => isInFence(text, text.length)), [true, true, false, false, false, false]);
});
