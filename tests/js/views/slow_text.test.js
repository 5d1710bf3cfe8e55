import assert from "node:assert/strict";
import { test } from "node:test";
import { slowText } from "../../../chat/static/chat/js/views/slow_text.js";
import { clock } from "../../../chat/static/chat/js/views/posting_limits.js";

test("slow mode is said in the largest whole unit", () => {
  assert.deepEqual([0, 1, 30, 90, 60, 900, 3_600, 21_600].map(slowText), [
    "Off",
    "One message every 1 second",
    "One message every 30 seconds",
    "One message every 90 seconds",
    "One message every 1 minute",
    "One message every 15 minutes",
    "One message every 1 hour",
    "One message every 6 hours",
  ]);
});

test("the wait is shown as a clock", () => {
  assert.deepEqual([1, 18, 60, 725, 3_600, 21_599].map(clock), ["0:01", "0:18", "1:00", "12:05", "1:00:00", "5:59:59"]);
});
