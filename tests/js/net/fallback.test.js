import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../../chat/static/chat/js/net/connection.js";
import { Fallback } from "../../../chat/static/chat/js/net/fallback.js";
import { EventServer } from "../event_server.js";
import { hello, settled, socketKind, TestClock } from "../fakes.js";

/** @param {import("../../../chat/static/chat/js/net/shared_events.js").How["channel"]} [channel] */
function fallback(channel) {
  const server = new EventServer();
  const clock = new TestClock();
  const Socket = socketKind();
  const connection = new Connection({ url: "ws://here/ws/", WebSocket: Socket, clock, random: () => 0 });
  connection.start();
  const socket = { user: 7, name: "mine:", token: () => "csrf", fetch: server.fetch, channel };
  /** @type {string[]} */
  const ways = [];
  const made = new Fallback({ connection, socket, changed: (way) => void ways.push(way), clock });
  return { server, clock, Socket, connection, ways, made };
}

/** @param {import("../../../chat/static/chat/js/net/shared_events.js").How["channel"]} [channel] */
async function blocked(channel) {
  const world = fallback(channel);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    world.Socket.last.closes(1006);
    await world.clock.turn(1);
  }
  return world;
}

/**
 * Where WebSockets are blocked, and a stream has begun.
 * @param {import("../../../chat/static/chat/js/net/shared_events.js").How["channel"]} [channel]
 */
async function streaming(channel) {
  const world = await blocked(channel);
  await world.clock.turn(1);
  await world.server.answers([hello()]);
  await world.clock.turn(100);
  await world.server.begin();
  return world;
}

test("a WebSocket that lasts is kept, however often it breaks and comes back", async () => {
  const { Socket, clock, connection, ways } = fallback();
  for (let time = 0; time < 5; time += 1) {
    Socket.last.says(hello());
    await clock.turn(20_000);
    Socket.last.closes(1006);
    await clock.turn(1);
  }
  assert.equal(connection.WebSocket, Socket);
  assert.deepEqual(new Set(ways), new Set(["websocket"]));
});

test("a WebSocket that the network cuts each time soon after it was opened is given up", async () => {
  const { Socket, clock, connection } = fallback();
  for (let time = 0; time < 2; time += 1) {
    Socket.last.says(hello());
    await clock.turn(5_000);
    Socket.last.closes(1006);
    await clock.turn(1);
  }
  assert.notEqual(connection.WebSocket, Socket);
});

test("where WebSockets fail, a stream is used", async () => {
  const { connection, ways } = await streaming();
  assert.equal(connection.state, "open");
  assert.deepEqual(ways, ["stream"]);
});

test("a stream that lasted and ended is followed by another", async () => {
  const { server, clock, made } = await streaming();
  await clock.turn(15_000);
  await server.says({ type: "closed", code: 4012 });
  await clock.turn(1);
  assert.equal(made.way, "stream");
});

test("where a stream says nothing, polls are used", async () => {
  const { server, clock, connection, ways } = await blocked();
  await clock.turn(1);
  await server.answers([hello()]);
  await clock.turn(8_000);
  await server.answers([hello()]);
  await clock.turn(100);
  await server.polled([], "a");
  assert.equal(connection.state, "open");
  assert.deepEqual(ways, ["poll"]);
});

test("where no request is answered either, a WebSocket is tried again before anything else", async () => {
  const { server, clock, made } = await blocked();
  await clock.turn(1);
  server.single.fail();
  await settled();
  await settled();
  await clock.turn(1);
  assert.equal(made.way, "websocket");
});

test("a WebSocket is used again when it works", async () => {
  const { server, clock, Socket, connection, ways } = await streaming();
  const probes = Socket.made.length;
  await clock.turn(30_000);
  assert.equal(Socket.made.length, probes + 1);
  Socket.last.closes(1006);
  await server.says({ type: "cursor", cursor: "a" });
  await clock.turn(40_000);
  await server.says({ type: "cursor", cursor: "b" });
  await clock.turn(20_000);
  Socket.last.says(hello());
  assert.equal(connection.WebSocket, Socket);
  Socket.last.says(hello());
  assert.deepEqual(ways, ["stream", "websocket"]);
});

test("a page that rests closes its stream, and continues with one", async () => {
  const { server, clock, connection, made } = await streaming();
  made.rest();
  assert.ok(server.lasting.signal.aborted);
  assert.equal(connection.state, "waiting");
  connection.resume();
  await clock.turn(1);
  await server.answers([hello()]);
  await clock.turn(100);
  await server.begin();
  assert.deepEqual([connection.state, made.way], ["open", "stream"]);
});

test("a tab for which a WebSocket works again has the others try one, too", async () => {
  /** @type {any} */
  const end = { onmessage: null, posted: [], postMessage: (/** @type {string} */ note) => end.posted.push(note), close() {} };
  const { clock, Socket } = await streaming((name) => (name === "mine:way" ? end : null));
  const probes = Socket.made.length;
  end.onmessage({ data: "websocket" });
  await clock.turn(2_000);
  assert.equal(Socket.made.length, probes + 1);
  Socket.last.says(hello());
  assert.deepEqual(end.posted, ["websocket"]);
});
