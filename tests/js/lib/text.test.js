import assert from "node:assert/strict";
import { test } from "node:test";
import { unmarked } from "../../../chat/static/chat/js/lib/text.js";

test("a quote is shown without marks of emphasis", () => {
  assert.equal(unmarked("**bold** and `code`, ~~not~~ 한국어"), "bold and code, not 한국어");
});

test("a quote does not show what a spoiler hides, even if its end was cut off", () => {
  assert.equal(unmarked("it was ||the butler|| after all"), "it was ▒▒▒ after all");
  assert.equal(unmarked(`it was ||${"the butler ".repeat(20)}`.slice(0, 140)), "it was ▒▒▒");
});

test("two bars alone are no spoiler", () => {
  assert.equal(unmarked("a || b"), "a || b");
  assert.equal(unmarked(""), "");
});
