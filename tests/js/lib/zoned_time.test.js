import assert from "node:assert/strict";
import { test } from "node:test";
import { localTimeOf, timeOfLocal } from "../../../chat/static/chat/js/lib/zoned_time.js";

for (const [zone, local, utc] of [
  ["Asia/Seoul", "2026-12-01T09:30", "2026-12-01T00:30:00Z"],
  ["America/New_York", "2026-12-01T09:30", "2026-12-01T14:30:00Z"],
  ["Asia/Kathmandu", "2026-12-01T00:00", "2026-11-30T18:15:00Z"],
  ["Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z"], // clocks skip an hour a minute later
  ["Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"],
  ["Europe/Berlin", "2026-10-25T04:00", "2026-10-25T03:00:00Z"],
]) {
  test(`${local} in ${zone} is ${utc}`, () => {
    assert.equal(timeOfLocal(local, zone), Date.parse(utc));
    assert.equal(localTimeOf(Date.parse(utc), zone), local);
  });
}

test("a time that comes twice or that clocks skip is within an hour of what they show", () => {
  assert.equal(localTimeOf(timeOfLocal("2026-10-25T02:30", "Europe/Berlin"), "Europe/Berlin"), "2026-10-25T02:30");
  assert.equal(timeOfLocal("2026-03-29T02:30", "Europe/Berlin"), Date.parse("2026-03-29T01:30:00Z"));
});

test("what is no time is NaN", () => {
  for (const text of ["", "2026-13-01T00:00", "soon"]) assert.equal(timeOfLocal(text, "Asia/Seoul"), NaN);
});
