import assert from "node:assert/strict";
import { test } from "node:test";
import { Dates } from "../../../chat/static/chat/js/lib/dates.js";
import { localTime } from "../../../chat/static/chat/js/lib/local_time.js";
import { endOf } from "../../../chat/static/chat/js/lib/status_ends.js";

const THURSDAY = Date.parse("2026-03-05T16:30:20Z");

test("a status ends after a time, or with the day or week of the person's time zone", () => {
  const cases = /** @type {const} */ ([
    ["half", "UTC", "2026-03-05T17:00:20.000Z"],
    ["hour", "UTC", "2026-03-05T17:30:20.000Z"],
    ["hours", "UTC", "2026-03-05T20:30:20.000Z"],
    ["today", "UTC", "2026-03-06T00:00:00.000Z"],
    ["week", "UTC", "2026-03-09T00:00:00.000Z"],
    ["today", "Asia/Seoul", "2026-03-06T15:00:00.000Z"], // it is Friday there
    ["week", "Asia/Seoul", "2026-03-08T15:00:00.000Z"],
    ["never", "UTC", null],
  ]);
  for (const [end, zone, at] of cases) assert.equal(endOf(end, THURSDAY, zone), at, `${end} ${zone}`);
});

test("the time of others is said with what separates it from the reader's", () => {
  const dates = new Dates("en-GB", "Asia/Seoul");
  const cases = [
    ["Asia/Seoul", "01:30"],
    ["Australia/Melbourne", "03:30 · 2 h ahead"],
    ["Asia/Kolkata", "22:00 · 3.5 h behind"],
    ["America/New_York", "11:30 · 14 h behind"],
    ["Mars/Olympus", ""],
  ];
  for (const [zone, text] of cases) assert.equal(localTime(zone, dates, THURSDAY), text, zone);
});
