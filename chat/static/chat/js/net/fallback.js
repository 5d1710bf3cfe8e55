/**
 * Chooses how the page is connected: by a WebSocket, or where the network blocks it by a stream, or where that is held up by long
 * polling. A way that works is kept, and a WebSocket is tried from time to time, and used again once it works.
 */
import { systemClock } from "../lib/clock.js";
import { SUBPROTOCOL } from "./connection.js";
import { FeedSocket } from "./feed_socket.js";

/** @typedef {"websocket" | "stream" | "poll"} Way */

/** Attempts with each way before the next one is tried: a WebSocket may fail for other reasons. */
const ATTEMPTS = { websocket: 2, stream: 1, poll: 1 };
/** A connection that lasted this long works. Some networks cut a WebSocket soon after it was opened. */
const LASTED_MS = 10_000;
/** Tabs do not all try a WebSocket at the same moment. */
const SPREAD_MS = 2_000;
const FIRST_PROBE_MS = 30_000;
const LONGEST_PROBE_MS = 10 * 60_000;

export class Fallback {
  /** @type {Way} */
  way = "websocket";
  #failed = 0;
  #openedAt = Infinity;
  /** Whether the server has answered since this way was chosen. */
  #isReached = false;
  #probeMs = FIRST_PROBE_MS;
  /** @type {number | undefined} */
  #probeTimer;
  /** A tab posts on it that a WebSocket works again. @type {import("./shared_events.js").Channel | null} */
  #others;

  /**
   * @param {object} how
   * @param {import("./connection.js").Connection} how.connection
   * @param {Omit<import("./feed_socket.js").How, "polls" | "reached" | "clock">} how.socket what a socket over HTTP needs
   * @param {(way: Way) => void} how.changed
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ connection, socket, changed, clock = systemClock }) {
    this.connection = connection;
    this.WebSocket = connection.WebSocket;
    this.clock = clock;
    this.changed = changed;
    const reached = () => void (this.#isReached = true);
    const socketOf = /** @param {boolean} polls */ (polls) =>
      class extends FeedSocket {
        constructor() {
          super({ ...socket, polls, reached, clock });
        }
      };
    this.sockets = { websocket: this.WebSocket, stream: socketOf(false), poll: socketOf(true) };
    this.#others = socket.channel?.(`${socket.name}way`) ?? null;
    if (this.#others) this.#others.onmessage = () => this.way !== "websocket" && this.#probeIn(connection.random() * SPREAD_MS);
    this.#failed = connection.state === "open" ? 0 : connection.failures;
    connection.on("state", (state) => this.#stateIs(state));
    if (connection.state === "waiting") this.#advance();
  }

  /** Closes a socket over HTTP, since other tabs may depend on it. The connection tries again when the page is shown again. */
  rest() {
    if (this.way === "websocket") return;
    this.#openedAt = -Infinity; // this is no failure of the way
    this.connection.drop();
  }

  /** @param {import("./connection.js").State} state */
  #stateIs(state) {
    if (state === "open") {
      this.#openedAt = this.clock.now();
      this.changed(this.way);
      if (this.way !== "websocket") this.#probeLater();
    } else if (state === "waiting") {
      const hasLasted = this.clock.now() - this.#openedAt >= LASTED_MS;
      if (hasLasted && this.way === "websocket") this.#probeMs = FIRST_PROBE_MS;
      this.#failed = hasLasted ? 0 : this.#failed + 1;
      this.#openedAt = Infinity;
      this.#advance();
    } else if (state === "stopped") {
      this.clock.clearTimeout(this.#probeTimer);
    }
  }

  /** Goes on to the next way, if this one has failed often enough. */
  #advance() {
    if (this.#failed < ATTEMPTS[this.way]) return;
    this.#use(this.#next());
    this.#failed = 0;
  }

  /** If not even a request is answered, the server is away, and the network may be as good as before. */
  #next() {
    if (this.way === "websocket") return "stream";
    return this.way === "stream" && this.#isReached ? "poll" : "websocket";
  }

  /** @param {Way} way */
  #use(way) {
    this.way = way;
    this.#isReached = false;
    this.connection.WebSocket = this.sockets[way];
    this.clock.clearTimeout(this.#probeTimer);
  }

  #probeLater() {
    this.#probeIn(this.#probeMs);
    this.#probeMs = Math.min(LONGEST_PROBE_MS, 2 * this.#probeMs);
  }

  /** @param {number} ms */
  #probeIn(ms) {
    this.clock.clearTimeout(this.#probeTimer);
    this.#probeTimer = this.clock.setTimeout(() => this.#probe(), ms);
  }

  /** Tries a WebSocket beside the connection. Its first frame shows that frames arrive. */
  #probe() {
    const socket = new this.WebSocket(this.connection.url, [SUBPROTOCOL]);
    const end = () => {
      socket.onmessage = socket.onclose = null;
      this.clock.clearTimeout(patience);
      socket.close();
    };
    const patience = this.clock.setTimeout(() => {
      end();
      this.#probeLater();
    }, FIRST_PROBE_MS / 2);
    socket.onclose = () => {
      end();
      this.#probeLater();
    };
    socket.onmessage = () => {
      end();
      if (this.connection.state !== "open" || this.way === "websocket") return;
      this.#use("websocket");
      this.#others?.postMessage("websocket");
      this.connection.reconnect();
    };
  }
}
