import assert from "node:assert/strict";
import { test } from "node:test";
import { FeedSocket } from "../../../chat/static/chat/js/net/feed_socket.js";
import { EventServer } from "../event_server.js";
import { hello, mina, settled, TestClock } from "../fakes.js";

/** @param {{polls?: boolean}} how */
function made({ polls = false } = {}) {
  const server = new EventServer();
  const clock = new TestClock();
  const socket = new FeedSocket({ polls, user: 7, name: "mine:", token: () => "csrf", fetch: server.fetch, clock });
  /** @type {any[]} */
  const frames = [];
  /** @type {number[]} */
  const codes = [];
  socket.onmessage = ({ data }) => void frames.push(JSON.parse(data));
  socket.onclose = ({ code }) => void codes.push(code);
  return { server, clock, socket, frames, codes, types: () => frames.map((frame) => frame.type) };
}

/** A socket that has been greeted, and whose stream has begun. */
async function opened() {
  const world = made();
  await world.clock.turn(1);
  await world.server.answers([hello()]);
  await world.clock.turn(100);
  await world.server.begin();
  return world;
}

/** @param {object} command */
const text = (command) => JSON.stringify(command);
const OPEN = { type: "open", ref: 1, room: 3, since: 40 };
const REPLY = { type: "reply", ref: 1, ok: true, room: { id: 3 }, revision: 41 };
const CHANGES = { type: "changes", room: 3, since: 41, revision: 42 };

/** One in which the room 3 is open. */
async function inRoom() {
  const world = await opened();
  world.socket.send(text(OPEN));
  await world.clock.turn(1);
  await world.server.answers([REPLY]);
  await world.clock.turn(100);
  await world.server.begin();
  return world;
}

test("a socket is greeted once its stream is known to arrive", async () => {
  const { server, clock, types } = made();
  await clock.turn(1);
  assert.deepEqual(server.single.body, { user: 7, single: true, rooms: "", cursor: "", commands: [] });
  await server.answers([hello(), { type: "rooms", rooms: [] }], "abc");
  await clock.turn(100);
  assert.deepEqual(types(), []);
  assert.deepEqual([server.lasting.body.cursor, server.lasting.body.user], ["abc", 7]);
  await server.begin();
  assert.deepEqual(types(), ["hello", "rooms"]);
});

test("where nothing of a stream arrives, the socket closes without a greeting", async () => {
  const { server, clock, types, codes } = made();
  await clock.turn(1);
  await server.answers([hello()]);
  await clock.turn(8_000);
  assert.deepEqual([types(), codes], [[], [1006]]);
});

test("a room is opened by a single request, and its changes follow in the stream", async () => {
  const { server, clock, socket, types } = await opened();
  socket.send(text(OPEN));
  await clock.turn(1);
  assert.deepEqual(server.single.body.commands, [OPEN]);
  await server.answers([REPLY]);
  await clock.turn(100);
  assert.equal(server.lasting.body.rooms, "3:41");
  await server.begin();
  await server.says(CHANGES);
  assert.deepEqual(types(), ["hello", "reply", "changes"]);
});

test("a room that is open stays open when another is opened, from its revision on", async () => {
  const { server, clock, socket } = await inRoom();
  await server.says(CHANGES);
  socket.send(text({ type: "open", ref: 2, room: 4 }));
  await clock.turn(1);
  await server.answers([{ ...REPLY, ref: 2, revision: 9 }]);
  await clock.turn(100);
  assert.equal(server.lasting.body.rooms, "3:42,4:9");
});

test("nothing of a room arrives after it was closed, and no activity of one that is open", async () => {
  const { server, socket, types } = await inRoom();
  await server.says({ type: "activity", room: 3 }, { type: "activity", room: 4 });
  assert.deepEqual(types(), ["hello", "reply", "activity"]);
  socket.send(text({ type: "close", room: 3 }));
  await server.says(CHANGES);
  assert.deepEqual(types(), ["hello", "reply", "activity"]);
});

test("a room that was closed before it was answered is not open", async () => {
  const { server, clock, socket, types } = await opened();
  socket.send(text(OPEN));
  await clock.turn(1);
  socket.send(text({ type: "close", room: 3 }));
  await server.answers([REPLY]);
  await clock.turn(100);
  await server.says(CHANGES);
  assert.deepEqual(types(), ["hello", "reply"]);
});

test("who is shown, and whether the person is here, is repeated with each request", async () => {
  const { server, clock, socket, frames } = await opened();
  socket.send(text({ type: "presence", ref: 1, state: "away" }));
  socket.send(text({ type: "show_people", ref: 2, people: [7] }));
  await clock.turn(1);
  const away = { type: "presence", ref: "kept", state: "away" };
  assert.deepEqual(server.single.body.commands, [away, { type: "show_people", ref: 2, people: [7] }]);
  await server.answers([{ type: "reply", ref: "kept", ok: true }, { type: "reply", ref: 2, ok: true, people: [] }]);
  await clock.turn(100);
  assert.deepEqual(server.lasting.body.commands, [away, { type: "show_people", ref: "kept", people: [7] }]);
  await server.begin();
  await server.says({ type: "reply", ref: "kept", ok: true, people: [{ user: 7, state: "here" }] });
  assert.deepEqual(frames.at(-1), { type: "presence", people: [{ user: 7, state: "here" }] });
});

test("other commands are requests of their own, one after the other", async () => {
  const { server, socket, frames } = await opened();
  socket.send(text({ type: "send", ref: 1, room: 3, key: "k", body: "one" }));
  socket.send(text({ type: "typing", room: 3, on: true }));
  await settled();
  assert.equal(server.command.body.body, "one");
  server.command.answer(new Response('{"type":"reply","ref":1,"ok":true}'));
  await settled();
  await settled();
  assert.deepEqual(server.command.body, { type: "typing", room: 3, on: true });
  assert.deepEqual(frames.slice(1), [{ type: "reply", ref: 1, ok: true }]);
});

test("a ping is answered with the revisions of open rooms as long as the stream is alive", async () => {
  const { clock, socket, frames } = await inRoom();
  socket.send(text({ type: "ping", ref: 5 }));
  await clock.turn(10);
  assert.deepEqual(frames.at(-1), { type: "reply", ref: 5, ok: true, rooms: { 3: 41 } });
  await clock.turn(46_000);
  socket.send(text({ type: "ping", ref: 6 }));
  await clock.turn(10);
  assert.equal(frames.at(-1).ref, 5);
});

test("a stream that the network cuts after a while continues from its cursor, and the page does not notice", async () => {
  const { server, clock, codes, types } = await inRoom();
  await server.says(CHANGES, { type: "cursor", cursor: "c" });
  await clock.turn(5_000);
  await server.cuts();
  await clock.turn(0);
  assert.deepEqual([server.lasting.body.cursor, server.lasting.body.rooms], ["c", "3:42"]);
  await server.begin("c");
  await server.says({ ...CHANGES, since: 42, revision: 43 });
  assert.deepEqual([types().at(-1), codes], ["changes", []]);
});

test("a stream that is cut at once is a close", async () => {
  const { server, codes } = await opened();
  await server.cuts();
  assert.deepEqual(codes, [1006]);
});

test("the end that a server gives a stream is a close", async () => {
  const { server, codes } = await opened();
  await server.says({ type: "closed", code: 4012 });
  assert.deepEqual(codes, [4012]);
});

test("a refusal is a close with the code of a WebSocket", async () => {
  const { server, clock, codes } = made();
  await clock.turn(1);
  server.single.answer(new Response('{"error":{"code":"unauthenticated","message":""}}', { status: 401 }));
  await settled();
  await settled();
  assert.deepEqual(codes, [4401]);
});

test("polls follow one another, each with the cursor of the last, the rooms and the same commands", async () => {
  const { server, clock, socket, types } = made({ polls: true });
  await clock.turn(1);
  await server.answers([hello()]);
  await clock.turn(100);
  assert.equal(server.lasting.body.wait, 0);
  await server.polled([], "b");
  assert.deepEqual(types(), ["hello"]);
  assert.deepEqual([server.lasting.body.wait, server.lasting.body.cursor], [25, "b"]);
  socket.send(text({ type: "presence", state: "here" }));
  socket.send(text(OPEN));
  await clock.turn(1);
  await server.answers([REPLY]);
  await clock.turn(100);
  await server.polled([CHANGES], "c");
  const { rooms, cursor, commands } = server.lasting.body;
  assert.deepEqual([rooms, cursor, commands.length], ["3:42", "c", 1]);
  assert.deepEqual(types(), ["hello", "reply", "changes"]);
});

test("a poll that the network cuts while it waits is followed by shorter ones", async () => {
  const { server, clock, codes } = made({ polls: true });
  await clock.turn(1);
  await server.answers([hello()]);
  await clock.turn(100);
  await server.polled([], "b");
  await clock.turn(5_000);
  server.lasting.fail();
  await clock.turn(0);
  assert.deepEqual([server.lasting.body.wait, server.lasting.body.cursor, codes], [2, "b", []]);
  server.lasting.fail();
  await clock.turn(0);
  assert.deepEqual(codes, [1006]);
});

test("what changed between two requests without a revision reaches the page", async () => {
  const { server, clock, frames } = await opened();
  await server.says({ type: "room", room: { id: 9 } });
  await clock.turn(5_000);
  await server.cuts();
  await clock.turn(0);
  await server.begin();
  await server.says(hello({ rooms: [9], user: { ...mina, name: "Mina Park" } }));
  const [, , user, , removed] = frames;
  assert.equal(user.user.name, "Mina Park");
  assert.deepEqual(removed, { type: "room_removed", room: 1, reason: "removed" });
});
