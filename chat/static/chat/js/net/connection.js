/**
 * Keeps one WebSocket connected: reconnects by the rules below, sends heartbeats, and matches replies to commands.
 * Has no knowledge of rooms. States: `connecting` (until the server's hello), `open`, `waiting` (for the next attempt), `stopped`.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { gettext } from "../lib/i18n.js";

/** @typedef {import("./protocol.js").Command} Command */
/** @typedef {import("./protocol.js").Frame} Frame */
/** @typedef {Pick<WebSocket, "send" | "close" | "onmessage" | "onclose">} Socket what a connection needs of a WebSocket */
/** @typedef {"connecting" | "open" | "waiting" | "stopped"} State */

export const SUBPROTOCOL = "chat.v1";
/** The code of an error that the server did not send: there was no connection, or it ended before the reply. */
export const DISCONNECTED = "disconnected";
const HEARTBEAT_MS = 25_000;
const SILENCE_MS = 10_000;
/** Timeout of a probe after sleep or a change of network, when a dead socket is more likely than a slow one. */
const PROBE_MS = 4_000;
const HELLO_MS = 15_000;
const REPLY_MS = 20_000;
const WATCH_MS = 5_000;
const SLEPT_MS = 20_000;
/** A connection that lasted this long resets the backoff. */
const SETTLED_MS = 10_000;
const RESTART_DELAY_MS = 5_000;
const CLOSED_ABNORMALLY = 1006;

/**
 * @typedef {object} Events
 * @property {import("./protocol.js").Event} frame
 * @property {State} state
 * @property {Record<string, number>} pong the revisions in a ping's reply, by room
 * @property {"signed_out" | "deactivated" | "fault"} stopped
 */

/** @extends {Emitter<Events>} */
export class Connection extends Emitter {
  /** @type {State} */
  state = "waiting";
  /** Failed attempts since the last connection that lasted. */
  failures = 0;

  /** @type {Socket | null} */
  #socket = null;
  /** @type {Map<number, {resolve: (reply: any) => void, reject: (error: Error) => void, timer: number}>} */
  #requests = new Map();
  #lastRef = 0;
  /** Whether nothing was received since the last ping. */
  #isSilent = false;
  #openedAt = 0;
  #watchedAt = 0;
  #heartbeat = HEARTBEAT_MS;
  #restartDelay = RESTART_DELAY_MS;
  /** @type {number | undefined} */
  #retryTimer;
  /** @type {number | undefined} */
  #beatTimer;
  /** @type {number | undefined} */
  #deadline;

  /**
   * @param {object} how
   * @param {string} how.url
   * @param {new (url: string, protocols: string[]) => Socket} how.WebSocket
   * @param {(frame: any) => Frame} [how.decode] completes a frame
   * @param {import("../lib/clock.js").Clock} [how.clock]
   * @param {() => number} [how.random]
   */
  constructor({ url, WebSocket, decode = (frame) => frame, clock = systemClock, random = Math.random }) {
    super();
    this.url = url;
    this.WebSocket = WebSocket;
    this.decode = decode;
    this.clock = clock;
    this.random = random;
  }

  /** Connects, and reconnects until `stop`. */
  start() {
    this.#watchedAt = this.clock.now();
    this.#watch();
    this.#connect();
  }

  /** Closes the connection permanently. */
  stop() {
    this.#drop();
    this.#set("stopped");
  }

  /** The network or the machine works again: connect at once, or probe the open socket. */
  resume() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "open") this.#ping(PROBE_MS);
  }

  /** Closes the socket like one that was cut: connects again after a while, or at `resume`. */
  drop() {
    if (this.#socket) this.#closed(CLOSED_ABNORMALLY);
  }

  /** Closes the socket and connects again, with the present `WebSocket`. */
  reconnect() {
    this.#connect();
  }

  /**
   * Sends a command and resolves to its reply. Rejects with a CommandError: the server's, or `disconnected`.
   * @param {Command} command
   * @returns {Promise<any>}
   */
  request(command) {
    if (this.state !== "open") return Promise.reject(disconnected());
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimeout(() => this.#settle(ref, unanswered()), REPLY_MS);
      this.#requests.set(ref, { resolve, reject, timer });
      this.#write({ ...command, ref });
    });
  }

  /**
   * Sends a command that needs no reply, if there is a connection now.
   * @param {Command} command
   */
  send(command) {
    if (this.state === "open") this.#write(command);
  }

  #connect() {
    this.#drop();
    this.#set("connecting");
    const socket = new this.WebSocket(this.url, [SUBPROTOCOL]);
    this.#socket = socket;
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data);
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code);
    this.#deadline = this.clock.setTimeout(() => this.#closed(CLOSED_ABNORMALLY), HELLO_MS);
  }

  /** @param {string} text */
  #receive(text) {
    this.#isSilent = false;
    const frame = this.decode(JSON.parse(text));
    if (frame.type === "reply") {
      this.#settle(frame.ref, frame.ok ? null : new CommandError(frame.error), frame);
      return;
    }
    if (frame.type === "hello") this.#welcomed(frame);
    if (frame.type === "restarting") this.#restartDelay = frame.delay * 1000;
    this.emit("frame", frame);
  }

  /** @param {import("./protocol.js").Hello} hello */
  #welcomed(hello) {
    this.clock.clearTimeout(this.#deadline);
    this.#openedAt = this.clock.now();
    this.#heartbeat = (hello.limits?.heartbeat_seconds ?? HEARTBEAT_MS / 1000) * 1000;
    this.#set("open");
    this.#beatLater();
  }

  #beatLater() {
    this.clock.clearTimeout(this.#beatTimer);
    this.#beatTimer = this.clock.setTimeout(() => this.#ping(SILENCE_MS), this.#heartbeat);
  }

  /** @param {number} timeout ms without a frame after which the connection counts as dead */
  #ping(timeout) {
    this.#isSilent = true;
    this.request({ type: "ping" }).then((reply) => this.emit("pong", reply.rooms ?? {}), () => {});
    this.clock.clearTimeout(this.#deadline);
    this.#deadline = this.clock.setTimeout(() => {
      if (this.#isSilent) this.#closed(CLOSED_ABNORMALLY);
    }, timeout);
    this.#beatLater();
  }

  /** @param {number} code */
  #closed(code) {
    const settled = this.state === "open" && this.clock.now() - this.#openedAt >= SETTLED_MS;
    if (settled) this.failures = 0;
    this.#drop();
    const decision = afterClose(code, { failures: this.failures, random: this.random, restartDelay: this.#restartDelay });
    if (!decision.retry) {
      this.#set("stopped");
      this.emit("stopped", decision.why);
      return;
    }
    this.failures += 1;
    this.#retryTimer = this.clock.setTimeout(() => this.#connect(), decision.delay);
    this.#set("waiting");
  }

  /** Closes the socket, clears its timers and rejects the commands that wait for a reply. */
  #drop() {
    for (const timer of [this.#retryTimer, this.#beatTimer, this.#deadline]) this.clock.clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const ref of [...this.#requests.keys()]) this.#settle(ref, disconnected());
  }

  /**
   * @param {number} ref
   * @param {Error | null} error
   * @param {import("./protocol.js").Reply} [reply]
   */
  #settle(ref, error, reply) {
    const request = this.#requests.get(ref);
    if (!request) return;
    this.#requests.delete(ref);
    this.clock.clearTimeout(request.timer);
    if (error) request.reject(error);
    else request.resolve(reply);
  }

  /** Detects that the machine slept: its timers then fire far too late. */
  #watch() {
    const now = this.clock.now();
    if (now - this.#watchedAt > SLEPT_MS) this.resume();
    this.#watchedAt = now;
    this.clock.setTimeout(() => this.state !== "stopped" && this.#watch(), WATCH_MS);
  }

  /** @param {object} frame */
  #write(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    this.emit("state", state);
  }
}

function disconnected() {
  return new CommandError({ code: DISCONNECTED, message: gettext("You are not connected.") });
}

function unanswered() {
  return new CommandError({ code: "unavailable", message: gettext("The server did not answer.") });
}

/** A command that was refused (with a code of the protocol) or not answered (`disconnected`). */
export class CommandError extends Error {
  /** @param {import("./protocol.js").WireError} error */
  constructor(error) {
    super(error.message);
    this.name = "CommandError";
    this.code = error.code;
    /** Seconds to wait before a retry, or null. */
    this.retryAfter = error.retry_after ?? null;
  }
}

/* When to reconnect after a socket has closed. Full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter". */

const BACKOFF_FIRST_MS = 500;
const BACKOFF_CEILING_MS = 20_000;
const FLOOD_PAUSE_MS = 30_000;

const CLOSED_BAD_FRAME = 4400;
const CLOSED_SIGNED_OUT = 4401;
const CLOSED_DEACTIVATED = 4403;
const CLOSED_NO_SUBPROTOCOL = 4406;
const CLOSED_RESTARTING = 4012;
const CLOSED_FRAME_TOO_LARGE = 4413;
const CLOSED_FLOODING = 4429;
const CLOSED_TOO_MANY_SOCKETS = 4430;

/**
 * @typedef {{retry: true, delay: number} | {retry: false, why: "signed_out" | "deactivated" | "fault"}} Decision
 * What to do next; `delay` in milliseconds.
 */

/**
 * A random wait below a ceiling that doubles with every failure, in milliseconds.
 * @param {number} failures how many attempts have failed in a row
 * @param {() => number} random 0 – 1
 */
export function backoff(failures, random) {
  return random() * Math.min(BACKOFF_CEILING_MS, BACKOFF_FIRST_MS * 2 ** failures);
}

/**
 * @param {number} code the WebSocket close code
 * @param {{failures: number, random: () => number, restartDelay: number}} how `restartDelay`: of the last `restarting` notice, in ms
 * @returns {Decision}
 */
function afterClose(code, { failures, random, restartDelay }) {
  switch (code) {
    case CLOSED_SIGNED_OUT:
      return { retry: false, why: "signed_out" };
    case CLOSED_DEACTIVATED:
      return { retry: false, why: "deactivated" };
    case CLOSED_BAD_FRAME:
    case CLOSED_NO_SUBPROTOCOL:
    case CLOSED_FRAME_TOO_LARGE:
      return { retry: false, why: "fault" };
    case CLOSED_RESTARTING:
      return { retry: true, delay: random() * restartDelay };
    case CLOSED_FLOODING:
      return { retry: true, delay: FLOOD_PAUSE_MS };
    case CLOSED_TOO_MANY_SOCKETS:
      return { retry: true, delay: FLOOD_PAUSE_MS * (1 + random()) };
    default:
      return { retry: true, delay: backoff(failures, random) };
  }
}
