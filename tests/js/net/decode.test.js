import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Decoder, plain } from "../../../chat/static/chat/js/net/decode.js";

const wire = { id: 7, position: 3, revision: 9, key: "k", author: 2, created_at: "2026-01-02T00:00:00Z", body: "a < b" };
const joon = { id: 2, username: "joon", name: "Joon" };

/**
 * A decoded frame of which a test knows the fields.
 * @param {Decoder} decoder
 * @param {{[field: string]: any}} frame
 * @returns {{[field: string]: any}}
 */
const decoded = (decoder, frame) => decoder.decode(frame);

test("a text without markup becomes the same HTML as on the server", () => {
  const cases = JSON.parse(readFileSync(new URL("../../harness/plain_texts.json", import.meta.url), "utf8"));
  for (const [body, html] of cases) assert.equal(plain(body), html);
});

test("what a frame leaves out has its default", () => {
  const frame = decoded(new Decoder(), { type: "changes", room: 1, since: 8, revision: 9, messages: [wire], users: [joon] });
  assert.deepEqual(frame.members, []);
  assert.deepEqual(frame.extras, []);
  const [message] = frame.messages;
  assert.deepEqual(
    { ...message, author: { ...message.author } },
    {
      ...wire,
      room: 1,
      kind: "text",
      html: "<p>a &lt; b</p>",
      counted: 3,
      edited_at: null,
      deleted: false,
      reply_to: null,
      extras: {},
      author: { ...joon, avatar: null, bot: false, guest: false },
    },
  );
});

test("a tombstone has no text", () => {
  const { body: _body, ...bare } = wire;
  const frame = decoded(new Decoder(), { type: "reply", ref: 1, ok: true, room: 1, message: { ...bare, deleted: true } });
  assert.deepEqual([frame.message.body, frame.message.html, frame.message.room], ["", "", 1]);
});

test("a new name of a person reaches the messages that are held already", () => {
  const decoder = new Decoder();
  const { messages } = decoded(decoder, { type: "changes", room: 1, since: 8, revision: 9, messages: [wire], users: [joon] });
  decoder.decode({ type: "changes", room: 1, since: 9, revision: 10, members: [{ user: { ...joon, name: "June" }, revision: 10 }] });
  assert.equal(messages[0].author.name, "June");
});

test("an author of whom nothing is known yet is filled in by a later frame", () => {
  const decoder = new Decoder();
  const { messages } = decoded(decoder, { type: "reply", ref: 1, ok: true, messages: [wire] });
  assert.equal(messages[0].author.name, "");
  decoder.decode({ type: "changes", room: 1, since: 0, revision: 9, members: [{ user: joon, revision: 2 }] });
  assert.equal(messages[0].author.name, "Joon");
});

test("what is about my own items is left as it is", () => {
  const favourite = { kind: "favourite", key: "1", value: null, revision: 4 };
  const state = { revision: 4, reset: true, items: [favourite] };
  const frames = [
    { type: "reply", ref: 1, ok: true, ...state },
    { type: "reply", ref: 2, ok: true, item: favourite },
    { type: "me_changes", since: 3, ...state },
    { type: "hello", user: { ...joon, avatar: null, bot: false, guest: false }, rooms: [1], me: 4 },
  ];
  for (const frame of frames) assert.deepEqual(new Decoder().decode(frame), frame);
});

test("a reply without a body is left as it is", () => {
  assert.deepEqual(new Decoder().decode({ type: "reply", ref: 1, ok: true }), { type: "reply", ref: 1, ok: true });
});

test("my own new name reaches the messages that are held, and what is absent has its default", () => {
  const decoder = new Decoder();
  const { messages } = decoded(decoder, { type: "changes", room: 1, since: 8, revision: 9, messages: [wire], users: [joon] });
  const { user } = decoded(decoder, { type: "user", user: { ...joon, name: "June" } });
  assert.deepEqual(user, { ...joon, name: "June", avatar: null, bot: false, guest: false });
  assert.equal(messages[0].author.name, "June");
});

test("an erased account has the name that all of them have", () => {
  const erased = { id: 2, username: "~2", name: "whatever the server calls it", erased: true };
  const { messages } = decoded(new Decoder(), { type: "changes", room: 1, since: 8, revision: 9, messages: [wire], users: [erased] });
  assert.equal(messages[0].author.name, "Deleted account");
});

test("the author of a quote is a person, whose name may come later", () => {
  const decoder = new Decoder();
  const quote = { id: 2, author: joon.id, position: 1, text: "hi" };
  const frame = decoded(decoder, { type: "changes", room: 1, since: 8, revision: 9, messages: [{ ...wire, extras: { quote } }] });
  const extras = [{ id: 2, position: 1, revision: 9, extras: { quote } }];
  const changed = decoded(decoder, { type: "changes", room: 1, since: 9, revision: 10, extras, users: [joon] });
  assert.equal(frame.messages[0].extras.quote.author.name, "Joon");
  assert.equal(changed.extras[0].extras.quote.author.name, "Joon");
});

test("the people of a system line and who pinned a message are people", () => {
  const decoder = new Decoder();
  const line = { ...wire, kind: "system", body: undefined, extras: { system: { code: "added", people: [2, 3] } } };
  const pinned = { ...wire, extras: { pinned: { by: 2, at: wire.created_at } } };
  const frame = decoded(decoder, { type: "changes", room: 1, since: 8, revision: 9, messages: [line, pinned], users: [joon] });
  assert.deepEqual(frame.messages[0].extras.system.people.map((/** @type {any} */ { id, name }) => [id, name]), [[2, "Joon"], [3, ""]]);
  assert.equal(frame.messages[1].extras.pinned.by.name, "Joon");
});

test("what is mine of a message has no reactions unless some are named", () => {
  const decoder = new Decoder();
  const none = { id: 1, revision: 3, reactions: [], votes: [] };
  assert.deepEqual(decoded(decoder, { type: "mine", room: 1, mine: [{ id: 1, revision: 3 }] }).mine, [none]);
  assert.deepEqual(decoded(decoder, { type: "reply", ref: 1, ok: true, room: 1, message: wire, mine: { id: 1, revision: 3 } }).mine, none);
  assert.deepEqual(decoded(decoder, { type: "reply", ref: 1, ok: true, messages: [wire] }).mine, []);
});

test("a direct room is called by the names of the others, and one for notes by one's own", () => {
  const decoder = new Decoder();
  const me = { id: 1, username: "mina", name: "Mina" };
  const ada = { id: 3, username: "ada", name: "Ada" };
  /** @param {object[]} people */
  const room = (people) => ({ id: 2, slug: "dm-1", name: "", kind: "direct", revision: 3, message_count: 1, people });
  decoder.bootstrap({ user: me, rooms: [], open: null });
  /** @param {object[]} people */
  const name = (people) => decoded(decoder, { type: "room", room: room(people) }).room.name;
  assert.equal(name([me, joon]), "Joon");
  assert.equal(name([me, joon, ada]), "Joon, Ada");
  assert.equal(name([me]), "Mina");
  const { info } = decoded(decoder, { type: "changes", room: 2, since: 2, revision: 3, info: { ...room([me, { ...joon, name: "Jun" }]), closed: "refused" } });
  assert.deepEqual([info.name, info.closed, info.people.length], ["Jun", "refused", 1]);
});
