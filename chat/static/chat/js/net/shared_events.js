/**
 * The events of all tabs of a person in this browser, over one request, since a browser opens only six connections to a host over HTTP/1.1.
 * The tab that holds a lock leads: it makes the request, for what all tabs want, and posts every frame to the others. The frames
 * of a leader are numbered. A tab that misses one ends, and begins again like one that was disconnected.
 */
import { systemClock } from "../lib/clock.js";
import { uuid } from "../lib/plain_http.js";
import { CLOSED_ABNORMALLY, KEPT } from "./events_request.js";

/** A leader that does not answer within this time is frozen. It is longer than a stream may take to begin. */
const STEAL_MS = 8_500;
/** A tab from which nothing was received for this long, although tabs ping, has vanished. */
const VANISHED_MS = 3 * 60_000;
/** Most people whose presence one request may show. */
const MOST_PEOPLE = 300;
/** Of several tabs, the last state in this order counts. */
const STATES = ["away", "here", "busy"];

/**
 * @typedef {object} Wanted what a tab wants to receive
 * @property {[number, number][]} rooms with the revisions that it has
 * @property {number[]} people
 * @property {string} presence "" if it does not say
 */
/** @typedef {{leader: string, n: number}} Place the number of a frame of a leader */
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
  /** The last frame that was received, of which leader. @type {Place | null} */
  #place = null;
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
  /** What the tabs want, and when each of them last posted it, while this one leads. @type {Map<string, {wanted: Wanted, at: number}>} */
  #tabs = new Map();
  /** Pings of tabs that wait until the request is live. @type {{to: string, ping: number}[]} */
  #waiting = [];
  #kept = "[]";

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
    const place = this.#place;
    this.clock.clearTimeout(this.#stealTimer);
    this.#place = { leader: this.#id + uuid(), n: 0 };
    this.#tabs = new Map([[this.#id, { wanted: { rooms: [], people: [], presence: "" }, at: this.clock.now() }]]);
    this.#kept = "[]";
    const request = this.make({
      frame: (text, frame) => request === this.#request && this.#share(text, frame),
      live: () => request === this.#request && this.#alive(),
      end: (code) => request === this.#request && this.#ends(code),
    });
    this.#request = request;
    this.#post({ kind: "leads", leader: this.#place.leader, after: place });
    this.#note(this.#id, this.#wanted);
    request.begin(this.#cursor);
    return /** @type {Promise<void>} */ (new Promise((resolve) => (this.#release = resolve)));
  }

  /** Another tab leads now. */
  #stepDown() {
    if (this.#isOver || !this.#request) return;
    this.#request.close();
    this.#request = null;
    this.#place = null;
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
    const place = /** @type {Place} */ (this.#place);
    place.n += 1;
    this.#post({ kind: "frame", ...place, text });
    this.#take(text, frame);
  }

  #alive() {
    for (const { to, ping } of this.#waiting.splice(0)) this.#pong(to, ping);
    this.#nowLive();
    this.#answer(this.#lastPing, this.#request?.rooms ?? new Map());
  }

  /** @param {number} code */
  #ends(code) {
    this.#post({ kind: "ends", leader: this.#place?.leader ?? "", code });
    this.#end(code);
  }

  /**
   * @param {string} to
   * @param {number} ping
   */
  #pong(to, ping) {
    const rooms = [...(this.#request?.rooms ?? [])];
    this.#post({ kind: "pong", .../** @type {Place} */ (this.#place), to, ping, rooms });
  }

  /**
   * Notes what a tab wants. The request begins again if it does not have all of it.
   * @param {string} tab
   * @param {Wanted} wanted
   */
  #note(tab, wanted) {
    const request = /** @type {import("./events_request.js").EventsRequest} */ (this.#request);
    const before = new Map(this.#tabs.get(tab)?.wanted.rooms);
    this.#tabs.set(tab, { wanted, at: this.clock.now() });
    const added = wanted.rooms.filter(([room, revision]) => !before.has(room) && revision < (request.rooms.get(room) ?? Infinity));
    for (const [room, revision] of added) request.rooms.set(room, revision);
    this.#forget();
    const commands = this.#commands();
    const isChanged = JSON.stringify(commands) !== this.#kept;
    this.#kept = JSON.stringify(commands);
    if (isChanged) request.keep(commands);
    else if (added.length) request.restartSoon();
  }

  /** Forgets tabs that have vanished, and rooms that no tab wants. */
  #forget() {
    const now = this.clock.now();
    for (const [tab, { at }] of this.#tabs) if (tab !== this.#id && now - at > VANISHED_MS) this.#tabs.delete(tab);
    const wanted = new Set([...this.#tabs.values()].flatMap((tab) => tab.wanted.rooms.map(([room]) => room)));
    for (const room of this.#request?.rooms.keys() ?? []) if (!wanted.has(room)) this.#request?.rooms.delete(room);
  }

  /** The commands for what the tabs want beside rooms. */
  #commands() {
    const tabs = [...this.#tabs.values()].map(({ wanted }) => wanted);
    const people = [...new Set(tabs.flatMap((tab) => tab.people))].slice(0, MOST_PEOPLE).sort((a, b) => a - b);
    const state = STATES[Math.max(...tabs.map((tab) => STATES.indexOf(tab.presence)))];
    const commands = [];
    if (state) commands.push({ type: "presence", ref: KEPT, state });
    if (people.length) commands.push({ type: "show_people", ref: KEPT, people });
    return commands;
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
    } else if (this.#isInOrder(note)) {
      this.#received(note);
    }
  }

  /** @param {Extract<Note, {kind: "want" | "bye"}>} note */
  #asked(note) {
    if (note.kind === "bye") {
      this.#tabs.delete(note.from);
      this.#forget();
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
    const place = this.#place;
    if (place && after && (after.leader !== place.leader || place.n < after.n)) {
      this.#end(CLOSED_ABNORMALLY);
      return;
    }
    this.#place = { leader, n: 0 };
    for (const ping of this.#pings.keys()) this.#post({ kind: "want", from: this.#id, wanted: this.#wanted, ping });
    if (!this.#pings.size) this.want(this.#wanted);
  }

  /**
   * Whether a note is the next one of the leader. A gap ends this tab; notes of former leaders are ignored.
   * @param {Extract<Note, {kind: "frame" | "pong" | "ends"}>} note
   */
  #isInOrder(note) {
    if (note.kind === "pong" && note.to !== this.#id) return false;
    if (note.kind === "ends") return this.#place?.leader === note.leader;
    this.#place ??= { leader: note.leader, n: note.kind === "frame" ? note.n - 1 : note.n };
    if (this.#place.leader !== note.leader) return false;
    if (note.n === this.#place.n + (note.kind === "frame" ? 1 : 0)) return true;
    this.#end(CLOSED_ABNORMALLY);
    return false;
  }

  /** @param {Extract<Note, {kind: "frame" | "pong" | "ends"}>} note */
  #received(note) {
    if (note.kind === "ends") {
      this.#end(note.code);
    } else if (note.kind === "frame") {
      if (this.#place) this.#place.n = note.n;
      this.#take(note.text, JSON.parse(note.text));
    } else {
      this.clock.clearTimeout(this.#stealTimer);
      this.#stealTimer = undefined;
      this.#nowLive();
      this.#answer(note.ping, new Map(note.rooms));
    }
  }

  /**
   * @param {number} ping earlier ones need no answer any more
   * @param {Map<number, number>} rooms
   */
  #answer(ping, rooms) {
    const answered = this.#pings.get(ping);
    this.#pings.clear();
    answered?.(rooms);
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
