/** Times, names, lengths, addresses, and finding a room by what was typed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { messageAddress, placeIn, roomAddress, socketAddress } from "../../../chat/static/chat/js/lib/addresses.js";
import { Dates, localeFor, zoneFor } from "../../../chat/static/chat/js/lib/dates.js";
import { interpolate } from "../../../chat/static/chat/js/lib/i18n.js";
import { written } from "../../../chat/static/chat/js/lib/text.js";
import { matchedParts, matching } from "../../../chat/static/chat/js/lib/matching.js";
import { hue, initials, typingText } from "../../../chat/static/chat/js/views/people.js";
import { statusOf, statusText } from "../../../chat/static/chat/js/views/status.js";
import { clean, overLimit, textOf } from "../../../chat/static/chat/js/lib/text.js";
import { joon, mina } from "../fakes.js";

const now = Date.parse("2026-03-02T09:00:00Z");

test("days are called by the reader's calendar", () => {
  const dates = new Dates("en-GB", "Asia/Seoul");
  assert.equal(dates.dayLabel("2026-03-02T00:30:00Z", now), "Today");
  assert.equal(dates.dayLabel("2026-03-01T14:00:00Z", now), "Yesterday");
  assert.match(dates.dayLabel("2026-02-20T03:00:00Z", now), /^Friday,? 20 February$/);
  assert.match(dates.dayLabel("2024-11-19T03:00:00Z", now), /^Tuesday,? 19 November 2024$/);
  assert.equal(new Dates("ko", "Asia/Seoul").dayLabel("2026-02-20T03:00:00Z", now), "2월 20일 금요일");
});

test("a day begins at midnight of the reader, also where that is at a quarter past the hour", () => {
  const dates = new Dates("en", "Asia/Kathmandu");
  assert.deepEqual(["2026-03-01T18:14:59Z", "2026-03-01T18:15:00Z"].map((at) => dates.day(at)), ["2026-03-01", "2026-03-02"]);
});

test("times are written in the reader's language and zone", () => {
  assert.equal(new Dates("en-GB", "Asia/Seoul").time("2026-03-02T07:42:00Z"), "16:42");
  assert.match(new Dates("ko", "Asia/Seoul").time("2026-03-02T07:42:00Z"), /4:42/);
  assert.equal(new Dates("en-US", "America/New_York").shortTime("2026-03-02T21:42:00Z"), "4:42");
});

test("hours have two digits on a 24-hour clock, so that times align", () => {
  assert.equal(new Dates("en-GB", "UTC").time("2026-03-02T02:40:00Z"), "02:40");
  assert.match(new Dates("en-US", "UTC").time("2026-03-02T02:40:00Z"), /^2:40\sAM$/u);
  assert.match(new Dates("ko", "UTC").time("2026-03-02T02:40:00Z"), / 2:40$/);
});

test("the reader's own variant of the page's language decides", () => {
  assert.equal(localeFor("en", ["ko-KR", "en-GB"]), "en-GB");
  assert.equal(localeFor("ko", ["en-GB"]), "ko");
});

test("a zone that the browser does not know is as good as none", () => {
  assert.equal(zoneFor("Europe/Berlin"), "Europe/Berlin");
  assert.equal(zoneFor("Mars/Olympus"), undefined);
  assert.equal(zoneFor(""), undefined);
});

test("initials are two letters, the given name in Hangul, or one character, as on the server", () => {
  /** @type {[string, string][]} */
  const cases = JSON.parse(readFileSync(new URL("../../harness/initials.json", import.meta.url), "utf8"));
  assert.ok(cases.length > 10);
  for (const [name, expected] of cases) assert.equal(initials(name), expected, name);
  assert.equal(hue(13), "hue-1");
});

test("an excerpt has no markup and shows nothing that is hidden, as on the server", () => {
  /** @type {[string, string][]} */
  const cases = JSON.parse(readFileSync(new URL("../../harness/excerpt_texts.json", import.meta.url), "utf8"));
  assert.ok(cases.length > 5);
  for (const [html, text] of cases) assert.equal(textOf(html).trim().replace(/\s+/gu, " "), text);
});

test("typing names one person, two, or says that several type", () => {
  assert.equal(typingText([]), "");
  assert.equal(typingText([joon]), "Joon is typing…");
  assert.equal(typingText([joon, mina]), "Joon and Mina are typing…");
  assert.equal(typingText([joon, mina, joon]), "Several people are typing…");
});

test("places are filled once, whatever the values hold", () => {
  assert.equal(interpolate("%(a)s %(b)s %(c)s", { a: "%(b)s", b: "$&" }), "%(b)s $& %(c)s");
});

test("a text is cleaned and counted as the server does it", () => {
  assert.equal(clean("\n\n  indented\n text \n\n"), "  indented\n text");
  assert.equal(clean(" \n\t "), "");
  assert.equal(overLimit("x".repeat(9_990), 10_000), -10);
  assert.equal(overLimit("🙂".repeat(10_001), 10_000), 1);
});

test("a room is found by any part of its name, its beginning first, and by Korean initial consonants", () => {
  const rooms = ["Launch week", "디자인 이야기", "Lunch", "After launch"].map((name) => ({ name }));
  /** @param {string} query */
  const names = (query) => matching(rooms, query).map((room) => room.name);
  assert.deepEqual(names(""), rooms.map((room) => room.name));
  assert.deepEqual(names("LAUNCH"), ["Launch week", "After launch"]);
  assert.deepEqual(names("이야"), ["디자인 이야기"]);
  assert.deepEqual(names("디자".normalize("NFD")), ["디자인 이야기"]);
  assert.deepEqual(names("ㄷㅈㅇ"), ["디자인 이야기"]);
  assert.deepEqual(names("zzz"), []);
});

test("every word of a query must be found, in any order, and another name counts as well", () => {
  const people = [{ name: "최하은", also: "haeun" }, { name: "Gamma room 10" }, { name: "Gamma room 2" }];
  const names = (/** @type {string} */ query) => matching(people, query).map((one) => one.name);
  assert.deepEqual(names("10 gam"), ["Gamma room 10"]);
  assert.deepEqual(names("haeun"), ["최하은"]);
  assert.deepEqual(names("room"), ["Gamma room 10", "Gamma room 2"]);
});

test("addresses of rooms lead there and back", () => {
  const pattern = "/rooms/SLUG/";
  assert.equal(roomAddress(pattern, "디자인"), "/rooms/%EB%94%94%EC%9E%90%EC%9D%B8/");
  assert.deepEqual(placeIn(pattern, roomAddress(pattern, "디자인")), { slug: "디자인", position: null, reply: null });
  assert.equal(placeIn(pattern, "/rooms/general/settings/"), null);
  assert.equal(placeIn(pattern, "/profile/"), null);
});

test("addresses of messages lead there and back, and malformed ones nowhere", () => {
  const pattern = "/rooms/SLUG/";
  assert.equal(messageAddress(pattern, "디자인", 17), "/rooms/%EB%94%94%EC%9E%90%EC%9D%B8/17/");
  assert.deepEqual(placeIn(pattern, messageAddress(pattern, "디자인", 17)), { slug: "디자인", position: 17, reply: null });
  assert.deepEqual(placeIn(pattern, "/rooms/general/17"), { slug: "general", position: 17, reply: null });
  for (const path of ["/rooms/general/-1/", "/rooms/general/1e3/", "/rooms/general/017/", "/rooms/general/9999999999999999999/"]) {
    assert.equal(placeIn(pattern, path), null, path);
  }
  assert.equal(placeIn(pattern, "/rooms/general/17/more/"), null);
  assert.deepEqual(placeIn(pattern, "/rooms/general/17/3/"), { slug: "general", position: 17, reply: 3 });
  assert.deepEqual(placeIn(pattern, "/rooms/general/17/0/"), { slug: "general", position: 17, reply: 0 });
  assert.equal(placeIn(pattern, "/rooms/general/17/3/1/"), null);
  assert.equal(placeIn(pattern, "/rooms/%E0%A4/17/"), null);
});

test("the socket is as safe as the page", () => {
  assert.equal(socketAddress("/ws/", { protocol: "https:", host: "chat.example" }), "wss://chat.example/ws/");
  assert.equal(socketAddress("/ws/", { protocol: "http:", host: "localhost:8000" }), "ws://localhost:8000/ws/");
});

test("the state is live, catching up or offline", () => {
  /** @type {Parameters<typeof statusOf>[0]} */
  const facts = { state: "open", caughtUp: true, online: true, away: 0 };
  assert.equal(statusOf(facts), "live");
  assert.equal(statusOf({ ...facts, caughtUp: false }), "catching-up");
  assert.equal(statusOf({ ...facts, state: "connecting", away: 500 }), "catching-up");
  assert.equal(statusOf({ ...facts, state: "connecting", away: 3_000 }), "offline");
  assert.equal(statusOf({ ...facts, state: "waiting", away: 500, online: false }), "offline");
  assert.equal(statusText("offline", 2), "offline (2 unsent)");
  assert.equal(statusText("offline", 0), "offline");
});

test("a text with Hangul is marked as Korean, other texts are not marked", () => {
  for (const text of ["안녕", "Kim 김", "ㅋㅋㅋ", "\u1112\u1161\u11ab"]) assert.equal(written(text).lang, "ko", text);
  for (const text of ["", "Hello", "漢字", "かな", "Ünïcödé 😀"]) assert.equal(written(text).lang, null, text);
});

/**
 * A name with its matched parts in brackets.
 * @param {string} name
 * @param {string} query
 */
function marked(name, query) {
  return matchedParts(name, query).map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join("");
}

test("the letters of a name that match are known, also those of initial consonants", () => {
  assert.equal(marked("Design talk", "des"), "[Des]ign talk");
  assert.equal(marked("Garden 10", "gar 10"), "[Gar]den [10]");
  assert.equal(marked("디자인 이야기", "ㄷㅈ"), "[디자]인 이야기");
  assert.equal(marked("디자인 이야기", "ㅇㅇㄱ"), "디자인 [이야기]");
  assert.equal(marked("Undone one", "one"), "Undone [one]");
  assert.equal(marked("General", ""), "General");
  assert.equal(marked("General", "xyz"), "General");
  assert.equal(marked("İstanbul", "stan"), "İstanbul");
});

test("an address whose encoding is broken is that of no room", () => {
  assert.equal(placeIn("/rooms/SLUG/", "/rooms/%E0%A4%A/"), null);
});
