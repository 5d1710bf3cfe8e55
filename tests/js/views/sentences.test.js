import assert from "node:assert/strict";
import { test } from "node:test";
import { lastLine, systemText } from "../../../chat/static/chat/js/views/sentences.js";
import { excerpt, joon, message, mina, summary } from "../fakes.js";

/** @import { Message, System, User } from "../../../chat/static/chat/js/net/protocol.js" */

/** @param {number} id @returns {User} */
const friend = (id) => ({ id, username: `friend${id}`, name: `Friend ${id}`, avatar: null, bot: false, guest: false });

let positions = 0;

/**
 * @param {System} system
 * @param {User} [author]
 * @returns {Message}
 */
const line = (system, author = mina) => message((positions += 1), { kind: "system", author, body: "", html: "", extras: { system } });

test("a line is a sentence about one person, two, or more", () => {
  assert.equal(systemText([line({ code: "joined", people: [joon] }, joon)]), "Joon joined");
  assert.equal(systemText([line({ code: "added", people: [friend(5), joon] })]), "Friend 5 and Joon joined, added by Mina");
  assert.equal(systemText([line({ code: "removed", people: [friend(5), joon, friend(6)] })]), "Friend 5, Joon and 1 other were removed by Mina");
  const ten = Array.from({ length: 10 }, (_, index) => friend(10 + index));
  assert.equal(systemText([line({ code: "added", people: ten, count: 500 })]), "Friend 10, Friend 11 and 498 others joined, added by Mina");
});

test("folded lines are one sentence for each thing that happened, by whom it matters", () => {
  const lines = [
    line({ code: "joined", people: [joon] }, joon),
    line({ code: "added", people: [friend(5)] }),
    line({ code: "joined", people: [friend(6)] }, friend(6)),
    line({ code: "added", people: [friend(7)] }, joon),
    line({ code: "left", people: [friend(6)] }, friend(6)),
    line({ code: "joined", people: [friend(6)] }, friend(6)),
  ];
  assert.equal(systemText(lines), "Joon and Friend 6 joined · Friend 5 joined, added by Mina · Friend 7 joined, added by Joon · Friend 6 left");
});

test("pins of one person are counted", () => {
  const pins = [1, 2, 3].map((position) => line({ code: "pinned", message: position, position }));
  assert.equal(systemText(pins.slice(0, 1)), "Mina pinned a message");
  assert.equal(systemText(pins), "Mina pinned 3 messages");
});

test("settings are said with their values", () => {
  assert.equal(systemText([line({ code: "renamed", from: "General", to: "Agora" })]), "Mina renamed the room from “General” to “Agora”");
  assert.equal(systemText([line({ code: "topic", to: "%(name)s" })]), "Mina changed the topic to “%(name)s”");
  assert.equal(systemText([line({ code: "topic", to: "" })]), "Mina removed the topic");
  assert.equal(systemText([line({ code: "archived" })]), "Mina archived the room");
});

test("a code of a later version has a sentence too", () => {
  assert.equal(systemText([line({ code: "exploded", people: [joon] })]), "Something changed in this room");
  assert.equal(systemText([message(1, { kind: "system", extras: {} })]), "Something changed in this room");
});

test("in the list of rooms only the author is named", () => {
  /** @param {import("../../../chat/static/chat/js/net/protocol.js").Excerpt["system"]} system */
  const last = (system) => lastLine({ summary: summary({ last_message: excerpt(1, { kind: "system", text: "", author: mina, system }) }) });
  assert.equal(last({ code: "joined", people: [1] }), "Mina joined");
  assert.equal(last({ code: "added", people: [1, 2], count: 12 }), "Mina added 12 people");
  assert.equal(last({ code: "removed", people: [2] }), "Mina removed 1 person");
  assert.equal(last({ code: "renamed", from: "A", to: "B" }), "Mina renamed the room from “A” to “B”");
  assert.equal(last(null), "Something changed in this room");
});
