/** What the composer suggests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EmojiCatalog, TONES } from "../../../chat/static/chat/js/lib/emoji.js";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { EmojiUse } from "../../../chat/static/chat/js/state/emoji_use.js";
import { Room } from "../../../chat/static/chat/js/state/room.js";
import { emojiRows, peopleRows, roomRows } from "../../../chat/static/chat/js/views/composer_names.js";
import { joon, message, mina, summary } from "../fakes.js";

const seojun = { ...joon, id: 9, username: "seojun", name: "박서준" };

/** Mina, Joon and 서준, of whom 서준 spoke last. */
function room() {
  const made = new Room(summary({ may: ["post", "mention_all"] }));
  for (const user of [mina, joon, seojun]) made.members.set(user.id, { user, role: "member", revision: 1, left: false });
  for (const [position, author] of [joon, seojun].entries()) made.tail.upsert(message(position + 1, { author }));
  return made;
}

/** @param {string} query */
const people = (query) => peopleRows(room(), mina.id, query).map(({ insert }) => insert);

test("people are suggested by who spoke last, then everybody at once, and never the reader", () => {
  assert.deepEqual(people(""), ["@seojun ", "@joon ", "@here ", "@all "]);
  assert.deepEqual(peopleRows(null, mina.id, ""), []);
});

test("a person is found by username, by name and by initial consonants", () => {
  assert.deepEqual([people("seo"), people("서준"), people("ㅅㅈ"), people("joon")], [["@seojun "], ["@seojun "], ["@seojun "], ["@joon "]]);
  assert.deepEqual([people("her"), people("al")], [["@here "], ["@all "]]);
});

test("of very many people eight rows are suggested, with everybody at once among them", () => {
  const large = room();
  for (let id = 100; id < 1_100; id += 1) large.members.set(id, { user: { ...joon, id, username: `person${id}` }, role: "member", revision: 1, left: false });
  const rows = peopleRows(large, mina.id, "");
  assert.equal(rows.length, 8);
  assert.deepEqual(rows.slice(-2).map(({ insert }) => insert), ["@here ", "@all "]);
});

test("everybody at once is suggested to those who may mention them", () => {
  const made = room();
  made.summary = summary({ may: ["post"] });
  assert.deepEqual(peopleRows(made, mina.id, "").map(({ insert }) => insert), ["@seojun ", "@joon "]);
});

test("a room is found by its name and inserted by its slug", () => {
  const rooms = [new Room(summary()), new Room(summary({ id: 2, name: "디자인 이야기", slug: "디자인-이야기", kind: "private" }))];
  assert.deepEqual(roomRows(rooms, "ㄷㅈㅇ").map(({ insert, note }) => [insert, note]), [["#디자인-이야기 ", "private"]]);
  assert.deepEqual(roomRows(rooms, "").map(({ insert }) => insert), ["#general ", "#디자인-이야기 "]);
});

test("emoji of the space come first, others in the tone of the reader, and their use is noted", () => {
  /** @param {string} language */
  const file = (language) => JSON.parse(readFileSync(new URL(`../../../chat/static/chat/emoji/${language}.json`, import.meta.url), "utf-8"));
  const catalog = new EmojiCatalog(file("en"), file("ko"), "en");
  const use = new EmojiUse(new ScopedStorage(null, { epoch: "e", user: 1 }));
  use.tone = TONES[3];
  const custom = [{ name: "thumbs-of-maple", picture: "/1-64.webp", large: "/1-128.webp" }];
  const rows = emojiRows({ catalog, custom, use }, "thumbs");
  assert.deepEqual(rows.slice(0, 2).map(({ name, insert }) => [name, insert]), [[":thumbs-of-maple:", ":thumbs-of-maple:"], [":thumbsup:", "👍🏽"]]);
  rows[1].chosen?.();
  assert.deepEqual(use.most, ["👍"]);
});
