/** How a query is divided into terms, as on the server (tests/search/test_query.py). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { quoted, terms } from "../../../chat/static/chat/js/lib/query.js";

/** @type {[string, [string, string, string, boolean][]][]} */
const CASES = JSON.parse(readFileSync(new URL("../../harness/queries.json", import.meta.url), "utf8"));

test("a query is divided into words, phrases and operators, as on the server", () => {
  assert.ok(CASES.length > 15);
  for (const [query, expected] of CASES) {
    const found = terms(query).map(({ kind, value, text, negated }) => [kind, value, text, negated]);
    assert.deepEqual(found, expected, query);
  }
});

test("terms know their places in the query", () => {
  const query = "👍 from:@mina  “가격 표”";
  for (const { text, start, end } of terms(query)) assert.equal(query.slice(start, end), text);
});

test("a value with spaces is quoted, so that it stays one term", () => {
  for (const value of ["last week", "plain", '"odd" name', "디자인 이야기"]) {
    const [term, ...rest] = terms(`in:${quoted(value)}`);
    assert.deepEqual([term.value, rest], [value.replaceAll('"', value.includes(" ") ? "" : '"'), []]);
  }
});
