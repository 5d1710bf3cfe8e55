/**
 * A socket over HTTP, for networks that block WebSockets: events arrive as a stream or by long polling, commands are requests.
 * `Connection` uses it like a WebSocket. Frames about rooms are the same; the commands about the connection itself are handled here.
 */
import { systemClock } from "../lib/clock.js";

export const EVENTS = "/api/v1/events";
export const COMMANDS = "/api/v1/commands";

/** Commands about the connection, which begin a request for events anew: several are sent with one. */
const RESTARTING = new Set(["open", "show_people", "presence"]);
const RESTART_MS = 30;
/** Something arrives at least this often while a stream is alive; beyond it, pings are not answered. */
const SILENCE_MS = 45_000;
const WAIT_SECONDS = 25;
const CLOSED_ABNORMALLY = 1006;
/** The ref of commands that are repeated with each new request for events. */
const KEPT = "kept";
/** The close codes of a WebSocket that the refusals of a request stand for. */
const CODES = new Map([
  ["unauthenticated", 4401],
  ["forbidden", 4403],
  ["rate_limited", 4430],
]);
/** Frames of rooms that are open, which may still arrive after one was closed. */
const OF_OPEN_ROOMS = new Set(["changes", "typing", "reads", "mine"]);

/**
 * @typedef {object} How
 * @property {boolean} polls whether to poll, for proxies that do not pass on a stream
 * @property {() => string} token the token against forged requests
 * @property {typeof globalThis.fetch} [fetch]
 * @property {import("../lib/clock.js").Clock} [clock]
 */

export class FeedSocket {
  /** @type {((event: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((event: {code: number}) => void) | null} */
  onclose = null;

  /** @type {Map<number, number>} the revisions of open rooms, by id */
  #rooms = new Map();
  /** @type {Map<number | string, any>} commands for the next request for events, until they are answered, by ref */
  #unanswered = new Map();
  /** @type {Map<string, any>} what the server must know of each new request for events: the last command of each type */
  #kept = new Map();
  #cursor = "";
  /** The rooms of the request under way: the server recognises the next poll by them. */
  #asked = "";
  #isGreeted = false;
  #isOver = false;
  #heardAt = 0;
  /** @type {AbortController | null} */
  #abort = null;
  /** @type {number | undefined} */
  #restartTimer;
  /** @type {Promise<void>} */
  #sending = Promise.resolve();

  /** @param {How} how */
  constructor({ polls, token, fetch = (...given) => globalThis.fetch(...given), clock = systemClock }) {
    this.polls = polls;
    this.token = token;
    this.fetch = fetch;
    this.clock = clock;
    this.#heardAt = clock.now();
    this.#restart();
  }

  /** @param {string} text */
  send(text) {
    const command = JSON.parse(text);
    if (RESTARTING.has(command.type)) {
      if (command.type !== "open") this.#kept.set(command.type, { ...command, ref: KEPT });
      this.#unanswered.set(command.ref ?? command.type, command);
      this.#restartSoon();
    } else if (command.type === "close") {
      this.#close(command.room);
      this.#answer(command, {});
    } else if (command.type === "ping") {
      if (this.clock.now() - this.#heardAt < SILENCE_MS) this.#answer(command, { rooms: Object.fromEntries(this.#rooms) });
    } else if (command.type === "typing") {
      this.#answer(command, {});
    } else {
      this.#sending = this.#sending.then(() => this.#post(text));
    }
  }

  close() {
    this.#isOver = true;
    this.clock.clearTimeout(this.#restartTimer);
    this.#abort?.abort();
  }

  // --- commands -------------------------------------------------------------------------------------------------------

  /** @param {string} text */
  async #post(text) {
    if (this.#isOver) return;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token() };
    try {
      const response = await this.fetch(COMMANDS, { method: "POST", headers, body: text });
      const answer = await response.text();
      if (answer.startsWith('{"type":"reply"')) this.#pass(answer);
      else if (!response.ok) this.#end(response.status === 401 ? codeOf(answer) : CLOSED_ABNORMALLY);
    } catch {
      this.#end(CLOSED_ABNORMALLY);
    }
  }

  /**
   * @param {{ref?: number}} command
   * @param {object} fields
   */
  #answer({ ref }, fields) {
    if (ref === undefined) return;
    const text = JSON.stringify({ type: "reply", ref, ok: true, ...fields });
    this.clock.setTimeout(() => this.#pass(text), 0);
  }

  /** @param {number} room */
  #close(room) {
    for (const [ref, command] of this.#unanswered) {
      if (command.type === "open" && command.room === room) this.#unanswered.delete(ref);
    }
    if (this.#rooms.delete(room)) this.#restartSoon();
  }

  // --- events ---------------------------------------------------------------------------------------------------------

  #restartSoon() {
    this.#restartTimer ??= this.clock.setTimeout(() => this.#restart(), RESTART_MS);
  }

  #restart() {
    this.#restartTimer = undefined;
    if (this.#isOver) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#asked = [...this.#rooms].map(([room, revision]) => `${room}:${revision}`).join(",");
    const commands = [...this.#unanswered.values()];
    for (const [type, kept] of this.#kept) if (!commands.some((command) => command.type === type)) commands.push(kept);
    const run = this.polls ? this.#poll(abort, commands) : this.#stream(abort, commands);
    run.catch(() => {
      if (abort === this.#abort) this.#end(CLOSED_ABNORMALLY);
    });
  }

  /**
   * @param {AbortController} abort
   * @param {string} accept
   * @param {object[]} commands
   */
  async #ask(abort, accept, commands) {
    const asked = { rooms: this.#asked, cursor: this.#cursor, ...(this.polls ? { wait: WAIT_SECONDS } : {}), ...(commands.length ? { commands } : {}) };
    const headers = { "Content-Type": "application/json", Accept: accept };
    const response = await this.fetch(EVENTS, { method: "POST", headers, body: JSON.stringify(asked), signal: abort.signal });
    if (response.ok) return response;
    const refusal = await response.text();
    if (abort === this.#abort) this.#end(codeOf(refusal));
    return null;
  }

  /**
   * @param {AbortController} abort
   * @param {object[]} commands
   */
  async #stream(abort, commands) {
    const response = await this.#ask(abort, "application/x-ndjson", commands);
    if (!response?.body) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (abort !== this.#abort) return;
      if (done) break;
      this.#heardAt = this.clock.now();
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (abort === this.#abort) this.#take(JSON.parse(line), line);
    }
    this.#end(CLOSED_ABNORMALLY);
  }

  /**
   * @param {AbortController} abort
   * @param {object[]} commands
   */
  async #poll(abort, commands) {
    for (let first = true; ; first = false) {
      const response = await this.#ask(abort, "application/json", first ? commands : []);
      const answer = await response?.json();
      if (!answer || abort !== this.#abort) return;
      this.#heardAt = this.clock.now();
      for (const frame of answer.frames) if (abort === this.#abort) this.#take(frame, JSON.stringify(frame));
      this.#cursor = answer.cursor;
      if (abort !== this.#abort) return;
    }
  }

  /**
   * @param {any} frame
   * @param {string} text
   */
  #take(frame, text) {
    if (frame.type === "cursor") this.#cursor = frame.cursor;
    else if (frame.type === "closed") this.#end(frame.code);
    else if (frame.type === "hello" && this.#isGreeted) return;
    else if (frame.type === "reply" && frame.ref === KEPT) {
      // What has changed between two requests is only in this reply.
      if (frame.people) this.#pass(JSON.stringify({ type: "presence", people: frame.people }));
    } else if (OF_OPEN_ROOMS.has(frame.type) && !this.#rooms.has(frame.room)) return;
    else {
      if (frame.type === "hello") this.#isGreeted = true;
      if (frame.type === "changes") this.#rooms.set(frame.room, frame.revision);
      if (frame.type === "room_removed") this.#rooms.delete(frame.room);
      if (frame.type === "reply") this.#answered(frame);
      this.#pass(text);
    }
  }

  /** @param {any} reply */
  #answered(reply) {
    const command = this.#unanswered.get(reply.ref);
    this.#unanswered.delete(reply.ref);
    if (command?.type === "open" && reply.ok) this.#rooms.set(command.room, reply.revision);
  }

  /** @param {string} text */
  #pass(text) {
    if (!this.#isOver) this.onmessage?.({ data: text });
  }

  /** @param {number} code */
  #end(code) {
    if (this.#isOver) return;
    this.close();
    this.onclose?.({ code });
  }
}

/** @param {string} refusal */
function codeOf(refusal) {
  try {
    return CODES.get(JSON.parse(refusal).error.code) ?? CLOSED_ABNORMALLY;
  } catch {
    return CLOSED_ABNORMALLY;
  }
}
