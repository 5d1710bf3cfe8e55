/**
 * Keeps the room on display open on the connection, and complete: opens it after every `hello`, resumes by revision, reopens it
 * after a gap, and reads pages of history, before and after the displayed messages or around a message. Independent of the DOM and of
 * the transport.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { DISCONNECTED } from "../net/connection.js";

/** @typedef {import("../net/protocol.js").Command} Command */
/** @typedef {import("../net/protocol.js").Event} Event */

/** Messages kept of a room that is no longer on display. */
const KEPT_MESSAGES = 200;
const OPEN_LIMIT = 50;
/** Delay before retrying a request that the server could not answer, or answered with a delay. */
const PAUSE_MS = 2_000;

/**
 * @typedef {object} Events
 * @property {boolean} caughtUp whether the room on display is complete
 * @property {number} refused the server refuses to open this room
 * @property {number} stale the detached messages of this room may have missed changes: read them again, around the reader
 */

/** @extends {Emitter<Events>} */
export class Sync extends Emitter {
  /** @type {number | null} the room that is shown */
  current = null;
  caughtUp = false;
  /** Whether the server has answered the last `open`. */
  #isOpen = false;
  /** The pending `open`; replies to earlier ones are ignored. @type {{room: number} | null} */
  #opening = null;
  /** Frames received while an `open` was pending. @type {Event[]} */
  #held = [];
  /** Revisions of the last ping's reply that were not received yet, by room. @type {Map<number, number>} */
  #behind = new Map();
  /** The pending pages before and after the displayed messages, by direction and room. @type {Set<string>} */
  #reading = new Set();
  /** The message that the reader goes to, until the messages around it are held. @type {{room: number, position: number} | null} */
  #destination = null;

  /**
   * @param {{request: (command: Command) => Promise<any>, send: (command: Command) => void}} connection
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
   * @param {Event} frame
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
    this.#isOpen = false;
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
    this.#destination = null;
    if (before !== null) {
      this.store.held(before)?.leave(KEPT_MESSAGES);
      this.connection.send({ type: "close", room: before });
    }
    await this.reopen();
  }

  /** Opens the room on display, from the revision held. */
  async reopen() {
    const room = this.current;
    if (room === null) return;
    const opening = { room };
    this.#isOpen = false;
    this.#set(false);
    this.#opening = opening;
    this.#held = [];
    try {
      const since = this.store.held(room)?.revision ?? undefined;
      const reply = await this.connection.request({ type: "open", room, since, limit: OPEN_LIMIT });
      if (this.#opening === opening) this.#opened(reply);
    } catch (error) {
      if (this.#opening === opening) this.#failed(room, /** @type {import("../net/connection.js").CommandError} */ (error));
    }
  }

  /**
   * Reads the page before the oldest displayed message. Resolves to false if there was nothing to read, or no answer.
   * @param {number} roomId
   */
  older(roomId) {
    return this.#extend(roomId, "before");
  }

  /**
   * Reads the page after the newest displayed message. Resolves to false if there was nothing to read, or no answer.
   * @param {number} roomId
   */
  newer(roomId) {
    return this.#extend(roomId, "after");
  }

  /**
   * The texts that a message has had. Rejects with a CommandError.
   * @param {number} message
   * @returns {Promise<import("../net/protocol.js").VersionsReply>}
   */
  versions(message) {
    return this.connection.request({ type: "versions", message });
  }

  /**
   * Displays the messages around a position of the room on display, as soon as they can be read.
   * @param {number} room
   * @param {number | null} position null if the reader has gone elsewhere
   */
  async around(room, position) {
    this.#destination = position === null ? null : { room, position };
    if (position === null) this.#completed();
    else if (!this.#opening) await this.#readDestination();
  }

  async #readDestination() {
    const destination = this.#destination;
    const room = destination && this.store.held(destination.room);
    if (!room || destination.room !== this.current) return;
    try {
      if (!(await this.#read(room, "around", destination.position, () => this.#destination === destination))) return;
      this.#destination = null;
      this.#completed();
    } catch (error) {
      const { code, retryAfter } = /** @type {import("../net/connection.js").CommandError} */ (error);
      if (code === DISCONNECTED || this.#destination !== destination) return;
      const again = () => this.#destination === destination && void this.around(destination.room, destination.position);
      this.clock.setTimeout(again, (retryAfter ?? 0) * 1000 + PAUSE_MS);
    }
  }

  /**
   * @param {number} roomId
   * @param {"before" | "after"} where
   */
  async #extend(roomId, where) {
    const room = this.store.held(roomId);
    const name = `${where} ${roomId}`;
    const range = room?.shown;
    if (!range || range.isStale || this.#reading.has(name)) return false;
    if (!(where === "before" ? range.hasOlder : range.hasNewer)) return false;
    const end = () => (where === "before" ? range.oldest : range.newest);
    const position = end();
    this.#reading.add(name);
    try {
      return await this.#read(room, where, position, () => room.shown === range && !range.isStale && end() === position);
    } catch {
      return false;
    } finally {
      this.#reading.delete(name);
    }
  }

  /**
   * Reads a page of history. Resolves to false if it is no longer wanted.
   * @param {import("./room.js").Room} room
   * @param {"before" | "after" | "around"} where
   * @param {number} position
   * @param {() => boolean} isWanted
   */
  async #read(room, where, position, isWanted) {
    const changed = room.expectPage();
    try {
      const limit = this.store.limits.history_page;
      const page = await this.connection.request({ type: "history", room: room.id, [where]: position, limit });
      if (!isWanted()) return false;
      this.store.page(room.id, where, page, changed);
      return true;
    } finally {
      room.endPage(changed);
    }
  }

  /**
   * Compares a ping's reply with the revisions held. A frame may still be in transit, so a room must be behind at two consecutive pings.
   * @param {Record<string, number>} revisions
   */
  pong(revisions) {
    for (const [id, revision] of Object.entries(revisions)) {
      const room = Number(id);
      const held = this.store.held(room)?.revision ?? 0;
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
    this.#isOpen = true;
    this.store.opened(reply);
    this.#completed();
    for (const frame of held) this.store.apply(frame);
    if (this.store.held(reply.room.id)?.detached?.isStale) this.emit("stale", reply.room.id);
    else void this.#readDestination();
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

  /** The room on display is complete if it is open, and no messages must be read again. */
  #completed() {
    const room = this.current === null ? null : this.store.held(this.current);
    if (this.#isOpen && !this.caughtUp && !room?.detached?.isStale) this.#set(true);
  }

  /** @param {boolean} caughtUp */
  #set(caughtUp) {
    this.caughtUp = caughtUp;
    this.emit("caughtUp", caughtUp);
  }
}
