/** Whatever happens, in whatever order: what is shown of a room equals the database, once everything has arrived. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError, DISCONNECTED } from "../../../chat/static/chat/js/net/connection.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { Sync } from "../../../chat/static/chat/js/state/sync.js";
import { bootstrap, hello, joon, limits, message, messages, mina, opened, present, settled, summary, TestClock } from "../fakes.js";

/** @import { Changes, Command, Event, Extras, Message } from "../../../chat/static/chat/js/net/protocol.js" */

const SEEDS = 150;
const STEPS = 120;
const FIRST_MESSAGES = 260;
const PAGE = 20;
/** A client that missed more changes is reset. */
const RESUMED = 6;

/**
 * Random numbers that a seed repeats (mulberry32).
 * @param {number} seed
 */
function randomOf(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The database and one connection to it: commands run in order, a page is read some time before it is sent, frames merge changes. */
class Server {
  messages = messages(1, FIRST_MESSAGES);
  revision = FIRST_MESSAGES;
  isConnected = false;
  /** Whose changes are sent; what was sent up to which revision. @type {number | null} */
  #sent = null;
  /** Revision at which only the extras of a message changed, by position. @type {Map<number, number>} */
  #textOf = new Map();
  /** @type {{command: Command, resolve: (reply: any) => void, reject: (error: Error) => void, reply?: object}[]} */
  #commands = [];
  /** What is on its way to the client. @type {(() => void)[]} */
  #wire = [];

  /** @param {(frame: Event) => void} receive of the client */
  constructor(receive) {
    this.receive = receive;
  }

  /**
   * @param {Command} command
   * @returns {Promise<any>}
   */
  request = (command) => {
    if (!this.isConnected) return Promise.reject(new CommandError({ code: DISCONNECTED, message: "" }));
    return new Promise((resolve, reject) => this.#commands.push({ command, resolve, reject }));
  };

  send = () => {};

  connect() {
    this.isConnected = true;
    this.#sent = null;
    this.#wire.push(() => this.receive(hello()));
  }

  cut() {
    this.isConnected = false;
    this.#wire = [];
    for (const { reject } of this.#commands.splice(0)) reject(new CommandError({ code: DISCONNECTED, message: "" }));
  }

  /**
   * @param {number} position
   * @param {Partial<Message>} change
   */
  change(position, change) {
    this.revision += 1;
    const held = this.messages[position - 1] ?? message(position, { author: position % 3 ? joon : mina });
    const isExtras = "extras" in change && held.revision > 0 && position <= this.messages.length;
    this.#textOf.set(position, isExtras ? (this.#textOf.get(position) ?? held.revision) : this.revision);
    this.messages[position - 1] = { ...held, ...change, revision: this.revision };
  }

  /** Who writes has read what is above. */
  get lastOfMina() {
    return this.messages.findLast(({ author }) => author.id === mina.id)?.position ?? 0;
  }

  /** Reads what the first command asks for; true if there was one. */
  read() {
    const first = this.#commands[0];
    if (!first || first.reply) return false;
    first.reply = first.command.type === "open" ? this.#open(first.command) : this.#history(first.command);
    if (first.command.type === "open") this.#sent = this.revision;
    if (first.command.type === "open") this.#reply();
    return true;
  }

  /** Sends what was read. */
  reply() {
    return this.#commands[0]?.reply ? this.#reply() : false;
  }

  #reply() {
    const { resolve, reply } = present(this.#commands.shift());
    this.#wire.push(() => resolve(reply));
    return true;
  }

  /** Sends the changes since the last ones. */
  flush() {
    if (!this.isConnected || this.#sent === null || this.#sent === this.revision) return false;
    /** @type {Changes} */
    const frame = { type: "changes", room: 1, since: this.#sent, revision: this.revision, ...this.#since(this.#sent), members: [] };
    this.#sent = this.revision;
    this.#wire.push(() => this.receive(frame));
    return true;
  }

  /** The next frame or reply arrives. */
  deliver() {
    const next = this.#wire.shift();
    next?.();
    return Boolean(next);
  }

  /** @param {number} since */
  #since(since) {
    const changed = this.messages.filter(({ revision }) => revision > since);
    /** @param {Message} message */
    const hasText = ({ position }) => (this.#textOf.get(position) ?? Infinity) > since;
    /** @type {Extras[]} */
    const extras = changed.filter((message) => !hasText(message)).map(({ id, position, revision, extras }) => ({ id, position, revision, extras }));
    return { messages: changed.filter(hasText).sort((a, b) => a.revision - b.revision), extras };
  }

  /** @param {Command} command */
  #open({ since, limit }) {
    const count = this.messages.length;
    const room = summary({ revision: this.revision, message_count: count, last_read: this.lastOfMina });
    const isResumed = since !== undefined && since <= this.revision && this.revision - since <= RESUMED;
    const changed = () => this.messages.filter(({ revision }) => revision > since).sort((a, b) => a.revision - b.revision);
    if (isResumed) return { room, revision: this.revision, reset: false, has_older: false, members: [], mine: [], reads: null, messages: changed() };
    const newest = this.messages.slice(-limit);
    return { room, revision: this.revision, reset: true, messages: newest, members: [], mine: [], reads: null, has_older: newest[0].position > 1 };
  }

  /** @param {Command} command */
  #history({ before, after, around, limit }) {
    const middle = around === undefined ? 0 : Math.max(1, around - limit / 2);
    const from = before !== undefined ? Math.max(1, before - limit) : after !== undefined ? after + 1 : middle;
    const to = before !== undefined ? before - 1 : from + limit - 1;
    const page = this.messages.slice(from - 1, to);
    return { messages: page, has_older: from > 1, has_newer: page.length > 0 && present(page.at(-1)).position < this.messages.length };
  }
}

/** @param {number} seed */
async function simulate(seed) {
  const random = randomOf(seed);
  /** @param {number} most */
  const upTo = (most) => 1 + Math.floor(random() * most);
  const clock = new TestClock();
  const server = new Server((frame) => sync.apply(frame));
  const first = opened(server.messages.slice(-50), { room: summary({ revision: FIRST_MESSAGES, message_count: FIRST_MESSAGES }) });
  const store = new Store({ ...bootstrap(first), limits: { ...limits, history_page: PAGE } }, clock);
  const sync = new Sync(server, store, clock);
  sync.on("stale", () => void sync.around(1, present(room().shown.messages[0]).position));
  const room = () => present(store.rooms.get(1));
  const known = () => server.messages.length;

  const happenings = [
    () => server.change(known() + 1, {}),
    () => server.change(upTo(known()), { body: `edited ${random()}` }),
    () => server.change(known() - Math.min(known() - 1, upTo(60)), { deleted: true, body: "" }),
    () => server.change(upTo(known()), { extras: { seen: random() } }),
    () => server.read(),
    () => server.read(),
    () => server.reply(),
    () => server.reply(),
    () => server.flush(),
    () => server.deliver(),
    () => server.deliver(),
    () => server.deliver(),
    () => void sync.around(1, upTo(known())),
    () => void sync.older(1),
    () => void sync.newer(1),
    () => void sync.newer(1),
    () => {
      room().attach();
      void sync.around(1, null);
    },
    () => {
      if (random() < 0.5) return;
      if (server.isConnected) {
        server.cut();
        sync.lost();
      } else server.connect();
    },
  ];
  server.connect();
  void sync.show(1);
  for (let step = 0; step < STEPS; step += 1) {
    happenings[Math.floor(random() * happenings.length)]();
    await settled();
  }
  if (!server.isConnected) server.connect();
  for (let quiet = 0; quiet < 3; quiet += 1) {
    while (server.read() || server.reply() || server.flush() || server.deliver()) {
      await settled();
      quiet = 0;
    }
    await clock.turn(3_000);
  }
  return { server, room: room(), sync };
}

/**
 * @param {import("../../../chat/static/chat/js/state/message_range.js").MessageRange} range
 * @param {Server} server
 */
function assertEqualsDatabase(range, server) {
  const { oldest, newest } = range;
  const held = range.messages.map(({ text_revision: _when, ...message }) => message);
  assert.deepEqual(held, server.messages.slice(oldest - 1, newest));
  assert.equal(range.hasOlder, oldest > 1);
  assert.equal(range.hasNewer, newest < server.messages.length);
}

test("after any sequence of changes, scrolling, jumps and lost connections, what is shown equals the database", async () => {
  const were = { detached: 0, joined: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { server, room, sync } = await simulate(seed);
    const about = `seed ${seed}`;
    assert.equal(sync.caughtUp, true, about);
    assertEqualsDatabase(room.tail, server);
    assert.equal(room.tail.newest, server.messages.length, about);
    if (room.detached) assertEqualsDatabase(room.detached, server);
    if (room.detached) assert.ok(room.detached.newest + 1 < room.tail.oldest, `${about}: it should have joined`);
    assert.equal(room.unread, server.messages.length - server.lastOfMina, about);
    if (room.detached) were.detached += 1;
    else if (room.tail.messages.length > 100) were.joined += 1;
  }
  assert.ok(were.detached > SEEDS / 10 && were.joined > 0, "the sequences reach what they are about");
});
