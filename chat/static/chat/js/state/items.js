/**
 * The person's items (notification levels, favourites, drafts) in the server's state, the same on all devices and kept across
 * reloads. Only an item with a higher revision replaces the one held, so frames may repeat or overlap. Uses neither the
 * socket nor the DOM.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { DISCONNECTED } from "../net/connection.js";

/** @typedef {import("../net/protocol.js").Item} Item */
/** @typedef {{revision: number, reset: boolean, items: Item[]}} State */

const STORED = "items";
/** Delay before retrying a request that the server could not answer. */
const PAUSE_MS = 2_000;

/**
 * @typedef {object} Events
 * @property {string} change an item of this kind changed
 * @property {null} complete everything that the server had at the time of `hello` is held
 * @property {{kind: string, error: import("../net/connection.js").CommandError}} refused an item that was set here
 */

/** The kind of item that is a notification level of a room, and the setting that applies to rooms without one. */
export const NOTIFY = "notify";
export const SETTING = "setting";
/** What moderators decided about something of the person: only dismissed here. */
export const NOTICE = "notice";
export const NOTIFY_DEFAULT = "notify_default";

/** The kind of item that hides a direct room up to its next message, and the one that blocks a person. */
export const HIDDEN = "hidden";
export const BLOCKS = "blocks";

/** @typedef {"all" | "mentions" | "none"} Level */

/** @extends {Emitter<Events>} */
export class Items extends Emitter {
  /** The revision up to which everything is held. */
  revision = 0;
  /** @type {Map<string, Item>} by kind and key */
  #held = new Map();
  /** Items that were set here and are not acked yet, by kind and key. @type {Map<string, {kind: string, key: string, value: any}>} */
  #wanted = new Map();
  #isAsking = false;
  #isComplete = false;

  /**
   * @param {object} how
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ storage, request, clock = systemClock }) {
    super();
    this.storage = storage;
    this.request = request;
    this.clock = clock;
    this.#restore();
  }

  /**
   * The value of an item; undefined if it was never set, null if it was unset.
   * @param {string} kind
   * @param {number | string} key id of a room, or the name of a setting
   */
  value(kind, key) {
    const name = `${kind}:${key}`;
    return this.#wanted.has(name) ? this.#wanted.get(name)?.value : this.#held.get(name)?.value;
  }

  /**
   * The value of an item on the server.
   * @param {string} kind
   * @param {number} room
   */
  confirmed(kind, room) {
    return this.#held.get(`${kind}:${room}`)?.value;
  }

  /**
   * The rooms with an item of this kind, which is about rooms, including those in which it was unset.
   * @param {string} kind
   */
  rooms(kind) {
    return [...this.#held.values()].filter((item) => item.kind === kind).map((item) => Number(item.key));
  }

  /**
   * The keys of the items of this kind, including those that were unset.
   * @param {string} kind
   */
  keys(kind) {
    return [...this.#held.values()].filter((item) => item.kind === kind).map((item) => item.key);
  }

  /**
   * Sets an item: here at once, and on the server as soon as there is a connection.
   * @param {string} kind
   * @param {number | string} key id of a room, or the name of a setting
   * @param {any} value null unsets it
   */
  set(kind, key, value) {
    const wanted = { kind, key: String(key), value };
    this.#wanted.set(`${kind}:${key}`, wanted);
    this.emit("change", kind);
    return this.#send(wanted);
  }

  /** @param {import("../net/protocol.js").Event} frame */
  apply(frame) {
    if (frame.type === "hello") this.#hello(frame.me);
    else if (frame.type === "me_changes") this.#changes(frame);
  }

  /** @param {number | undefined} revision */
  #hello(revision) {
    this.#isComplete = false;
    if (revision === undefined) return; // a server of the previous version
    for (const wanted of this.#wanted.values()) void this.#send(wanted);
    if (revision === this.revision) this.#complete();
    else void this.#catchUp();
  }

  /** @param {State & {since: number}} frame */
  #changes(frame) {
    this.#merge(frame, frame.since);
    if (frame.since > this.revision && !frame.reset) void this.#catchUp();
  }

  async #catchUp() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const since = this.revision;
    try {
      this.#merge(await this.request({ type: "me", since }), since);
      this.#complete();
    } catch (error) {
      const { code, retryAfter } = /** @type {import("../net/connection.js").CommandError} */ (error);
      if (code !== DISCONNECTED) this.clock.setTimeout(() => void this.#catchUp(), (retryAfter ?? 0) * 1000 + PAUSE_MS);
    } finally {
      this.#isAsking = false;
    }
  }

  #complete() {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.emit("complete", null);
  }

  /**
   * @param {State} state
   * @param {number} since
   */
  #merge(state, since) {
    const changed = state.reset ? this.#forget(state.revision) : new Set();
    for (const item of state.items) if (this.#keep(item)) changed.add(item.kind);
    if (state.reset) this.revision = state.revision;
    else if (since <= this.revision) this.revision = Math.max(this.revision, state.revision);
    this.#store();
    for (const kind of changed) this.emit("change", kind);
  }

  /** @param {number} revision up to which all items held are obsolete */
  #forget(revision) {
    const kinds = new Set();
    const isOtherDatabase = revision < this.revision;
    for (const [name, item] of this.#held) {
      if (item.revision > revision && !isOtherDatabase) continue;
      this.#held.delete(name);
      kinds.add(item.kind);
    }
    return kinds;
  }

  /** @param {Item} item */
  #keep(item) {
    const name = `${item.kind}:${item.key}`;
    if ((this.#held.get(name)?.revision ?? 0) >= item.revision) return false;
    this.#held.set(name, item);
    return true;
  }

  /**
   * Sends an item. Resolves to whether the server has accepted it.
   * @param {{kind: string, key: string, value: any}} wanted
   */
  async #send(wanted) {
    const name = `${wanted.kind}:${wanted.key}`;
    try {
      const { item } = await this.request({ type: "set_item", ...wanted });
      if (item.revision && this.#keep(item)) this.#store();
      this.#settle(name, wanted);
      return true;
    } catch (error) {
      const refusal = /** @type {import("../net/connection.js").CommandError} */ (error);
      if (refusal.code === DISCONNECTED) return false;
      if (refusal.code === "rate_limited" || refusal.code === "unavailable") {
        this.clock.setTimeout(() => void this.#again(name, wanted), (refusal.retryAfter ?? 0) * 1000 + PAUSE_MS);
        return false;
      }
      this.#settle(name, wanted);
      this.emit("refused", { kind: wanted.kind, error: refusal });
      return false;
    }
  }

  /**
   * @param {string} name
   * @param {{kind: string, key: string, value: any}} wanted
   */
  #again(name, wanted) {
    if (this.#wanted.get(name) === wanted) void this.#send(wanted);
  }

  /**
   * @param {string} name
   * @param {object} wanted
   */
  #settle(name, wanted) {
    const held = this.#wanted.get(name);
    if (!held || held !== wanted) return;
    this.#wanted.delete(name);
    this.emit("change", held.kind);
  }

  #store() {
    this.storage.set(STORED, JSON.stringify({ revision: this.revision, items: [...this.#held.values()] }));
  }

  #restore() {
    try {
      const { revision, items } = JSON.parse(this.storage.get(STORED) ?? "");
      for (const item of items) this.#keep(item);
      this.revision = revision;
    } catch {
      this.#held.clear(); // nothing was stored, or nothing readable: the server has all items
    }
  }
}

/**
 * The notification level that the person gave a room; null for none. Until the items are held, the one that the server described.
 * @param {Pick<Items, "value">} items
 * @param {{id: number, summary: {notify: string}}} room
 * @returns {Level | null}
 */
export function ownLevel(items, { id, summary }) {
  const level = items.value(NOTIFY, id);
  const described = summary.notify === "all" ? null : summary.notify; // "all" is also described without a level
  return known(level === undefined ? described : level);
}

/**
 * The notification level of rooms without one of their own.
 * @param {Pick<Items, "value">} items
 * @returns {Level}
 */
export function defaultLevel(items) {
  return known(items.value(SETTING, NOTIFY_DEFAULT)) ?? "all";
}

/**
 * What the person wants to be notified of in a room.
 * @param {Pick<Items, "value">} items
 * @param {{id: number, summary: {notify: string}}} room
 */
export function levelOf(items, room) {
  return ownLevel(items, room) ?? defaultLevel(items);
}

/**
 * Whether the person has hidden a conversation, and nothing was said in it since.
 * @param {Pick<Items, "value">} items
 * @param {{id: number, summary: {message_count: number}}} room
 */
export function isHidden(items, { id, summary }) {
  return summary.message_count <= (items.value(HIDDEN, id)?.position ?? -1);
}

/**
 * Whether the person has blocked somebody.
 * @param {Pick<Items, "value">} items
 * @param {number} user
 */
export function isBlocked(items, user) {
  return items.value(BLOCKS, user) === true;
}

/**
 * @param {unknown} level
 * @returns {Level | null}
 */
function known(level) {
  return level === "all" || level === "mentions" || level === "none" ? level : null;
}
