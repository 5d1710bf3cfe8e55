/** The list of the space's own emoji in the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CustomEmojiList } from "../../../chat/static/chat/js/net/custom_emoji_list.js";

/**
 * A list whose server answers with what `answers` holds.
 * @param {unknown[]} answers
 */
function listWith(answers) {
  const asked = /** @type {string[]} */ ([]);
  const clock = { at: 0 };
  const list = new CustomEmojiList("/emoji/", {
    request: async (address) => {
      asked.push(address);
      const answer = answers[asked.length - 1];
      if (answer === undefined) throw new TypeError("no network");
      return Response.json({ version: asked.length, emoji: answer });
    },
    now: () => clock.at,
  });
  return { list, asked, clock };
}

/** @param {string} name @param {boolean} [archived] */
const emoji = (name, archived) => ({ name, picture: `/${name}-64.webp`, large: `/${name}-128.webp`, archived });

test("the list is read once for all who need it, and again after half a minute", async () => {
  const { list, asked, clock } = listWith([[emoji("leaf")], [emoji("leaf"), emoji("logo")]]);
  await Promise.all([list.refresh(), list.refresh()]);
  clock.at = 29_000;
  await list.refresh();
  assert.deepEqual([asked.length, [...list.known.keys()]], [1, ["leaf"]]);
  clock.at = 31_000;
  await list.refresh();
  assert.deepEqual([asked.length, [...list.known.keys()]], [2, ["leaf", "logo"]]);
});

test("a list that has changed on the server is read again at once when it is needed", async () => {
  const { list, asked } = listWith([[emoji("leaf")], [emoji("leaf"), emoji("logo")]]);
  assert.equal(list.version, -1);
  await list.refresh();
  assert.equal(list.version, 1);
  list.expire();
  await list.refresh();
  assert.deepEqual([asked.length, list.version, [...list.known.keys()]], [2, 2, ["leaf", "logo"]]);
});

test("archived emoji are known, but not offered", async () => {
  const { list } = listWith([[emoji("leaf"), emoji("old", true)]]);
  await list.refresh();
  assert.deepEqual(list.offered.map(({ name }) => name), ["leaf"]);
  assert.ok(list.known.has("old"));
});

test("without a network the list stays as it is, and the next need tries again", async () => {
  const { list, asked, clock } = listWith([[emoji("leaf")], undefined, [emoji("logo")]]);
  await list.refresh();
  clock.at = 40_000;
  await list.refresh();
  assert.deepEqual([...list.known.keys()], ["leaf"]);
  await list.refresh();
  assert.deepEqual([asked.length, [...list.known.keys()]], [3, ["logo"]]);
});
