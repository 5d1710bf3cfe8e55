/**
 * Files on their way to the server: in parts, two files at a time, each file by one tab. What is known of an upload is in the storage that
 * tabs share, its contents are in the file store: it continues after a cut network, a reload and in another tab.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { uuid } from "../lib/plain_http.js";
import { sizeText } from "../lib/sizes.js";
import { backoff } from "../net/connection.js";
import { UPLOADS } from "../net/outbox.js";

export const PART_BYTES = 1024 * 1024;
/** Most files of a message; the server has the same limit (`chat/protocol/limits.py`). */
export const MOST_FILES = 10;
const AT_ONCE = 2;
/** Larger files, and more of them, are not kept in the browser. */
const KEPT_BYTES = 400 * PART_BYTES;
/** How often it is asked whether the server has examined a file; from then on rarer and rarer. */
const ASK_MS = 300;
const MOST_ASK_MS = 4_000;
const DISK_FULL = 507;

/** What is known of a recording that was made here. @typedef {{waveform: number[], seconds: number}} Recording */

/**
 * @typedef {object} Upload
 * @property {string} key by which this browser knows it; keys sort in the order in which files were added
 * @property {number} place of the composer: a room, or `threadPlace`
 * @property {number | null} room to which the file will belong; null for a conversation that does not exist yet
 * @property {string} name
 * @property {string} type as the browser says
 * @property {number} size
 * @property {number} offset number of bytes that the server has
 * @property {"uploading" | "paused" | "processing" | "ready" | "failed" | "lost"} state lost: its contents are gone from this browser
 * @property {string} [id] by which the server knows it
 * @property {string} [error] why it failed
 * @property {boolean} [final] trying again would not help
 * @property {number} [width]
 * @property {number} [height]
 * @property {Recording} [recording]
 * @property {number} [at] its place among those of its message, once one of them was moved; those without one follow
 * @property {boolean} [sent] the message that carries it is in the outbox
 */

/**
 * @typedef {object} Requests
 * @property {(file: Upload, signal: AbortSignal) => Promise<{id: string}>} begin
 * @property {(id: string, signal: AbortSignal) => Promise<number>} offset
 * @property {(id: string, what: {offset: number, part: Blob, sent: (bytes: number) => void}, signal: AbortSignal) => Promise<number>} part
 * @property {(id: string, signal: AbortSignal) => Promise<{state: string, error?: string}>} state
 * @property {(id: string) => Promise<void>} cancel
 */

/** @typedef {Pick<import("../lib/file_store.js").FileStore, "put" | "get" | "delete" | "keys">} Keep */

/**
 * @typedef {object} Events
 * @property {null} change uploads came, went or changed their state, here or in another tab
 * @property {string} progress more of the upload with this key was sent
 * @property {Upload} ready
 * @property {Upload} failed
 */

/** @extends {Emitter<Events>} */
export class Uploads extends Emitter {
  /** The contents that this page holds. @type {Map<string, Blob>} */
  #files = new Map();
  /** Uploads that this page continues, or waits to continue. @type {Map<string, AbortController>} */
  #running = new Map();
  /** Those that this page sends. @type {Set<string>} */
  #here = new Set();
  /** Bytes of the part under way that have gone. @type {Map<string, number>} */
  #sending = new Map();
  /** Ends pauses. @type {Set<() => void>} */
  #pauses = new Set();
  /** Those that wait until fewer files are sent at once. @type {(() => void)[]} */
  #queue = [];
  #active = 0;

  /**
   * @param {object} how
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {(name: string) => import("../lib/lock.js").Exclusive} how.exclusive
   * @param {Requests} how.requests
   * @param {Keep} how.keep
   * @param {() => number} how.largest most bytes of a file
   * @param {import("../lib/clock.js").Clock} [how.clock]
   * @param {() => number} [how.random]
   */
  constructor({ storage, exclusive, requests, keep, largest, clock = systemClock, random = Math.random }) {
    super();
    this.storage = storage;
    this.exclusive = exclusive;
    this.requests = requests;
    this.keep = keep;
    this.largest = largest;
    this.clock = clock;
    this.random = random;
  }

  /** All, in the order in which they were added. */
  get all() {
    return this.storage.names(UPLOADS).flatMap((name) => this.get(name.slice(UPLOADS.length)) ?? []);
  }

  /**
   * @param {string} key
   * @returns {Upload | null}
   */
  get(key) {
    const text = this.storage.get(UPLOADS + key);
    return text ? JSON.parse(text) : null;
  }

  /**
   * Those that are attached to the message being written there, in their order.
   * @param {number} place
   */
  in(place) {
    const attached = this.all.filter((upload) => upload.place === place && !upload.sent);
    return attached.sort((one, other) => (one.at ?? MOST_FILES) - (other.at ?? MOST_FILES));
  }

  /**
   * Moves one of those that are attached to a message. Returns its place, from 0.
   * @param {string} key
   * @param {number} steps below zero towards the first
   */
  move(key, steps) {
    const upload = this.get(key);
    if (!upload) return 0;
    const all = this.in(upload.place);
    const from = all.findIndex((one) => one.key === key);
    const to = Math.max(0, Math.min(all.length - 1, from + steps));
    all.splice(to, 0, ...all.splice(from, 1));
    all.forEach((one, at) => this.storage.set(UPLOADS + one.key, JSON.stringify({ ...one, at })));
    this.emit("change", null);
    return to;
  }

  /** Whether this page is sending something, which closing it would interrupt. */
  get isBusy() {
    return this.all.some((upload) => isUnderWay(upload) && this.#here.has(upload.key));
  }

  /**
   * The bytes that have gone, with those of the part under way.
   * @param {Upload} upload
   */
  sent({ key, offset, size }) {
    return Math.min(size, offset + (this.#sending.get(key) ?? 0));
  }

  /**
   * The contents, if this browser still has them.
   * @param {string} key
   */
  async contents(key) {
    return this.#files.get(key) ?? (await this.keep.get(key)) ?? null;
  }

  /**
   * Begins to upload a file. One whose contents were lost continues when it is picked again.
   * @param {Blob & {name: string}} file
   * @param {{place: number, room: number | null, width?: number, height?: number, recording?: Recording}} where
   * @returns {Upload}
   */
  add(file, where) {
    const lost = this.in(where.place).find(({ state, name, size }) => state === "lost" && name === file.name && size === file.size);
    const begun = { name: file.name, type: file.type, size: file.size, offset: 0 };
    /** @type {Upload} */
    const upload = { ...(lost ?? { key: this.#nextKey(), ...where, ...begun }), state: "uploading" };
    this.#files.set(upload.key, file);
    this.#put(upload);
    const refusal = this.#refusal(file);
    if (refusal) return this.#fail(upload, refusal, true);
    const kept = this.all.reduce((sum, { size }) => sum + size, 0);
    if (kept <= KEPT_BYTES) void this.keep.put(upload.key, file);
    this.#start(upload.key);
    return upload;
  }

  /** Continues what another visit of the page, or another tab, left unfinished, and removes contents that nothing refers to. */
  async resume() {
    for (const upload of this.all) if (isUnderWay(upload)) this.#start(upload.key);
    for (const key of await this.keep.keys()) if (!this.get(key)) void this.keep.delete(key);
  }

  /** The network is back: waits no longer. */
  wake() {
    for (const end of [...this.#pauses]) end();
  }

  /** Another tab changed the storage. */
  refresh() {
    for (const { key, state } of this.all) {
      if (isUnderWay({ state })) this.#start(key);
      else if (state === "paused") this.#running.get(key)?.abort();
    }
    this.emit("change", null);
  }

  /** @param {string} key of an upload that stops until somebody lets it continue */
  pause(key) {
    if (this.get(key)?.state !== "uploading") return;
    this.#change(key, { state: "paused" });
    this.#running.get(key)?.abort();
  }

  /** @param {string} key of an upload that failed or was paused: it continues */
  retry(key) {
    const upload = this.get(key);
    if (upload?.state !== "failed" && upload?.state !== "paused") return;
    this.#put({ ...upload, state: "uploading", error: undefined });
    this.#start(key);
  }

  /**
   * Takes back what was attached, also from the server.
   * @param {string} key
   */
  remove(key) {
    const upload = this.get(key);
    this.forget(key);
    if (upload?.id) void this.requests.cancel(upload.id);
  }

  /**
   * Forgets an upload: a message has the file now.
   * @param {string} key
   */
  forget(key) {
    this.storage.remove(UPLOADS + key);
    this.#running.get(key)?.abort();
    this.#files.delete(key);
    void this.keep.delete(key);
    this.emit("change", null);
  }

  /**
   * The message with these is in the outbox, or was taken out of it.
   * @param {string[]} keys
   * @param {boolean} sent
   */
  mark(keys, sent) {
    for (const key of keys) {
      this.#change(key, { sent });
      if (sent && this.get(key)?.state === "paused") this.retry(key); // the message would wait for it
    }
  }

  /** @param {Blob} file */
  #refusal({ size }) {
    if (!size) return gettext("This file is empty.");
    const largest = this.largest();
    if (size <= largest) return "";
    return interpolate(gettext("Too large: %(size)s. Files here may have %(limit)s."), { size: sizeText(size), limit: sizeText(largest) });
  }

  #nextKey() {
    const last = Number(this.storage.names(UPLOADS).at(-1)?.slice(UPLOADS.length).slice(0, 16) ?? 0);
    return `${String(Math.max(this.clock.now(), last + 1)).padStart(16, "0")}-${uuid().slice(0, 8)}`;
  }

  /** @param {Upload} upload */
  #put(upload) {
    this.storage.set(UPLOADS + upload.key, JSON.stringify(upload));
    this.emit("change", null);
  }

  /**
   * Changes an upload, unless it was removed in the meantime.
   * @param {string} key
   * @param {Partial<Upload>} changes
   */
  #change(key, changes) {
    const upload = this.get(key);
    if (!upload) return null;
    const changed = { ...upload, ...changes };
    this.#put(changed);
    return changed;
  }

  /**
   * @param {Upload} upload
   * @param {string} error
   * @param {boolean} final
   */
  #fail(upload, error, final) {
    const failed = this.#change(upload.key, { state: "failed", error, final });
    if (failed) this.emit("failed", failed);
    return failed ?? upload;
  }

  /** @param {string} key */
  #start(key) {
    if (this.#running.has(key)) return;
    const controller = new AbortController();
    this.#running.set(key, controller);
    const task = () => {
      this.#here.add(key);
      return this.#inTurn(() => this.#upload(key, controller.signal));
    };
    void this.exclusive(`upload:${key}`)(task).finally(() => {
      this.#here.delete(key);
      this.#running.delete(key);
      this.#sending.delete(key);
      const upload = this.get(key);
      if (upload && isUnderWay(upload)) this.#start(key); // it was retried while this ended
    });
  }

  /**
   * Runs a task when few enough others run.
   * @param {() => Promise<void>} task
   */
  async #inTurn(task) {
    if (this.#active < AT_ONCE) this.#active += 1;
    else await new Promise((resolve) => this.#queue.push(() => resolve(undefined)));
    try {
      await task();
    } finally {
      const next = this.#queue.shift(); // which takes this turn
      if (next) next();
      else this.#active -= 1;
    }
  }

  /**
   * @param {string} key
   * @param {AbortSignal} signal
   */
  async #upload(key, signal) {
    const way = { tries: 0, asked: 0, isKnown: false };
    for (;;) {
      const upload = this.get(key);
      if (!upload || !isUnderWay(upload) || signal.aborted) return;
      try {
        await this.#step(upload, way, signal);
      } catch (error) {
        if (signal.aborted) return;
        const pause = this.#refused(upload, /** @type {any} */ (error), way);
        if (pause) await this.#pause(pause, signal);
      }
    }
  }

  /**
   * The next request of an upload.
   * @param {Upload} upload
   * @param {{tries: number, asked: number, isKnown: boolean}} way `isKnown`: whether the server and the storage agree on the offset
   * @param {AbortSignal} signal
   */
  async #step(upload, way, signal) {
    const { key, id, size, offset } = upload;
    if (!id) {
      const begun = await this.requests.begin(upload, signal);
      Object.assign(way, { tries: 0, isKnown: true });
      if (!this.#change(key, { id: begun.id, offset: 0 })) void this.requests.cancel(begun.id);
    } else if (offset >= size && (way.isKnown || upload.state === "processing")) {
      await this.#ask(upload, way, signal);
    } else if (!way.isKnown) {
      this.#change(key, { offset: await this.requests.offset(id, signal) });
      way.isKnown = true;
    } else await this.#sendPart(upload, way, signal);
  }

  /**
   * @param {Upload} upload
   * @param {{tries: number}} way
   * @param {AbortSignal} signal
   */
  async #sendPart(upload, way, signal) {
    const { key, id = "", offset } = upload;
    const contents = await this.contents(key);
    if (!contents) return void this.#change(key, { state: "lost" });
    const sent = /** @param {number} bytes */ (bytes) => {
      this.#sending.set(key, bytes);
      this.emit("progress", key);
    };
    const part = contents.slice(offset, offset + PART_BYTES);
    try {
      const reached = await this.requests.part(id, { offset, part, sent }, signal);
      this.#sending.delete(key);
      way.tries = 0;
      this.#change(key, { offset: reached });
    } catch (error) {
      if (/** @type {any} */ (error).status || signal.aborted || (await isReadable(part))) throw error;
      await this.#useCopy(upload);
    }
  }

  /**
   * A file can't be read: it was moved or changed, or is a folder. Its upload continues with the copy of the store, if there is one.
   * @param {Upload} upload
   */
  async #useCopy(upload) {
    const { key, size } = upload;
    this.#files.delete(key);
    const copy = await this.keep.get(key);
    if (copy?.size === size && (await isReadable(copy.slice(0, 1)))) return;
    this.#fail(upload, gettext("This file can’t be read. It may have been moved or changed, or it is a folder."), true);
  }

  /**
   * Asks what became of a file of which all parts have arrived.
   * @param {Upload} upload
   * @param {{asked: number, tries: number}} way
   * @param {AbortSignal} signal
   */
  async #ask(upload, way, signal) {
    const { key, id = "", state } = upload;
    const found = await this.requests.state(id, signal);
    way.tries = 0;
    if (found.state === "ready") {
      const ready = this.#change(key, { state: "ready" });
      void this.keep.delete(key);
      if (ready) this.emit("ready", ready);
    } else if (found.state === "failed") this.#fail(upload, found.error || gettext("This file can’t be used."), true);
    else {
      if (state !== "processing") this.#change(key, { state: "processing" });
      await this.#pause(Math.min(MOST_ASK_MS, ASK_MS * 1.5 ** way.asked++), signal);
    }
  }

  /**
   * Handles a refusal. Returns the ms to wait before the next attempt.
   * @param {Upload} upload
   * @param {import("../net/upload_requests.js").UploadRefused} error
   * @param {{tries: number, isKnown: boolean}} way
   */
  #refused(upload, error, way) {
    const { key, id } = upload;
    const { status, offset } = error;
    this.#sending.delete(key);
    way.isKnown = false;
    const pause = Math.max(backoff(way.tries++, this.random), 250);
    if (status === 409 && offset !== undefined) {
      way.isKnown = true;
      this.#change(key, { offset });
      return way.tries > 1 ? pause : 0;
    }
    if (status === 429) return (error.retryAfter ?? 1) * 1000;
    if (!status || status === 401 || (status >= 500 && status !== DISK_FULL)) return pause;
    if (id && status === 409) return pause; // another part is being written
    if (id && (status === 404 || status === 410)) {
      this.#change(key, { id: undefined, offset: 0, state: "uploading" }); // the server has removed it: from the beginning
      return pause;
    }
    this.#fail(upload, error.message || gettext("This file can’t be used."), status === 413);
    return 0;
  }

  /**
   * @param {number} ms
   * @param {AbortSignal} signal
   */
  #pause(ms, signal) {
    return new Promise((resolve) => {
      const end = () => {
        this.clock.clearTimeout(timer);
        this.#pauses.delete(end);
        signal.removeEventListener("abort", end);
        resolve(undefined);
      };
      const timer = this.clock.setTimeout(end, ms);
      this.#pauses.add(end);
      signal.addEventListener("abort", end);
    });
  }
}

/** @param {Pick<Upload, "state">} upload */
export function isUnderWay({ state }) {
  return state === "uploading" || state === "processing";
}

/** @param {Blob} part */
async function isReadable(part) {
  try {
    await part.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
