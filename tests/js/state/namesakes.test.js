/** Names that look alike are shown with the username. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOf } from "../../../chat/static/chat/js/state/namesakes.js";
import { Room } from "../../../chat/static/chat/js/state/room.js";
import { changes, joon, message, mina, opened, summary } from "../fakes.js";

/** @import { Member, Message, User } from "../../../chat/static/chat/js/net/protocol.js" */

const eve = { id: 66, username: "eve", name: "Mina", avatar: null, bot: false, guest: false };

/**
 * A member of room 1.
 * @param {User} user
 * @param {Partial<Member>} [more]
 * @returns {Member}
 */
function member(user, more = {}) {
  return { user, role: "member", revision: 1, left: false, ...more };
}

/**
 * @param {Member[]} members
 * @param {Message[]} [messages]
 */
function roomWith(members, messages = []) {
  const room = new Room(summary());
  room.open(opened(messages, { members }));
  return room;
}

for (const name of ["mina", "MINA", "Ｍｉｎａ", "Mіna", "Mına", "rnina", " Mina ", "Mi\u200bna"]) {
  test(`"${name}" looks like "Mina"`, () => assert.equal(lookOf(name), lookOf("Mina")));
}

for (const [one, other] of [["Mina", "Nina"], ["김하은", "김하은이"], ["é", "e"], ["Mina Kim", "MinaKim"]]) {
  test(`"${one}" and "${other}" are distinguished`, () => assert.notEqual(lookOf(one), lookOf(other)));
}

test("a name that is unique in the room is shown alone", () => {
  const room = roomWith([member(mina), member(joon)]);
  assert.equal(room.hasNamesake(mina), false);
});

test("two members with the same name have a namesake, and others have none", () => {
  const room = roomWith([member(mina), member(joon), member({ ...eve, name: "Mіna" })]);
  assert.deepEqual([mina, eve, joon].map((user) => room.hasNamesake(user)), [true, true, false]);
});

test("somebody who joins, is renamed or leaves changes who has a namesake", () => {
  const room = roomWith([member(mina), member(joon)]);
  room.change(changes(0, 2, [], { members: [member(eve, { revision: 2 })] }));
  assert.equal(room.hasNamesake(mina), true);
  room.change(changes(2, 3, [], { members: [member({ ...eve, name: "Eve" }, { revision: 3 })] }));
  assert.equal(room.hasNamesake(mina), false);
  room.change(changes(3, 4, [], { members: [member({ ...eve, name: "mina" }, { revision: 4 })] }));
  assert.equal(room.hasNamesake(mina), true);
  room.change(changes(4, 5, [], { members: [member(eve, { revision: 5, left: true })] }));
  assert.equal(room.hasNamesake(mina), false);
});

test("the author of a message who has left the room can be a namesake too", () => {
  const room = roomWith([member(mina)], [message(1, { author: eve })]);
  assert.equal(room.hasNamesake(mina), true);
  const later = roomWith([member(mina)], [message(5)]);
  assert.equal(later.hasNamesake(mina), false);
  later.upsert(message(6, { author: eve }));
  assert.equal(later.hasNamesake(mina), true);
});

test("an older page can add a namesake", () => {
  const room = roomWith([member(mina)], [message(5)]);
  assert.equal(room.hasNamesake(mina), false);
  room.prepend({ messages: [message(4, { author: eve })], has_older: false });
  assert.equal(room.hasNamesake(mina), true);
});

test("a former name no longer counts", () => {
  const room = roomWith([member(mina), member({ ...eve, name: "Eve" })], [message(1, { author: eve })]);
  assert.equal(room.hasNamesake(mina), false);
});
