import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../../chat/static/chat/js/net/connection.js";
import { Fallback } from "../../../chat/static/chat/js/net/fallback.js";
import { COMMANDS, EVENTS, FeedSocket } from "../../../chat/static/chat/js/net/feed_socket.js";
import { hello, present, settled, socketKind, TestClock } from "../fakes.js";

/** A server whose answers are in the hands of the test. */
class FakeServer {
  /** @type {{url: string, body: any, accept: string, signal: any, answer: (response: any) => void, stream: any}[]} */
  requests = [];

  fetch = /** @type {typeof fetch} */ (
    (url, how = {}) => {
      const headers = /** @type {Record<string, string>} */ (how.headers);
      return new Promise((resolve, reject) => {
        how.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        const body = JSON.parse(String(how.body));
        this.requests.push({ url: String(url), body, accept: headers.Accept, signal: how.signal, answer: resolve, stream: null });
      });
    }
  );

  /** @param {string} url */
  last(url = EVENTS) {
    return present(this.requests.findLast((request) => request.url === url));
  }

  /** Begins to answer the last request for events with a stream. */
  begin() {
    const request = this.last();
    const body = new ReadableStream({ start: (controller) => void (request.stream = controller) });
    request.answer(new Response(body));
    return request;
  }

  /** @param {object[]} frames */
  async says(...frames) {
    for (const frame of frames) this.last().stream.enqueue(new TextEncoder().encode(`${JSON.stringify(frame)}\n`));
    await settled();
    await settled();
  }

  /**
   * @param {object[]} frames
   * @param {string} cursor
   */
  async answers(frames, cursor) {
    this.last().answer(new Response(JSON.stringify({ frames, cursor })));
    await settled();
    await settled();
  }
}

/** @param {{polls?: boolean}} how */
function opened({ polls = false } = {}) {
  const server = new FakeServer();
  const clock = new TestClock();
  const socket = new FeedSocket({ polls, token: () => "csrf", fetch: server.fetch, clock });
  /** @type {any[]} */
  const frames = [];
  /** @type {number[]} */
  const codes = [];
  socket.onmessage = ({ data }) => void frames.push(JSON.parse(data));
  socket.onclose = ({ code }) => void codes.push(code);
  return { server, clock, socket, frames, codes };
}

const REPLY = { type: "reply", ref: 1, ok: true, room: { id: 3 }, revision: 41 };

test("frames of a stream are passed on, and its cursors are kept for the next request", async () => {
  const { server, clock, socket, frames } = opened();
  server.begin();
  await server.says(hello(), { type: "cursor", cursor: "abc" });
  assert.deepEqual(frames.map((frame) => frame.type), ["hello"]);
  socket.send(JSON.stringify({ type: "open", ref: 1, room: 3, since: 40 }));
  await clock.turn(100);
  assert.deepEqual(server.last().body, { rooms: "", cursor: "abc", commands: [{ type: "open", ref: 1, room: 3, since: 40 }] });
});

test("a room that is open stays open when another is opened, from its revision on", async () => {
  const { server, clock, socket, frames } = opened();
  server.begin();
  await server.says(hello());
  socket.send(JSON.stringify({ type: "open", ref: 1, room: 3, since: 40 }));
  await clock.turn(100);
  server.begin();
  await server.says(hello(), REPLY, { type: "changes", room: 3, since: 41, revision: 42 });
  assert.deepEqual(frames.map((frame) => frame.type), ["hello", "reply", "changes"]);
  socket.send(JSON.stringify({ type: "open", ref: 2, room: 4 }));
  await clock.turn(100);
  assert.equal(server.last().body.rooms, "3:42");
  assert.deepEqual(server.last().body.commands, [{ type: "open", ref: 2, room: 4 }]);
});

test("a command that was not answered is sent again with the next request", async () => {
  const { server, clock, socket } = opened();
  socket.send(JSON.stringify({ type: "open", ref: 1, room: 3 }));
  await clock.turn(100);
  socket.send(JSON.stringify({ type: "show_people", ref: 2, people: [7] }));
  await clock.turn(100);
  assert.deepEqual(server.last().body.commands.map((/** @type {any} */ command) => command.ref), [1, 2]);
});

test("whom the page shows and whether its person is here is said again with each request", async () => {
  const { server, clock, socket, frames } = opened();
  server.begin();
  socket.send(JSON.stringify({ type: "presence", ref: 1, state: "away" }));
  await clock.turn(100);
  server.begin();
  await server.says(hello(), { type: "reply", ref: 1, ok: true });
  socket.send(JSON.stringify({ type: "open", ref: 2, room: 3 }));
  await clock.turn(100);
  const [open, presence] = server.last().body.commands;
  assert.equal(open.ref, 2);
  assert.deepEqual(presence, { type: "presence", state: "away", ref: "kept" });
  server.begin();
  await server.says({ type: "reply", ref: "kept", ok: true, people: [{ user: 7, state: "here" }] });
  assert.deepEqual(frames.at(-1), { type: "presence", people: [{ user: 7, state: "here" }] });
});

test("nothing of a room arrives after it was closed", async () => {
  const { server, clock, socket, frames } = opened();
  socket.send(JSON.stringify({ type: "open", ref: 1, room: 3 }));
  await clock.turn(100);
  server.begin();
  await server.says(hello(), REPLY);
  socket.send(JSON.stringify({ type: "close", room: 3 }));
  await server.says({ type: "changes", room: 3, since: 41, revision: 42 });
  assert.deepEqual(frames.map((frame) => frame.type), ["hello", "reply"]);
});

test("other commands are requests of their own, one after the other", async () => {
  const { server, socket, frames } = opened();
  socket.send(JSON.stringify({ type: "send", ref: 1, room: 3, key: "k", body: "one" }));
  socket.send(JSON.stringify({ type: "send", ref: 2, room: 3, key: "l", body: "two" }));
  await settled();
  assert.equal(server.requests.filter(({ url }) => url === COMMANDS).length, 1);
  server.last(COMMANDS).answer(new Response('{"type":"reply","ref":1,"ok":true}'));
  await settled();
  await settled();
  assert.equal(server.last(COMMANDS).body.body, "two");
  assert.deepEqual(frames, [{ type: "reply", ref: 1, ok: true }]);
});

test("a ping is answered as long as the stream is alive", async () => {
  const { server, clock, socket, frames } = opened();
  server.begin();
  await server.says(hello());
  socket.send(JSON.stringify({ type: "ping", ref: 5 }));
  await clock.turn(10);
  assert.deepEqual(frames.at(-1), { type: "reply", ref: 5, ok: true, rooms: {} });
  await clock.turn(45_000);
  socket.send(JSON.stringify({ type: "ping", ref: 6 }));
  await clock.turn(10);
  assert.equal(frames.at(-1).ref, 5);
});

test("the end of a stream, and of the server, is a close", async () => {
  const { server, codes } = opened();
  server.begin();
  await server.says(hello(), { type: "closed", code: 4012 });
  assert.deepEqual(codes, [4012]);
  const other = opened();
  other.server.begin().stream.close();
  await settled();
  await settled();
  assert.deepEqual(other.codes, [1006]);
});

test("a refusal is a close with the code of a WebSocket", async () => {
  const { server, codes } = opened();
  server.last().answer(new Response('{"error":{"code":"unauthenticated","message":""}}', { status: 401 }));
  await settled();
  await settled();
  assert.deepEqual(codes, [4401]);
});

test("polls follow one another, each with the cursor of the last, and the same rooms", async () => {
  const { server, clock, socket, frames } = opened({ polls: true });
  await server.answers([hello()], "a");
  assert.equal(server.last().body.cursor, "a");
  socket.send(JSON.stringify({ type: "open", ref: 1, room: 3 }));
  await clock.turn(100);
  await server.answers([REPLY], "b");
  await server.answers([{ type: "changes", room: 3, since: 41, revision: 42 }], "c");
  assert.deepEqual(server.last().body, { rooms: "", cursor: "c", wait: 25 });
  assert.deepEqual(frames.map((frame) => frame.type), ["hello", "reply", "changes"]);
});

// --- which way is used ------------------------------------------------------------------------------------------------

function fallback() {
  const server = new FakeServer();
  const clock = new TestClock();
  const Socket = socketKind();
  const connection = new Connection({ url: "ws://here/ws/", WebSocket: Socket, clock, random: () => 0 });
  connection.start();
  /** @type {string[]} */
  const ways = [];
  const made = new Fallback({ connection, token: () => "csrf", changed: (way) => void ways.push(way), fetch: server.fetch, clock });
  return { server, clock, Socket, connection, ways, made };
}

async function blocked() {
  const world = fallback();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    world.Socket.last.closes(1006);
    await world.clock.turn(1);
  }
  return world;
}

test("a WebSocket that works is kept, however often it breaks and comes back", async () => {
  const { Socket, clock, connection, ways } = fallback();
  for (let time = 0; time < 5; time += 1) {
    Socket.last.says(hello());
    Socket.last.closes(1006);
    await clock.turn(1);
  }
  assert.equal(connection.WebSocket, Socket);
  assert.deepEqual(new Set(ways), new Set(["websocket"]));
});

test("where WebSockets fail, a stream is used", async () => {
  const { server, connection, ways } = await blocked();
  server.begin();
  await server.says(hello());
  assert.equal(connection.state, "open");
  assert.deepEqual(ways, ["stream"]);
});

test("where a stream says nothing, polls are used", async () => {
  const { server, clock, connection, ways } = await blocked();
  server.begin();
  await clock.turn(15_001);
  await server.answers([hello()], "a");
  assert.equal(connection.state, "open");
  assert.deepEqual(ways, ["poll"]);
});

test("a WebSocket is used again when it works", async () => {
  const { server, clock, Socket, connection, ways } = await blocked();
  server.begin();
  await server.says(hello());
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
