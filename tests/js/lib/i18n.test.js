import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { interpolate } from "../../../chat/static/chat/js/lib/i18n.js";

const cases = JSON.parse(readFileSync(new URL("../../harness/particles.json", import.meta.url), "utf8"));

for (const [text, value, sentence] of cases) {
  test(`a particle fits the end of the word before it: ${sentence}`, () => {
    assert.equal(interpolate(text, { x: value }), sentence);
  });
}
