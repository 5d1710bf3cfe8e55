import assert from "node:assert/strict";
import { test } from "node:test";
import { ago } from "../../../chat/static/chat/js/lib/ago.js";

const NOW = Date.parse("2026-11-24T12:00:00Z");

for (const [at, english, korean] of [
  ["2026-11-24T12:00:30Z", "just now", "just now"], // the clock of the server is ahead
  ["2026-11-24T11:59:01Z", "just now", "just now"],
  ["2026-11-24T11:59:00Z", "1 minute ago", "1분 전"],
  ["2026-11-24T11:00:01Z", "59 minutes ago", "59분 전"],
  ["2026-11-24T10:00:00Z", "2 hours ago", "2시간 전"],
  ["2026-11-22T12:00:00Z", "2 days ago", "2일 전"],
  ["2026-11-10T11:00:00Z", "2 weeks ago", "2주 전"],
  ["2026-08-01T11:00:00Z", "3 months ago", "3개월 전"],
  ["2024-08-01T11:00:00Z", "2 years ago", "2년 전"],
]) {
  test(`${at} was ${english}`, () => {
    assert.equal(ago(at, NOW, "en"), english);
    assert.equal(ago(at, NOW, "ko"), korean);
  });
}
