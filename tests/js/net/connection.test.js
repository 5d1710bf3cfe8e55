import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../../chat/static/chat/js/net/connection.js";
import { hello, present, settled, socketKind, TestClock } from "../fakes.js";

/** @param {{random?: () => number}} how */
function connect({ random = () => 0.5 } = {}) {
  const clock = new TestClock();
  const Socket = socketKind();
  const connection = new Connection({ url: "ws://here/ws/", WebSocket: Socket, clock, random });
  connection.start();
  return { clock, Socket, connection };
}

/** @param {{random?: () => number}} [how] */
function live(how) {
  const world = connect(how);
  world.Socket.last.says(hello());
  return world;
}

test("it offers the version of the protocol that it speaks", () => {
  const { Socket } = connect();
  assert.equal(Socket.last.url, "ws://here/ws/");
  assert.deepEqual(Socket.last.protocols, ["chat.v1"]);
});

test("it is open when the server has said hello, not before", () => {
  const { Socket, connection } = connect();
  assert.equal(connection.state, "connecting");
  Socket.last.says(hello());
  assert.equal(connection.state, "open");
});

test("a reply goes to the command that has its ref", async () => {
  const { Socket, connection } = live();
  const first = connection.request({ type: "open", room: 1 });
  const second = connection.request({ type: "open", room: 2 });
  const [one, two] = Socket.last.sent.map((command) => command.ref);
  Socket.last.says({ type: "reply", ref: two, ok: true, room: "second" });
  Socket.last.says({ type: "reply", ref: one, ok: true, room: "first" });
  assert.equal((await first).room, "first");
  assert.equal((await second).room, "second");
});

test("a refusal rejects with its code and its pause", async () => {
  const { Socket, connection } = live();
  const asked = connection.request({ type: "send" });
  const error = { code: "rate_limited", message: "Slowly.", retry_after: 2.5 };
  Socket.last.says({ type: "reply", ref: Socket.last.sent[0].ref, ok: false, error });
  await assert.rejects(asked, { code: "rate_limited", message: "Slowly.", retryAfter: 2.5 });
});

test("a command without a connection, or whose connection ends, is disconnected", async () => {
  const { Socket, connection } = live();
  const asked = connection.request({ type: "send" });
  Socket.last.closes(1006);
  await assert.rejects(asked, { code: "disconnected" });
  await assert.rejects(connection.request({ type: "send" }), { code: "disconnected" });
});

test("a command that nobody answers is unavailable after 20 s", async () => {
  const { clock, connection } = live();
  const asked = assert.rejects(connection.request({ type: "send" }), { code: "unavailable" });
  await clock.turn(20_000);
  await asked;
});

test("it beats every 25 s and takes 10 s of silence after that for death", async () => {
  const { clock, Socket, connection } = live();
  await clock.turn(25_000);
  assert.equal(Socket.last.sent.at(-1)?.type, "ping");
  await clock.turn(9_999);
  assert.equal(connection.state, "open");
  await clock.turn(1);
  assert.equal(connection.state, "waiting");
  assert.ok(Socket.made[0].isClosed);
});

test("any frame within the 10 s shows that it lives, and a pong contains the revisions", async () => {
  const { clock, Socket, connection } = live();
  /** @type {Record<string, number>[]} */
  const reported = [];
  connection.on("pong", (revisions) => reported.push(revisions));
  await clock.turn(25_000);
  const { ref } = present(Socket.last.sent.at(-1));
  Socket.last.says({ type: "reply", ref, ok: true, rooms: { 1: 7 } });
  await clock.turn(10_000);
  assert.equal(connection.state, "open");
  assert.deepEqual(reported, [{ 1: 7 }]);
});

/**
 * The connection tries again after exactly this long.
 * @param {number} wait
 * @param {Pick<ReturnType<typeof connect>, "clock" | "Socket">} browser
 */
async function attemptsAfter(wait, { clock, Socket }) {
  const made = Socket.made.length;
  await clock.turn(wait - 1);
  assert.equal(Socket.made.length, made);
  await clock.turn(1);
  assert.equal(Socket.made.length, made + 1);
}

test("attempts are apart by up to 0.5 s, 1 s, 2 s … 20 s", async () => {
  const browser = connect({ random: () => 1 });
  for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]) {
    browser.Socket.last.closes(1006);
    await attemptsAfter(wait, browser);
  }
});

test("a connection that lasted resets the backoff; one that did not, does not", async () => {
  const browser = connect({ random: () => 1 });
  const { clock, Socket } = browser;
  for (const wait of [500, 1_000]) {
    Socket.last.closes(1006);
    await clock.turn(wait);
  }
  Socket.last.says(hello());
  Socket.last.closes(1006);
  await attemptsAfter(2_000, browser);
  Socket.last.says(hello());
  await clock.turn(10_000);
  Socket.last.closes(1006);
  await attemptsAfter(500, browser);
});

test("a server that never says hello is given up after 15 s", async () => {
  const { clock, connection } = connect();
  await clock.turn(15_000);
  assert.equal(connection.state, "waiting");
});

test("resuming connects at once while it waits, and probes while it is open", async () => {
  const { clock, Socket, connection } = live();
  connection.resume();
  assert.equal(Socket.last.sent.at(-1)?.type, "ping");
  await clock.turn(4_000);
  assert.equal(connection.state, "waiting");
  connection.resume();
  assert.equal(connection.state, "connecting");
  assert.equal(Socket.made.length, 2);
});

test("waking up after a sleep attempts at once", async () => {
  const { clock, Socket, connection } = connect({ random: () => 1 });
  for (let failures = 0; failures < 8; failures += 1) {
    Socket.last.closes(1006);
    if (failures < 7) connection.resume();
  }
  const made = Socket.made.length;
  clock.sleep(60_000); // timers are late by this
  await clock.turn(5_000);
  assert.ok(Socket.made.length > made);
});

for (const [code, why] of /** @type {const} */ ([
  [4401, "signed_out"],
  [4403, "deactivated"],
  [4400, "fault"],
  [4406, "fault"],
  [4413, "fault"],
])) {
  test(`close code ${code} ends it for good: ${why}`, async () => {
    const { clock, Socket, connection } = live();
    /** @type {string[]} */
    const reasons = [];
    connection.on("stopped", (reason) => reasons.push(reason));
    Socket.last.closes(code);
    await clock.turn(120_000);
    connection.resume();
    assert.equal(connection.state, "stopped");
    assert.equal(Socket.made.length, 1);
    assert.deepEqual(reasons, [why]);
  });
}

test("a restarting server is tried again within the delay that it named", async () => {
  const browser = live({ random: () => 0.5 });
  browser.Socket.last.says({ type: "restarting", delay: 8 });
  browser.Socket.last.closes(4012);
  await attemptsAfter(4_000, browser);
});

test("a connection closed for flooding returns after 30 s, one closed as too slow returns soon", async () => {
  const flooding = live({ random: () => 1 });
  flooding.Socket.last.closes(4429);
  await attemptsAfter(30_000, flooding);
  const slow = live({ random: () => 1 });
  slow.Socket.last.closes(4408);
  await attemptsAfter(500, slow);
});

test("a socket over the limit reconnects after 30 to 60 s, however often it was refused", async () => {
  const browser = live({ random: () => 0.5 });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    browser.Socket.last.closes(4430);
    await attemptsAfter(45_000, browser);
  }
});

test("frames of a socket that was given up no longer count", async () => {
  const { Socket, connection } = live();
  /** @type {object[]} */
  const frames = [];
  connection.on("frame", (frame) => frames.push(frame));
  const [old] = Socket.made;
  old.closes(1006);
  old.says({ type: "typing" });
  await settled();
  assert.deepEqual(frames, []);
});
