/**
 * The request for events that lasts: a stream, or polls that follow one another. It continues by itself from its cursor, also when the
 * network cuts it after a pause, and ends when nothing gets through.
 */
import { systemClock } from "../lib/clock.js";

export const EVENTS = "/api/v1/events";
/** The ref of commands that are repeated with each request. */
export const KEPT = "kept";
export const CLOSED_ABNORMALLY = 1006;

/** Several changes of what is asked for are sent with one request. */
const RESTART_MS = 30;
/** A stream that works sends something within this time. */
const FIRST_MS = 7_000;
/** Something arrives at least this often while the request is alive. */
const SILENCE_MS = 45_000;
/** A request that lasted this long before it was cut had got through. */
const LASTED_MS = 1_000;
const WAIT_SECONDS = 25;
/** The close codes of a WebSocket that the refusals of a request stand for. */
const CODES = new Map([
  ["unauthenticated", 4401],
  ["forbidden", 4403],
  ["rate_limited", 4430],
]);

/**
 * @typedef {object} How
 * @property {boolean} polls whether to poll, for proxies that do not pass on a stream
 * @property {number} user the id of the person whose events are expected
 * @property {(text: string, frame: any) => void} frame takes a frame; cursors are frames, too
 * @property {() => void} live called when the request is known to get through
 * @property {(code: number) => void} end takes the close code when it is over
 * @property {typeof globalThis.fetch} fetch
 * @property {import("../lib/clock.js").Clock} [clock]
 */

export class EventsRequest {
  /** The revisions up to which the changes of rooms have arrived. @type {Map<number, number>} */
  rooms = new Map();
  isLive = false;
  #cursor = "";
  /** @type {object[]} */
  #commands = [];
  #wait = WAIT_SECONDS;
  #isOver = false;
  #receivedAt = 0;
  /** @type {AbortController | null} */
  #abort = null;
  /** @type {number | undefined} */
  #restartTimer;
  /** @type {number | undefined} */
  #patience;

  /** @param {How} how */
  constructor({ polls, user, frame, live, end, fetch, clock = systemClock }) {
    this.polls = polls;
    this.user = user;
    this.handlers = { frame, live, end };
    this.fetch = fetch;
    this.clock = clock;
  }

  /** Whether something has arrived lately. */
  get isAlive() {
    return this.isLive && this.clock.now() - this.#receivedAt < SILENCE_MS;
  }

  /** @param {string} cursor from where to begin */
  begin(cursor) {
    this.#cursor = cursor;
    this.restartSoon();
  }

  /**
   * Repeats these commands with each request from now on.
   * @param {object[]} commands
   */
  keep(commands) {
    this.#commands = commands;
    this.restartSoon();
  }

  /** Begins the request again, with the present rooms. */
  restartSoon() {
    if (!this.#isOver) this.#restartTimer ??= this.clock.setTimeout(() => this.#restart(), RESTART_MS);
  }

  close() {
    this.#isOver = true;
    this.clock.clearTimeout(this.#restartTimer);
    this.clock.clearTimeout(this.#patience);
    this.#abort?.abort();
  }

  #restart() {
    this.clock.clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    void (this.polls ? this.#poll(abort) : this.#stream(abort));
  }

  /** @param {AbortController} abort */
  async #stream(abort) {
    const beganAt = this.clock.now();
    try {
      this.#expect(FIRST_MS, abort);
      const response = await this.#ask(abort, "application/x-ndjson", 0);
      if (response?.body) await this.#lines(response.body, abort);
    } catch {
      // The network has cut it, as if the stream had ended.
    }
    if (abort !== this.#abort || this.#isOver) return;
    if (this.#receivedAt >= beganAt && this.clock.now() - beganAt >= LASTED_MS) this.#restart();
    else this.#end(CLOSED_ABNORMALLY);
  }

  /**
   * @param {ReadableStream<Uint8Array>} body
   * @param {AbortController} abort
   */
  async #lines(body, abort) {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (abort !== this.#abort || done) return;
      this.#received();
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (abort === this.#abort) this.#take(line, JSON.parse(line));
    }
  }

  /** @param {AbortController} abort */
  async #poll(abort) {
    while (abort === this.#abort && !this.#isOver) {
      const beganAt = this.clock.now();
      const wait = this.isLive ? this.#wait : 0;
      try {
        this.#expect(wait * 1000 + FIRST_MS, abort);
        const response = await this.#ask(abort, "application/json", wait);
        if (!response) return;
        const answer = await response.json();
        if (abort !== this.#abort) return;
        this.#received();
        for (const frame of answer.frames) if (abort === this.#abort) this.#take(JSON.stringify(frame), frame);
        if (abort === this.#abort) this.#take("", { type: "cursor", cursor: answer.cursor });
      } catch {
        if (abort === this.#abort) this.#pollCut(this.clock.now() - beganAt, abort);
      }
    }
  }

  /**
   * Polls with shorter waits than the network allows.
   * @param {number} lasted ms
   * @param {AbortController} abort
   */
  #pollCut(lasted, abort) {
    if (lasted < LASTED_MS || abort.signal.aborted) this.#end(CLOSED_ABNORMALLY);
    else this.#wait = Math.max(1, Math.min(this.#wait, Math.floor(lasted / 1000)) >> 1);
  }

  /**
   * @param {AbortController} abort
   * @param {string} accept
   * @param {number} wait
   */
  async #ask(abort, accept, wait) {
    const rooms = [...this.rooms].map(([room, revision]) => `${room}:${revision}`).join(",");
    const asked = { user: this.user, shared: true, rooms, cursor: this.#cursor, wait, commands: this.#commands };
    const headers = { "Content-Type": "application/json", Accept: accept };
    const response = await this.fetch(EVENTS, { method: "POST", headers, body: JSON.stringify(asked), signal: abort.signal });
    if (response.ok) return response;
    const code = await closeCode(response);
    if (code === CLOSED_ABNORMALLY) throw new Error("A proxy refused the request, or gave up waiting.");
    if (abort === this.#abort) this.#end(code);
    return null;
  }

  /**
   * Aborts the request unless something arrives within this time.
   * @param {number} ms
   * @param {AbortController} abort
   */
  #expect(ms, abort) {
    this.clock.clearTimeout(this.#patience);
    this.#patience = this.clock.setTimeout(() => abort.abort(), ms);
  }

  #received() {
    this.clock.clearTimeout(this.#patience);
    this.#receivedAt = this.clock.now();
    if (this.isLive) return;
    this.isLive = true;
    this.handlers.live();
  }

  /**
   * @param {string} text
   * @param {any} frame
   */
  #take(text, frame) {
    switch (frame.type) {
      case "cursor":
        this.#cursor = frame.cursor;
        text = JSON.stringify(frame);
        break;
      case "closed":
        return this.#end(frame.code);
      case "reply":
        return this.#replied(frame);
      case "changes":
        if (this.rooms.has(frame.room)) this.rooms.set(frame.room, frame.revision);
        break;
      case "room_removed":
        this.rooms.delete(frame.room);
    }
    this.handlers.frame(text, frame);
  }

  /** @param {any} reply to a command that is kept, or if the `ref` is a room, instead of its changes */
  #replied(reply) {
    if (reply.ref !== KEPT) {
      // The room has been reset to an earlier state: pages read it again. One that may not be read is removed from them otherwise.
      if (reply.ok) this.#end(CLOSED_ABNORMALLY);
      else this.rooms.delete(reply.ref);
    } else if (reply.people) {
      // What has changed between two requests is only in this reply.
      const frame = { type: "presence", people: reply.people };
      this.handlers.frame(JSON.stringify(frame), frame);
    }
  }

  /** @param {number} code */
  #end(code) {
    if (this.#isOver) return;
    this.close();
    this.handlers.end(code);
  }
}

/**
 * The close code that a refusal stands for.
 * @param {Response} response
 */
export async function closeCode(response) {
  try {
    return CODES.get((await response.json()).error.code) ?? CLOSED_ABNORMALLY;
  } catch {
    return CLOSED_ABNORMALLY;
  }
}
