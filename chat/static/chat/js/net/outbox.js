/**
 * The person's messages, edits, deletions, reactions and votes that the server has not acked. Each is an entry in the browser's storage, shared by all
 * tabs. They are sent in order, one at a time, by the tab that holds the lock, with the same key until they are acked. They
 * survive reloading and closing the page, and the server stores a message once even if two tabs send it.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { backoff, DISCONNECTED } from "./connection.js";
import { uuid } from "../lib/plain_http.js";

/** @typedef {import("./connection.js").CommandError} CommandError */

/**
 * @typedef {{kind: "send", room: number, key: string, body: string, reply_to?: number, quote?: import("./protocol.js").Quote, poll?: import("./protocol.js").NewPoll, thread?: number, also?: boolean, files?: AttachedFile[]}
 *   | {kind: "edit", room: number, message: number, body: string}
 *   | {kind: "delete", room: number, message: number}
 *   | {kind: "react", room: number, message: number, emoji: string, on: boolean}
 *   | {kind: "vote", room: number, message: number, choices: number[]}
 *   | {kind: "close_poll", room: number, message: number}
 *   | {kind: "remove_preview", room: number, message: number, url: string}
 *   | {kind: "pin", room: number, message: number, on: boolean}} Act
 */

/** A file whose upload may be under way, by its key in `state/uploads.js`, and what is shown of it until the server describes it. @typedef {Omit<import("./protocol.js").Attachment, "id"> & {key: string}} AttachedFile */

/**
 * @typedef {Act & {id: string, at: string, due: number, uncertain?: true, error?: {code: string, message: string, until?: number}}} Item
 * `at`: ISO time of the act; `due`: not before this time (ms); `uncertain`: the connection was lost after it was sent, so
 * the server may have it; `error`: why it failed, permanently or, in slow mode, until a time (ms).
 */

const PREFIX = "outbox:";
/** Reactions, pins, what concerns polls, replies in threads, messages with files and removed previews are stored apart: a tab with an earlier version of this module would send them as something else. */
const REACTIONS = "reaction:";
const PINS = "pin:";
const POLLS = "poll:";
const THREADS = "thread:";
const FILES = "files:";
const PREVIEWS = "preview:";
const PREFIXES = [PREFIX, REACTIONS, PINS, POLLS, THREADS, FILES, PREVIEWS];
/** What the storage holds of uploads, see `state/uploads.js`. */
export const UPLOADS = "upload:";
/** A vote is sent once it has not changed for this long: arrow keys move it from one choice to the next. */
const VOTE_MS = 400;

/**
 * Whether an act can still be undone. It cannot if the clock was set back to before the act, because it would then wait for
 * a long time.
 * @param {Item} item
 * @param {number} now
 */
export function mayBeUndone(item, now) {
  return now < item.due && now >= Date.parse(item.at);
}

/**
 * The number of unsent messages and edits in this browser, including failed ones.
 * @param {import("../lib/storage.js").ScopedStorage} storage
 */
export function unsentTexts(storage) {
  const items = [PREFIX, POLLS, THREADS, FILES].flatMap((prefix) => storage.names(prefix)).map((name) => /** @type {Item} */ (JSON.parse(storage.get(name) ?? "{}")));
  return items.filter((item) => item.kind === "send" || item.kind === "edit").length;
}

/**
 * @typedef {object} Events
 * @property {null} change the entries changed, here or in another tab
 * @property {{item: Item, message: import("./protocol.js").Message, mine?: import("./protocol.js").Mine}} acked
 * @property {Item} discarded somebody gave it up
 * @property {Item} retried a failed entry is tried again
 * @property {{item: Item, error: CommandError}} refused a reaction, a pin or a vote was refused, or a message is held for a decision; it was removed
 */

/** @extends {Emitter<Events>} */
export class Outbox extends Emitter {
  #live = false;
  #draining = false;
  /** Ends the current pause of the drain, if there is one. */
  #wakeUp = () => {};
  /** @type {number | undefined} */
  #dueTimer;
  /** @type {Item[] | null} what the storage held when it was last read */
  #cache = null;

  /**
   * @param {object} how
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {import("../lib/lock.js").Exclusive} how.exclusive
   * @param {(command: import("./protocol.js").Command) => Promise<any>} how.deliver
   * @param {import("../lib/clock.js").Clock} [how.clock]
   * @param {() => number} [how.random]
   */
  constructor({ storage, exclusive, deliver, clock = systemClock, random = Math.random }) {
    super();
    this.storage = storage;
    this.exclusive = exclusive;
    this.deliver = deliver;
    this.clock = clock;
    this.random = random;
  }

  /** All entries, in the order in which they are sent. @returns {Item[]} */
  get items() {
    this.#cache ??= PREFIXES
      .flatMap((prefix) => this.storage.names(prefix))
      .flatMap((name) => {
        const text = this.storage.get(name);
        return text ? [/** @type {Item} */ (JSON.parse(text))] : [];
      })
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    return this.#cache;
  }

  /**
   * Whether this entry waits for a connection or for its files and was never sent, so that it can still be taken back.
   * @param {Item} item
   */
  isHeld(item) {
    return (!this.#live || !this.#isUploaded(item)) && !item.error && !item.uncertain;
  }

  /**
   * Whether the server has all files of a message.
   * @param {Item} item
   */
  #isUploaded(item) {
    return item.kind !== "send" || (item.files ?? []).every(({ key }) => this.#upload(key).state === "ready");
  }

  /**
   * @param {string} key
   * @returns {{state?: string, id?: string}}
   */
  #upload(key) {
    return JSON.parse(this.storage.get(UPLOADS + key) ?? "{}");
  }

  /**
   * A file can't be uploaded: the message that waits for it is not sent.
   * @param {string} key
   * @param {string} message
   */
  failFile(key, message) {
    const item = this.items.find((one) => one.kind === "send" && !one.error && one.files?.some((file) => file.key === key));
    if (!item) return;
    this.#put({ ...item, error: { code: "files", message } });
    void this.#drain();
  }

  /** The number of entries to be sent: without reactions, pins and votes, and those that failed or can still be undone. */
  get unsent() {
    const now = this.clock.now();
    return this.items.filter((item) => !isSmall(item) && !item.error && !mayBeUndone(item, now)).length;
  }

  /** @param {number} room, thread or `threadPlace` */
  in(room) {
    return this.items.filter((item) => placeOf(item) === room);
  }

  /**
   * @param {number} room
   * @param {string} body
   * @param {import("./protocol.js").Quote | null} [quote] of the message to which it replies
   * @param {{thread?: number, also?: boolean, files?: AttachedFile[]}} [where] the message of the room in whose thread it is, whether it is in the room as well, and its files
   */
  send(room, body, quote = null, where = {}) {
    return this.#add({ kind: "send", room, key: uuid(), body, ...(quote && { reply_to: quote.id, quote }), ...where });
  }

  /**
   * Adds or takes back a reaction. Replaces a waiting one of the same message and emoji.
   * @param {import("./protocol.js").Message} message
   * @param {string} emoji
   * @param {boolean} on
   */
  react(message, emoji, on) {
    this.#dropAll((item) => item.kind === "react" && item.message === message.id && item.emoji === emoji);
    return this.#add({ kind: "react", room: message.room, message: message.id, emoji, on });
  }

  /**
   * Sends a poll, of which the body is the question.
   * @param {number} room
   * @param {string} body
   * @param {import("./protocol.js").NewPoll} poll
   */
  ask(room, body, poll) {
    return this.#add({ kind: "send", room, key: uuid(), body, poll });
  }

  /**
   * Votes in the poll of a message for exactly these choices. Replaces a waiting vote.
   * @param {import("./protocol.js").Message} message
   * @param {number[]} choices by their numbers
   */
  vote(message, choices) {
    this.#dropAll((item) => item.kind === "vote" && item.message === message.id);
    return this.#add({ kind: "vote", room: message.room, message: message.id, choices }, VOTE_MS);
  }

  /** @param {import("./protocol.js").Message} message whose poll takes no votes any more */
  closePoll(message) {
    return this.#add({ kind: "close_poll", room: message.room, message: message.id });
  }

  /**
   * Removes the preview of a link from a message.
   * @param {import("./protocol.js").Message} message
   * @param {string} url
   */
  removePreview(message, url) {
    return this.#add({ kind: "remove_preview", room: message.room, message: message.id, url });
  }

  /**
   * Pins a message in its room, or unpins it. Replaces a waiting change of the same message.
   * @param {import("./protocol.js").Message} message
   * @param {boolean} on
   */
  pin(message, on) {
    this.#dropAll((item) => item.kind === "pin" && item.message === message.id);
    return this.#add({ kind: "pin", room: message.room, message: message.id, on });
  }

  /**
   * Edits a message. Replaces a waiting edit of the same message.
   * @param {import("./protocol.js").Message} message
   * @param {string} body
   */
  edit(message, body) {
    this.#dropAll((item) => item.kind === "edit" && item.message === message.id);
    return this.#add({ kind: "edit", room: message.room, message: message.id, body });
  }

  /**
   * @param {import("./protocol.js").Message} message
   * @param {number} [grace] ms in which it can be undone with `discard`
   */
  delete(message, grace = 0) {
    this.#dropAll((item) => item.kind !== "send" && item.message === message.id);
    return this.#add({ kind: "delete", room: message.room, message: message.id }, grace);
  }

  /** @param {string} id of a failed entry: it is tried again */
  retry(id) {
    const item = this.items.find((entry) => entry.id === id);
    if (!item) return;
    this.#put({ ...item, error: undefined });
    this.emit("retried", item);
    void this.#drain();
  }

  /** @param {string} id */
  discard(id) {
    const item = this.items.find((entry) => entry.id === id);
    this.#remove(id);
    if (item) this.emit("discarded", item);
  }

  /** @param {string} id */
  #remove(id) {
    for (const prefix of PREFIXES) this.storage.remove(prefix + id);
    this.#changed();
  }

  /**
   * Takes a message back for editing. Returns its entry, or null if it has been sent in the meantime.
   * @param {string} id
   */
  takeBack(id) {
    this.#cache = null;
    const item = this.items.find((entry) => entry.id === id);
    if (item?.kind !== "send") return null;
    this.#remove(id);
    return item;
  }

  /** The page is being closed: ends the time for undoing. Writes synchronously, because asynchronous code may no longer run. */
  hurry() {
    const now = this.clock.now();
    for (const item of this.items.filter((one) => mayBeUndone(one, now))) {
      this.#put({ ...item, due: 0 });
      if (this.#live) void this.deliver(this.#command(item)).then((reply) => this.#settled(item, reply), () => {});
    }
  }

  /** A connection was established: starts sending. */
  start() {
    this.#live = true;
    this.#changed();
    void this.#drain();
  }

  /** The connection was lost: entries in flight are retried later. */
  pause() {
    this.#live = false;
    this.#wakeUp();
    this.#changed();
  }

  /** Another tab has changed the storage. */
  refresh() {
    this.#changed();
    void this.#drain();
  }

  /**
   * @param {Act} act
   * @param {number} [grace]
   * @returns {Item}
   */
  #add(act, grace = 0) {
    const now = this.clock.now();
    const item = { ...act, id: this.#nextId(now), at: new Date(now).toISOString(), due: grace && now + grace };
    this.#put(item);
    void this.#drain();
    return item;
  }

  /**
   * Ids sort in the order of the acts, even if the clock was set back.
   * @param {number} now
   */
  #nextId(now) {
    this.#cache = null;
    const last = Number(this.items.at(-1)?.id.slice(0, 16) ?? 0);
    return `${String(Math.max(now, last + 1)).padStart(16, "0")}-${uuid().slice(0, 8)}`;
  }

  /** @param {Item} item */
  #put(item) {
    this.storage.set(nameOf(item), JSON.stringify(item));
    this.#changed();
  }

  /** @param {(item: Item) => boolean} which */
  #dropAll(which) {
    for (const item of this.items.filter(which)) this.storage.remove(nameOf(item));
    this.#cache = null;
  }

  #changed() {
    this.#cache = null;
    this.#waitForDue();
    this.emit("change", null);
  }

  #waitForDue() {
    this.clock.clearTimeout(this.#dueTimer);
    const now = this.clock.now();
    const next = Math.min(...this.items.map((item) => (mayBeUndone(item, now) ? item.due : Infinity)));
    if (next < Infinity) this.#dueTimer = this.clock.setTimeout(() => this.refresh(), next - now);
  }

  #next() {
    this.#cache = null;
    const now = this.clock.now();
    /** Where a message waits for its files: those after it wait with it. @type {Set<number>} */
    const waiting = new Set();
    return this.items.find((item) => {
      if (item.error || mayBeUndone(item, now)) return false;
      if (item.kind !== "send") return true;
      if (!this.#isUploaded(item)) waiting.add(placeOf(item));
      return !waiting.has(placeOf(item));
    });
  }

  async #drain() {
    if (this.#draining || !this.#live || !this.#next()) return;
    this.#draining = true;
    try {
      await this.exclusive(() => this.#sendAll());
    } finally {
      this.#draining = false;
    }
    if (this.#live && this.#next()) void this.#drain();
  }

  async #sendAll() {
    for (let tries = 0; this.#live; ) {
      const item = this.#next();
      if (!item) return;
      try {
        const reply = await this.deliver(this.#command(item));
        this.#settled(item, reply);
        tries = 0;
      } catch (error) {
        const pause = this.#refused(item, /** @type {CommandError} */ (error), tries);
        if (pause) await this.#sleep(pause);
        tries += 1;
      }
    }
  }

  /**
   * @param {Item} item
   * @param {{message: import("./protocol.js").Message, mine?: import("./protocol.js").Mine}} reply
   */
  #settled(item, { message, mine }) {
    this.storage.remove(nameOf(item));
    this.emit("acked", { item, message, mine });
    this.#changed();
  }

  /**
   * Handles a refusal. Returns the ms to wait before a retry; 0 if the entry failed or was removed, or the connection was lost.
   * @param {Item} item
   * @param {CommandError} error
   * @param {number} tries
   */
  #refused(item, error, tries) {
    switch (error.code) {
      case DISCONNECTED:
        this.#live = false;
        this.#put({ ...item, uncertain: true });
        return 0;
      case "rate_limited":
        return (error.retryAfter ?? 1) * 1000;
      case "unavailable":
        return backoff(tries, this.random) || 1;
      case "not_found":
        if (item.kind === "delete") {
          this.discard(item.id);
          return 0;
        }
    }
    if (isSmall(item) || error.code === "held") {
      this.#remove(item.id);
      this.emit("refused", { item, error });
      return 0;
    }
    const until = error.retryAfter && { until: this.clock.now() + error.retryAfter * 1000 };
    this.#put({ ...item, error: { code: error.code, message: error.message, ...until } });
    return 0;
  }

  /** @param {Item} item */
  #command(item) {
    const files = item.kind === "send" && item.files?.map(({ key }) => this.#upload(key).id);
    return files ? { ...command(item), files } : command(item);
  }

  /** @param {number} ms */
  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = this.clock.setTimeout(() => resolve(undefined), ms);
      this.#wakeUp = () => {
        this.clock.clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

/**
 * A change that is not worth an error beside the message if it is refused.
 * @param {Item} item
 */
function isSmall({ kind }) {
  return kind === "react" || kind === "pin" || kind === "vote" || kind === "close_poll" || kind === "remove_preview";
}

/** @type {Record<string, string>} */
const APART = { react: REACTIONS, pin: PINS, vote: POLLS, close_poll: POLLS, remove_preview: PREVIEWS };

/**
 * Where replies to a message are that name it and not its thread.
 * @param {number} message
 */
export function threadPlace(message) {
  return -message;
}

/** @param {Item} item */
function placeOf(item) {
  return item.kind === "send" && item.thread ? threadPlace(item.thread) : item.room;
}

/** @param {Item} item */
function nameOf(item) {
  const prefix = item.kind === "send" && item.files ? FILES : item.kind === "send" && item.thread ? THREADS : item.kind === "send" && item.poll ? POLLS : APART[item.kind];
  return (prefix ?? PREFIX) + item.id;
}

/**
 * @param {Item} item
 * @returns {import("./protocol.js").Command}
 */
function command(item) {
  if (item.kind === "send") {
    const { room, key, body, reply_to: replyTo, poll, thread, also } = item;
    return { type: "send", room, key, body, reply_to: replyTo, poll, thread, also_in_room: also };
  }
  if (item.kind === "edit") return { type: "edit", message: item.message, body: item.body };
  if (item.kind === "react") return { type: "react", message: item.message, emoji: item.emoji, on: item.on };
  if (item.kind === "vote") return { type: "vote", message: item.message, choices: item.choices };
  if (item.kind === "close_poll") return { type: "close_poll", message: item.message };
  if (item.kind === "remove_preview") return { type: "remove_preview", message: item.message, url: item.url };
  if (item.kind === "pin") return { type: "pin", message: item.message, on: item.on };
  return { type: "delete", message: item.message };
}
