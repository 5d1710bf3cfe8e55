/** Finding emoji in both languages, their tones, moving among them, and which names in a text can be completed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nameBefore } from "../../../chat/static/chat/js/lib/completion.js";
import { EmojiCatalog, inTone, TONES } from "../../../chat/static/chat/js/lib/emoji.js";
import { nextCell } from "../../../chat/static/chat/js/lib/grid.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { EmojiUse } from "../../../chat/static/chat/js/state/emoji_use.js";

/** @param {string} language */
const file = (language) => JSON.parse(readFileSync(new URL(`../../../chat/static/chat/emoji/${language}.json`, import.meta.url), "utf-8"));
const english = new EmojiCatalog(file("en"), file("ko"), "en");
const korean = new EmojiCatalog(file("en"), file("ko"), "ko");

/** @param {string} query */
const first = (query, catalog = english) => catalog.find(query, 8)[0]?.text;

test("an emoji is found by its name in English and Korean, its initial consonants and its shortcode", () => {
  assert.deepEqual(["단풍", "maple", "maple_leaf", "MAPLE leaf"].map((query) => first(query)), Array(4).fill("🍁"));
  assert.deepEqual([first("단풍", korean), first("maple", korean)], ["🍁", "🍁"]);
  assert.ok(english.find("ㄷㅍㅇ", 8).some(({ text }) => text === "🍁"));
  assert.equal(first("no such thing"), undefined);
});

test("a shortcode that is typed whole comes before longer ones, and a name before other words", () => {
  assert.deepEqual(["pray", "tada", "+1", "heart", "cat"].map((query) => first(query)), ["🙏", "🎉", "👍", "❤️", "🐱"]);
  const clapping = english.find("clap", 90).map(({ text }) => text);
  assert.ok(clapping.includes("👏"));
  assert.ok(clapping.indexOf("👏") < 3);
});

test("a name is in the language of the reader", () => {
  assert.equal(english.of("🍁")?.name, "maple leaf");
  assert.equal(korean.of("🍁")?.name, "단풍잎");
  assert.equal(english.of("x"), null);
});

test("an emoji with skin gets the tone of the reader, and no other does", () => {
  const clap = english.of("👏");
  const handsOfTwo = english.of("🧑‍🤝‍🧑");
  const cat = english.of("🐱");
  assert.ok(clap && handsOfTwo && cat);
  assert.equal(inTone(clap, TONES[3]), "👏🏽");
  assert.equal(inTone(handsOfTwo, TONES[5]), "🧑🏿‍🤝‍🧑🏿");
  assert.equal(inTone(clap, TONES[0]), "👏");
  assert.equal(inTone(cat, TONES[3]), "🐱");
});

test("arrow keys move by columns from section to section, and end at the edges", () => {
  // Rows of 4: 0-3, 4-5 | 6-9, 10
  const grid = { sections: [6, 5], columns: 4, at: 3 };
  /** @param {number} at @param {string} key @param {boolean} [whole] */
  const from = (at, key, whole) => nextCell({ ...grid, at }, key, whole);
  assert.deepEqual([from(3, "ArrowDown"), from(5, "ArrowDown"), from(8, "ArrowDown"), from(10, "ArrowDown")], [5, 7, 10, 10]);
  assert.deepEqual([from(9, "ArrowUp"), from(7, "ArrowUp"), from(2, "ArrowUp")], [5, 5, 2]);
  assert.deepEqual([from(3, "ArrowRight"), from(10, "ArrowRight"), from(6, "ArrowLeft"), from(0, "ArrowLeft")], [4, 10, 5, 0]);
  assert.deepEqual([from(8, "Home"), from(8, "End"), from(8, "Home", true), from(8, "End", true)], [6, 9, 0, 10]);
  assert.deepEqual([from(1, "PageDown"), from(10, "PageUp")], [10, 0]);
  assert.equal(from(3, "a"), null);
  assert.equal(nextCell({ sections: [], columns: 4, at: 0 }, "ArrowDown"), null);
});

test("the emoji that are used most come first, a bounded number of them, and damaged storage counts as none", () => {
  const storage = new ScopedStorage(null, { epoch: "e", user: 1 });
  const use = new EmojiUse(storage);
  assert.deepEqual(use.most, []);
  for (const emoji of ["🎉", "👏", "👏", "🙏"]) use.note(emoji);
  assert.deepEqual(use.most, ["👏", "🙏", "🎉"]);
  for (let number = 0; number < 60; number += 1) use.note(`:emoji-${number}:`);
  assert.equal(use.most.length, 36);
  storage.set("emoji-used", "{broken");
  assert.deepEqual(use.most, []);
  storage.set("emoji-used", JSON.stringify([["👏", 1], ["x".repeat(1000), 1], "y", null, ["🙏", "z"]]));
  assert.deepEqual(use.most, ["👏"]);
});

test("the skin tone is remembered, and only one that exists", () => {
  const storage = new ScopedStorage(null, { epoch: "e", user: 1 });
  const use = new EmojiUse(storage);
  assert.equal(use.tone, "");
  use.tone = TONES[2];
  assert.equal(new EmojiUse(storage).tone, TONES[2]);
  storage.set("emoji-tone", "<b>");
  assert.equal(use.tone, "");
});

/** What is completed where `|` stands, as one text. @param {string} text */
function named(text) {
  const caret = text.indexOf("|");
  const found = nameBefore(text.replace("|", ""), caret);
  return found && `${found.start} ${found.sign}${found.query}`;
}

test("a name begins with its sign, at the beginning of a word", () => {
  assert.equal(named("@|"), "0 @");
  assert.equal(named("hi @mi|na"), "3 @mi");
  assert.equal(named("(#디자인|"), "1 #디자인");
  assert.equal(named("🎉:tad|"), "2 :tad");
  assert.equal(named("❤️:tad|"), "2 :tad");
  assert.equal(named("one\n@ㅅㅈ|"), "4 @ㅅㅈ");
  assert.equal(named("hello|"), null);
  assert.equal(named("@mina hello|"), null);
  assert.equal(named(`@${"a".repeat(50)}|`), null);
});

test("an emoji is suggested from the second letter or the first syllable on", () => {
  assert.deepEqual([named(":|"), named(":D|"), named(":ta|"), named(":단|"), named(":ㄷ|"), named(":ㄷㅍ|"), named(":-)|")], [null, null, "0 :ta", "0 :단", null, "0 :ㄷㅍ", null]);
});

test("there is no name in an address, a time, a mail address, or behind another name", () => {
  for (const text of ["https://ex|", "https://example.com/#top|", "10:30|", "mina@example|", "a:tad|", "고마워:단풍|", ":tada:ta|", "C:\\:ta|"]) assert.equal(named(text), null, text);
});

test("there is no name in code", () => {
  assert.equal(named("```\n@mina|"), null);
  assert.equal(named("```py\n@mina\n```\n@joon|"), "16 @joon");
  assert.equal(named("`@mina|"), null);
  assert.equal(named("`code` @mina|"), "7 @mina");
  assert.equal(named("`\n@mina|"), "2 @mina");
});
