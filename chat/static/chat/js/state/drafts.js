/** Unsent typed text by room, kept across reloads and synchronised between devices. Independent of the DOM and of the transport. */
import { systemClock } from "../lib/clock.js";
import { overLimit } from "../lib/text.js";

const STORED = "draft:";
const REPLYING = "replying:";
const KIND = "draft";
const PREFIX = "drafted:";
/** Delay after the last keystroke. */
const SETTLE_MS = 2_000;
/** Lone surrogates, which must not be sent to the server. */
const HALVES = /\p{Surrogate}/gu;

export class Drafts {
  /** @param {import("../lib/storage.js").ScopedStorage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @param {number} room */
  get(room) {
    return this.storage.get(STORED + room) ?? "";
  }

  /**
   * @param {number} room
   * @param {string} text
   */
  set(room, text) {
    if (text) this.storage.set(STORED + room, text);
    else this.storage.remove(STORED + room);
  }

  /**
   * The message to which the draft replies. Other devices do not know it.
   * @param {number} room
   * @returns {import("../net/protocol.js").Quote | null}
   */
  quote(room) {
    return JSON.parse(this.storage.get(REPLYING + room) ?? "null");
  }

  /**
   * @param {number} room
   * @param {import("../net/protocol.js").Quote | null} quote
   */
  setQuote(room, quote) {
    if (quote) this.storage.set(REPLYING + room, JSON.stringify(quote));
    else this.storage.remove(REPLYING + room);
  }

  /** Rooms with a draft. */
  rooms() {
    return new Set(this.storage.names(STORED).map((name) => Number(name.slice(STORED.length))));
  }
}

/**
 * Synchronises drafts between devices. The draft in this browser has precedence: one from another device replaces it only if nothing was
 * typed here since the two were last equal.
 */
export class DraftSync {
  /** Rooms whose draft has changed here and was not sent yet. @type {Set<number>} */
  #dirty = new Set();
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {Drafts} how.drafts
   * @param {import("./items.js").Items} how.items
   * @param {() => number} how.limit most characters
   * @param {(room: number) => void} how.replaced called when the draft of a room may have been replaced
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ storage, drafts, items, limit, replaced, clock = systemClock }) {
    this.storage = storage;
    this.drafts = drafts;
    this.items = items;
    this.limit = limit;
    this.replaced = replaced;
    this.clock = clock;
    items.on("change", (kind) => kind === KIND && this.#takeAll());
    items.on("complete", () => this.#sendUnsent());
  }

  /**
   * The draft of this room has changed here.
   * @param {number} room
   */
  changed(room) {
    this.storage.set(PREFIX + room, JSON.stringify({ ...this.#agreed(room), at: new Date(this.clock.now()).toISOString() }));
    this.#dirty.add(room);
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => this.flush(), this.drafts.get(room) ? SETTLE_MS : 0);
  }

  /** Sends all waiting drafts at once. */
  flush() {
    this.clock.clearTimeout(this.#timer);
    const rooms = [...this.#dirty];
    this.#dirty.clear();
    for (const room of rooms) this.#send(room);
  }

  /** Sends what was typed without a connection, perhaps before the page was loaded. */
  #sendUnsent() {
    const rooms = new Set([...this.drafts.rooms(), ...this.#noted()]);
    for (const room of rooms) if (this.drafts.get(room) !== this.#agreed(room).text) this.#send(room);
    this.#takeAll();
  }

  /** @param {number} room */
  #send(room) {
    const text = this.drafts.get(room);
    const isSent = text === this.#agreed(room).text || this.items.value(KIND, room)?.text === text;
    if (isSent || overLimit(text, this.limit()) > 0) return;
    void this.items.set(KIND, room, { text: text.replace(HALVES, "\ufffd"), at: this.#agreed(room).at });
  }

  #takeAll() {
    for (const room of this.items.rooms(KIND)) this.#take(room);
  }

  /** @param {number} room */
  #take(room) {
    const text = this.items.confirmed(KIND, room)?.text ?? "";
    const mine = this.drafts.get(room);
    const { text: agreed } = this.#agreed(room);
    if (mine !== text && mine !== agreed) return; // typed here since: it will be sent
    if (text !== agreed) this.#agree(room, text);
    if (text !== mine) this.drafts.set(room, text);
    this.replaced(room);
  }

  /**
   * The text on which this browser and the server last agreed, and the time of a later change here.
   * @param {number} room
   * @returns {{text: string, at?: string}}
   */
  #agreed(room) {
    return { text: "", ...JSON.parse(this.storage.get(PREFIX + room) ?? "{}") };
  }

  /**
   * @param {number} room
   * @param {string} text
   */
  #agree(room, text) {
    if (text) this.storage.set(PREFIX + room, JSON.stringify({ text }));
    else this.storage.remove(PREFIX + room);
  }

  #noted() {
    return this.storage.names(PREFIX).map((name) => Number(name.slice(PREFIX.length)));
  }
}
