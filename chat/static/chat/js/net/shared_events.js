/**
 * The events of all tabs of a person in this browser, over one request, since a browser opens only six connections to a host over HTTP/1.1.
 * The tab that holds a lock leads: it makes the request, for what all tabs want, and posts every frame to the others. The frames
 * of a leader are numbered. A tab that misses one ends, and begins again like one that was disconnected.
 */
import { systemClock } from "../lib/clock.js";
import { uuid } from "../lib/plain_http.js";
import { CLOSED_ABNORMALLY } from "./events_request.js";
import { FrameOrder } from "./frame_order.js";
import { TabWants } from "./tab_wants.js";

/** A leader that does not answer within this time is frozen. It is longer than a stream may take to begin. */
const STEAL_MS = 8_500;

/** @typedef {import("./tab_wants.js").Wanted} Wanted */
/** @typedef {import("./frame_order.js").Place} Place */
/**
 * @typedef {{kind: "want", from: string, wanted: Wanted, ping?: number}
 *   | {kind: "bye", from: string}
 *   | {kind: "leads", leader: string, after: Place | null}
 *   | {kind: "frame", leader: string, n: number, text: string}
 *   | {kind: "pong", leader: string, n: number, to: string, ping: number, rooms: [number, number][]}
 *   | {kind: "ends", leader: string, code: number}} Note what tabs post to each other
 */
/** @typedef {Pick<BroadcastChannel, "postMessage" | "close"> & {onmessage: ((event: any) => void) | null}} Channel */

/**
 * @typedef {object} How
 * @property {string} name of the lock and the channel: the same for tabs of one person that use the same kind of request
 * @property {Pick<LockManager, "request"> | undefined} locks
 * @property {(name: string) => Channel | null} channel
 * @property {(handlers: {frame: (text: string, frame: any) => void, live: () => void, end: (code: number) => void}) =>
 *   import("./events_request.js").EventsRequest} request
 * @property {(frame: any, text: string) => void} frame
 * @property {() => void} live called once, when frames are known to arrive
 * @property {(code: number) => void} end
 * @property {import("../lib/clock.js").Clock} [clock]
 */

export class SharedEvents {
  #id = uuid();
  #order = new FrameOrder();
  /** @type {Wanted} */
  #wanted = { rooms: [], people: [], presence: "" };
  #cursor = "";
  #isJoined = false;
  #isLive = false;
  #isOver = false;
  #lastPing = 0;
  /** Callbacks for the answers to pings. @type {Map<number, (rooms: Map<number, number>) => void>} */
  #pings = new Map();
  /** @type {number | undefined} */
  #stealTimer;
  #competing = new AbortController();
  #release = () => {};
  /** While this tab leads. @type {import("./events_request.js").EventsRequest | null} */
  #request = null;
  #wants = new TabWants(new Map());
  /** Pings of tabs that wait until the request is live. @type {{to: string, ping: number}[]} */
  #waiting = [];

  /** @param {How} how */
  constructor({ name, locks, channel, request, frame, live, end, clock = systemClock }) {
    this.name = name;
    this.locks = locks;
    this.make = request;
    this.handlers = { frame, live, end };
    this.clock = clock;
    /** Without a lock or a channel, each tab is alone. */
    this.channel = locks ? channel(name) : null;
    if (this.channel) this.channel.onmessage = ({ data }) => this.#noted(data);
  }

  /** @param {string} cursor of what this tab has */
  join(cursor) {
    this.#cursor ||= cursor;
    this.#isJoined = true;
    if (!this.channel) {
      this.#lead();
      return;
    }
    this.#compete({});
    this.ping(() => {});
  }

  /** @param {Wanted} wanted from now on */
  want(wanted) {
    this.#wanted = wanted;
    if (!this.#isJoined || this.#isOver) return;
    if (this.#request) this.#note(this.#id, wanted);
    else this.#post({ kind: "want", from: this.#id, wanted });
  }

  /**
   * Calls back with the revisions that have arrived, if the events are alive.
   * @param {(rooms: Map<number, number>) => void} answered
   */
  ping(answered) {
    if (this.#isOver || !this.#isJoined) return;
    if (this.#request) {
      if (this.#request.isAlive) answered(this.#request.rooms);
      return;
    }
    this.#lastPing += 1;
    this.#pings.set(this.#lastPing, answered);
    this.#post({ kind: "want", from: this.#id, wanted: this.#wanted, ping: this.#lastPing });
    this.#stealTimer ??= this.clock.setTimeout(() => this.#compete({ steal: true }), STEAL_MS);
  }

  close() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.clock.clearTimeout(this.#stealTimer);
    this.#post({ kind: "bye", from: this.#id });
    this.#competing.abort();
    this.#request?.close();
    this.#release();
    if (this.channel) this.channel.onmessage = null;
    this.channel?.close();
  }

  // --- who leads ------------------------------------------------------------------------------------------------------

  /** @param {{steal?: boolean}} how */
  #compete(how) {
    if (this.#isOver) return;
    this.#stealTimer = undefined;
    this.#competing.abort();
    const competing = new AbortController();
    this.#competing = competing;
    const options = how.steal ? { steal: true } : { signal: competing.signal };
    const held = () => (this.#isOver || competing !== this.#competing ? undefined : this.#lead());
    this.locks?.request(this.name, options, held).catch(() => competing === this.#competing && this.#stepDown());
  }

  /** Leads until the promise is resolved. */
  #lead() {
    const after = this.#order.place;
    const leader = this.#id + uuid();
    this.clock.clearTimeout(this.#stealTimer);
    this.#order.begin(leader);
    const request = this.make({
      frame: (text, frame) => request === this.#request && this.#share(text, frame),
      live: () => request === this.#request && this.#alive(),
      end: (code) => request === this.#request && this.#ends(code),
    });
    this.#request = request;
    this.#wants = new TabWants(request.rooms);
    this.#post({ kind: "leads", leader, after });
    this.#note(this.#id, this.#wanted);
    request.begin(this.#cursor);
    return /** @type {Promise<void>} */ (new Promise((resolve) => (this.#release = resolve)));
  }

  /** Another tab leads now. */
  #stepDown() {
    if (this.#isOver || !this.#request) return;
    this.#request.close();
    this.#request = null;
    this.#waiting = [];
    this.#release();
    this.#end(CLOSED_ABNORMALLY);
  }

  // --- as the leader --------------------------------------------------------------------------------------------------

  /**
   * @param {string} text
   * @param {any} frame
   */
  #share(text, frame) {
    this.#post({ kind: "frame", ...this.#order.next(), text });
    this.#take(text, frame);
  }

  #alive() {
    for (const { to, ping } of this.#waiting.splice(0)) this.#pong(to, ping);
    this.#nowLive();
    this.#answer(this.#lastPing, this.#request?.rooms ?? new Map());
  }

  /** @param {number} code */
  #ends(code) {
    this.#post({ kind: "ends", leader: this.#order.place?.leader ?? "", code });
    this.#end(code);
  }

  /**
   * @param {string} to
   * @param {number} ping
   */
  #pong(to, ping) {
    const rooms = [...(this.#request?.rooms ?? [])];
    this.#post({ kind: "pong", .../** @type {Place} */ (this.#order.place), to, ping, rooms });
  }

  /**
   * @param {string} tab
   * @param {Wanted} wanted
   */
  #note(tab, wanted) {
    this.#apply(this.#wants.note(tab, wanted, this.clock.now()));
  }

  /** Begins the request again if it does not have all that is wanted. @param {import("./tab_wants.js").Change} change */
  #apply({ commands, isMore, isOther }) {
    if (isOther) this.#request?.keep(commands);
    else if (isMore) this.#request?.restartSoon();
  }

  // --- what tabs post to each other -----------------------------------------------------------------------------------

  /** @param {Note} note */
  #post(note) {
    this.channel?.postMessage(note);
  }

  /** @param {Note} note */
  #noted(note) {
    if (this.#isOver) return;
    if (note.kind === "want" || note.kind === "bye") {
      if (this.#request) this.#asked(note);
    } else if (this.#request) {
      if (note.kind === "leads") this.#stepDown();
    } else if (note.kind === "leads") {
      this.#follow(note.leader, note.after);
    } else {
      this.#received(note);
    }
  }

  /** @param {Extract<Note, {kind: "want" | "bye"}>} note */
  #asked(note) {
    if (note.kind === "bye") {
      this.#apply(this.#wants.remove(note.from));
      return;
    }
    this.#note(note.from, note.wanted);
    if (note.ping === undefined) return;
    if (this.#request?.isAlive) this.#pong(note.from, note.ping);
    else if (!this.#request?.isLive) this.#waiting.push({ to: note.from, ping: note.ping });
  }

  /**
   * Another tab leads from now on. It continues from what it has received: this tab must have as much.
   * @param {string} leader
   * @param {Place | null} after
   */
  #follow(leader, after) {
    if (!this.#order.follow(leader, after)) {
      this.#end(CLOSED_ABNORMALLY);
      return;
    }
    const pings = [...this.#pings.values()];
    this.#answered();
    for (const answered of pings) this.ping(answered);
    if (!pings.length) this.want(this.#wanted);
  }

  /** @param {Extract<Note, {kind: "frame" | "pong" | "ends"}>} note */
  #received(note) {
    if (note.kind === "ends") {
      if (this.#order.place?.leader === note.leader) this.#end(note.code);
    } else if (note.kind === "frame") {
      if (this.#isNext(this.#order.take(note))) this.#take(note.text, JSON.parse(note.text));
    } else if (note.to === this.#id && this.#isNext(this.#order.compare(note))) {
      this.#nowLive();
      this.#answer(note.ping, new Map(note.rooms));
    }
  }

  /**
   * A gap ends this tab: it begins again, and reads what is missing. Notes of former leaders are ignored.
   * @param {"next" | "gap" | "another"} order
   */
  #isNext(order) {
    if (order === "gap") this.#end(CLOSED_ABNORMALLY);
    return order === "next";
  }

  /**
   * @param {number} ping earlier ones need no answer any more
   * @param {Map<number, number>} rooms
   */
  #answer(ping, rooms) {
    const answered = this.#pings.get(ping);
    this.#answered();
    answered?.(rooms);
  }

  /** No ping waits for an answer any more. */
  #answered() {
    this.#pings.clear();
    this.clock.clearTimeout(this.#stealTimer);
    this.#stealTimer = undefined;
  }

  /**
   * @param {string} text
   * @param {any} frame
   */
  #take(text, frame) {
    if (frame.type === "cursor") this.#cursor = frame.cursor;
    else this.handlers.frame(frame, text);
  }

  #nowLive() {
    if (this.#isLive) return;
    this.#isLive = true;
    this.handlers.live();
  }

  /** @param {number} code */
  #end(code) {
    if (this.#isOver) return;
    this.close();
    this.handlers.end(code);
  }
}
