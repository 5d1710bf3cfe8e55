/**
 * A socket over HTTP, for networks that block WebSockets: commands are requests, and events arrive by one request of all tabs.
 * `Connection` uses it like a WebSocket: frames are the same. The commands about the connection itself are handled here.
 */
import { systemClock } from "../lib/clock.js";
import { closeCode, CLOSED_ABNORMALLY, EVENTS, EventsRequest, KEPT } from "./events_request.js";
import { SharedEvents } from "./shared_events.js";

export const COMMANDS = "/api/v1/commands";

/** Commands for a single request for events, which answers them. */
const ABOUT_CONNECTION = new Set(["open", "show_people"]);
/** Frames of open rooms, of which other tabs have others. */
const OF_OPEN_ROOMS = new Set(["changes", "typing", "reads", "mine"]);
/** Requests with bodies up to this length survive the end of the page. */
const KEEPALIVE_CHARS = 8_000;

/**
 * @typedef {object} How
 * @property {boolean} polls whether to poll, for proxies that do not pass on a stream
 * @property {number} user the id of the person
 * @property {string} name the beginning of the name that tabs of this person share
 * @property {() => string} token the token against forged requests
 * @property {() => void} [reached] called when the server, or a proxy, has answered
 * @property {typeof globalThis.fetch} [fetch]
 * @property {import("../lib/clock.js").Clock} [clock]
 * @property {Pick<LockManager, "request">} [locks]
 * @property {import("./shared_events.js").How["channel"]} [channel]
 */

export class FeedSocket {
  /** @type {((event: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((event: {code: number}) => void) | null} */
  onclose = null;

  /** The revisions of open rooms, by id. @type {Map<number, number>} */
  #rooms = new Map();
  /** The ids of the person's rooms. @type {Set<number>} */
  #mine = new Set();
  /** Commands of single requests that are not answered yet, by ref. @type {Map<number | string, any>} */
  #unanswered = new Map();
  /** Those that are not sent yet. @type {any[]} */
  #unsent = [];
  /** @type {number[]} */
  #people = [];
  #presence = "";
  #cursor = "";
  /** What has arrived before the connection was known to work. @type {string[] | null} */
  #held = [];
  #isGreeted = false;
  #isOver = false;
  /** @type {number | undefined} */
  #timer;
  /** Requests run one after the other. */
  #asking = Promise.resolve();
  #sending = Promise.resolve();

  /** @param {How} how */
  constructor({ polls, user, name, token, reached = () => {}, fetch, clock = systemClock, locks, channel = () => null }) {
    const send = fetch ?? ((...given) => globalThis.fetch(...given));
    this.user = user;
    this.token = token;
    this.clock = clock;
    this.fetch = /** @type {typeof globalThis.fetch} */ (
      async (...given) => {
        const response = await send(...given);
        reached();
        return response;
      }
    );
    this.events = new SharedEvents({
      name: `${name}events:${polls ? "poll" : "stream"}`,
      locks,
      channel,
      clock,
      request: (handlers) => new EventsRequest({ polls, user, fetch: this.fetch, clock, ...handlers }),
      frame: (frame, text) => (frame.type === "hello" ? this.#greetedAgain(frame) : this.#take(frame, text)),
      live: () => this.#live(),
      end: (code) => this.#end(code),
    });
    this.#askSoon();
  }

  /** @param {string} text */
  send(text) {
    if (this.#isOver) return;
    const command = JSON.parse(text);
    if (ABOUT_CONNECTION.has(command.type)) {
      if (command.type === "show_people") this.#people = command.people;
      this.#unanswered.set(command.ref, command);
      this.#unsent.push(command);
      this.#askSoon();
    } else if (command.type === "close") {
      this.#close(command.room);
      this.#answer(command, {});
    } else if (command.type === "presence") {
      this.#presence = command.state;
      this.#want();
      this.#answer(command, {});
    } else if (command.type === "ping") {
      this.events.ping((rooms) => this.#answer(command, { rooms: Object.fromEntries([...rooms].filter(([room]) => this.#rooms.has(room))) }));
    } else {
      this.#sending = this.#sending.then(() => this.#post(text));
    }
  }

  close() {
    this.#isOver = true;
    this.clock.clearTimeout(this.#timer);
    this.events.close();
  }

  // --- commands -------------------------------------------------------------------------------------------------------

  /** @param {string} text */
  async #post(text) {
    if (this.#isOver) return;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token() };
    try {
      const response = await this.fetch(COMMANDS, { method: "POST", headers, body: text, keepalive: text.length < KEEPALIVE_CHARS });
      const answer = await response.clone().text();
      if (answer.startsWith('{"type":"reply"')) this.#pass(answer);
      else if (!response.ok) this.#end(response.status === 401 ? await closeCode(response) : CLOSED_ABNORMALLY);
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
    if (this.#rooms.delete(room)) this.#want();
  }

  // --- single requests for events: to greet this tab, and to answer its commands -----------------------------------------

  #askSoon() {
    this.#timer ??= this.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#asking = this.#asking.then(() => this.#ask());
    }, 0);
  }

  async #ask() {
    if (this.#isOver) return;
    const commands = this.#unsent.splice(0);
    // Otherwise the person would seem to be here while the request lasts.
    if (this.#presence) commands.unshift({ type: "presence", ref: KEPT, state: this.#presence });
    try {
      for (let more = true; more && !this.#isOver; ) more = await this.#page(commands);
    } catch {
      this.#end(CLOSED_ABNORMALLY);
    }
    if (this.#isOver) return;
    if (this.#isGreeted) this.#want();
    else {
      this.#isGreeted = true;
      this.events.join(this.#cursor);
    }
  }

  /**
   * Resolves to whether there is more.
   * @param {object[]} commands
   * @returns {Promise<boolean>}
   */
  async #page(commands) {
    const asked = { user: this.user, single: true, rooms: "", cursor: this.#cursor, commands };
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const response = await this.fetch(EVENTS, { method: "POST", headers, body: JSON.stringify(asked) });
    if (!response.ok) {
      this.#end(await closeCode(response));
      return false;
    }
    const { frames, cursor, more = false } = await response.json();
    for (const frame of frames) this.#take(frame, JSON.stringify(frame));
    this.#cursor = cursor;
    commands.splice(0);
    return more;
  }

  // --- events ---------------------------------------------------------------------------------------------------------

  #want() {
    this.events.want({ rooms: [...this.#rooms], people: this.#people, presence: this.#presence });
  }

  /**
   * @param {any} frame
   * @param {string} text
   */
  #take(frame, text) {
    const room = this.#rooms.get(frame.room);
    if (frame.type === "hello" && this.#isGreeted) return;
    if (OF_OPEN_ROOMS.has(frame.type) && room === undefined) return;
    if (frame.type === "activity" && room !== undefined) return;
    if (frame.type === "changes") this.#rooms.set(frame.room, Math.max(frame.revision, room ?? 0));
    if (frame.type === "hello") this.#mine = new Set(frame.rooms);
    if (frame.type === "room") this.#mine.add(frame.room.id);
    if (frame.type === "room_removed") {
      this.#mine.delete(frame.room);
      this.#rooms.delete(frame.room);
    }
    if (frame.type === "reply" && !this.#isReply(frame)) return;
    this.#pass(text);
  }

  /**
   * Something changed between two requests that has no revision. The frame follows all those of the request before.
   * @param {any} hello
   */
  #greetedAgain({ rooms, user, limits, space }) {
    const left = [...this.#mine].filter((room) => !rooms.includes(room));
    const changes = [{ type: "user", user }, { type: "limits", limits }, ...(space ? [{ type: "space", space }] : []), ...left.map((room) => ({ type: "room_removed", room, reason: "removed" }))];
    for (const frame of changes) this.#take(frame, JSON.stringify(frame));
  }

  /** @param {any} reply */
  #isReply(reply) {
    if (reply.ref === KEPT) return false;
    const command = this.#unanswered.get(reply.ref);
    this.#unanswered.delete(reply.ref);
    if (command?.type === "open" && reply.ok) this.#rooms.set(command.room, reply.revision);
    return true;
  }

  #live() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const text of held) this.#pass(text);
  }

  /** @param {string} text */
  #pass(text) {
    if (this.#isOver) return;
    if (this.#held) this.#held.push(text);
    else this.onmessage?.({ data: text });
  }

  /** @param {number} code */
  #end(code) {
    if (this.#isOver) return;
    this.close();
    this.onclose?.({ code });
  }
}
