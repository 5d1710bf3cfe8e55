import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decide, isQuietAt } from "../../../chat/static/chat/js/lib/notify_decision.js";

/** @param {string} name of a file of cases that Python is tested with, too */
const cases = (name) => JSON.parse(readFileSync(new URL(`../../harness/${name}.json`, import.meta.url), "utf8"));

test("facts decide on the channels as they do on the server", () => {
  const decisions = cases("notify_decisions");
  assert.ok(decisions.length > 20);
  for (const [name, facts, channels] of decisions) assert.deepEqual([...decide(facts)].sort(), channels, name);
});

test("quiet hours begin on their days and may last beyond midnight, as on the server", () => {
  for (const [name, hours, weekday, minute, isQuiet] of cases("quiet_hours")) assert.equal(isQuietAt(hours, { weekday, minute }), isQuiet, name);
});
