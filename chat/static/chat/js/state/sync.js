/**
 * Keeps the room on display open on the connection, and complete: opens it after every `hello`, resumes by revision, reopens it
 * after a gap, and reads pages of history. Independent of the DOM and of the transport.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { DISCONNECTED } from "../net/connection.js";

/** @typedef {import("../net/protocol.js").Frame} Frame */

/** Messages kept of a room that is no longer on display. */
const KEPT_MESSAGES = 200;
const OPEN_LIMIT = 50;
/** Delay before retrying a request that the server could not answer, or answered with a delay. */
const PAUSE_MS = 2_000;

/**
 * @typedef {object} Events
 * @property {boolean} caughtUp whether the room on display is complete
 * @property {number} refused the server refuses to open this room
 */

/** @extends {Emitter<Events>} */
export class Sync extends Emitter {
  /** @type {number | null} the room that is shown */
  current = null;
  caughtUp = false;
  /** The pending `open`; replies to earlier ones are ignored. @type {{room: number} | null} */
  #opening = null;
  /** Frames received while an `open` was pending. @type {Frame[]} */
  #held = [];
  /** Revisions of the last ping's reply that were not received yet, by room. @type {Map<number, number>} */
  #behind = new Map();
  /** Rooms with a pending page of history. @type {Set<number>} */
  #reading = new Set();

  /**
   * @param {{request: (command: {type: string, [field: string]: any}) => Promise<any>, send: (command: {type: string, [field: string]: any}) => void}} connection
   * @param {import("./store.js").Store} store
   * @param {import("../lib/clock.js").Clock} [clock]
   */
  constructor(connection, store, clock = systemClock) {
    super();
    this.clock = clock;
    this.connection = connection;
    this.store = store;
    store.on("gap", (room) => room === this.current && void this.reopen());
  }

  /**
   * Applies a frame of the connection.
   * @param {Frame} frame
   */
  apply(frame) {
    if (frame.type === "changes" && frame.room === this.#opening?.room) {
      this.#held.push(frame);
      return;
    }
    this.store.apply(frame);
    if (frame.type === "hello") void this.reopen();
  }

  /** The connection was lost. */
  lost() {
    this.#opening = null;
    this.#held = [];
    this.#behind.clear();
    this.#set(false);
  }

  /**
   * Displays another room from now on.
   * @param {number | null} room
   */
  async show(room) {
    const before = this.current;
    if (before === room) return;
    this.current = room;
    this.#opening = null;
    if (before !== null) {
      this.store.rooms.get(before)?.trim(KEPT_MESSAGES);
      this.connection.send({ type: "close", room: before });
    }
    await this.reopen();
  }

  /** Opens the room on display, from the revision held. */
  async reopen() {
    const room = this.current;
    if (room === null) return;
    const opening = { room };
    this.#set(false);
    this.#opening = opening;
    this.#held = [];
    try {
      const since = this.store.rooms.get(room)?.revision ?? undefined;
      const reply = await this.connection.request({ type: "open", room, since, limit: OPEN_LIMIT });
      if (this.#opening === opening) this.#opened(reply);
    } catch (error) {
      if (this.#opening === opening) this.#failed(room, /** @type {import("../net/connection.js").CommandError} */ (error));
    }
  }

  /**
   * Reads the page of messages before the oldest one held. Resolves to false if there was nothing to read, or no answer.
   * @param {number} roomId
   */
  async older(roomId) {
    const room = this.store.rooms.get(roomId);
    if (!room || !room.hasOlder || this.#reading.has(roomId)) return false;
    this.#reading.add(roomId);
    room.expectPage();
    const before = room.oldest;
    try {
      const limit = this.store.limits.history_page;
      const page = await this.connection.request({ type: "history", room: roomId, before, limit });
      if (room.oldest !== before) return false;
      this.store.older(roomId, page);
      return true;
    } catch {
      return false;
    } finally {
      room.endPage();
      this.#reading.delete(roomId);
    }
  }

  /**
   * Compares a ping's reply with the revisions held. A frame may still be in transit, so a room must be behind at two consecutive pings.
   * @param {Record<string, number>} revisions
   */
  pong(revisions) {
    for (const [id, revision] of Object.entries(revisions)) {
      const room = Number(id);
      const held = this.store.rooms.get(room)?.revision ?? 0;
      const before = this.#behind.get(room);
      if (room === this.current && before !== undefined && held < before) void this.reopen();
      if (held < revision) this.#behind.set(room, revision);
      else this.#behind.delete(room);
    }
  }

  /** @param {import("../net/protocol.js").OpenReply} reply */
  #opened(reply) {
    const held = this.#held;
    this.#opening = null;
    this.#held = [];
    this.store.opened(reply);
    this.#set(true);
    for (const frame of held) this.store.apply(frame);
  }

  /**
   * @param {number} room
   * @param {import("../net/connection.js").CommandError} error
   */
  #failed(room, error) {
    this.#opening = null;
    if (error.code === "not_found" || error.code === "forbidden") {
      this.emit("refused", room);
    } else if (error.code !== DISCONNECTED) {
      this.clock.setTimeout(() => room === this.current && void this.reopen(), (error.retryAfter ?? 0) * 1000 + PAUSE_MS);
    }
  }

  /** @param {boolean} caughtUp */
  #set(caughtUp) {
    this.caughtUp = caughtUp;
    this.emit("caughtUp", caughtUp);
  }
}
