/**
 * Notifies of new messages: one notification for each room, which is withdrawn once its messages are read anywhere or deleted, and one
 * for all that is found after the connection was lost. Messages from before the page was loaded are old. Uses neither the DOM nor the
 * browser's notifications.
 */
import { systemClock } from "../lib/clock.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { decide } from "../lib/notify_decision.js";
import { preview } from "../lib/text.js";
import { excerptOf } from "./room.js";
import { isBlocked, levelOf } from "./items.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("../net/protocol.js").Excerpt} Excerpt */

export const MENTIONS = "mentions";
/** After all rooms were described, what else was missed arrives: items, and messages that were sent meanwhile. */
const SETTLE_MS = 2_000;
const SUMMARY = "missed";
const ROOMS_NAMED = 3;

/** @typedef {{tag: string, title: string, body: string, room: number, position: number | null}} Notice position is that of a message to go to */

/**
 * @typedef {object} Means
 * @property {() => boolean} isLeader whether this tab notifies; the others only follow
 * @property {(room: number) => boolean} isViewed whether the reader looks at the room, in any tab
 * @property {() => boolean} isAllowed whether this browser may show notifications
 * @property {(notice: Notice) => void} show
 * @property {(tag: string) => void} withdraw
 * @property {() => void} playSound
 */

/** A message of which to notify; without an excerpt its text is not held. @typedef {{room: Room, position: number, excerpt: Excerpt | null, isMention: boolean}} News */

export class Notifier {
  /** Up to which message each room was considered. @type {Map<number, number>} */
  #considered = new Map();
  /** Up to which message mentions in a room are old or were notified of. @type {Map<number, number>} */
  #notified = new Map();
  /** What is shown: positions by room, by tag. @type {Map<string, Map<number, number>>} */
  #shown = new Map();
  #isCatchingUp = false;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {import("./store.js").Store} how.store
   * @param {import("./items.js").Items} how.items
   * @param {Pick<import("./notify_preferences.js").NotifyPreferences, "isQuiet" | "sound">} how.preferences
   * @param {Means} how.means
   * @param {import("../lib/clock.js").Clock} [how.clock]
   */
  constructor({ store, items, preferences, means, clock = systemClock }) {
    this.store = store;
    this.items = items;
    this.preferences = preferences;
    this.means = means;
    this.clock = clock;
    for (const room of store.rooms.values()) this.#meet(room);
    store.on("rooms", (id) => id !== null && this.#changed(id));
    store.on("removed", ({ room }) => this.#forget(room.id));
    store.on("greeting", (isGreeting) => (isGreeting ? this.#catchUp() : this.#settle()));
    items.on("change", (kind) => kind === MENTIONS && this.#mentioned());
  }

  /** @param {Room} room of which nothing was known: all its messages are old */
  #meet({ id, summary }) {
    this.#considered.set(id, summary.message_count);
    this.#notified.set(id, summary.message_count);
  }

  /** @param {number} id */
  #changed(id) {
    const room = this.store.rooms.get(id);
    if (!room) return;
    this.#withdrawRead(room);
    if (!this.#considered.has(id)) return this.#meet(room);
    if (this.#isCatchingUp) return;
    const news = this.#newMessage(room);
    if (news) this.#consider(news);
  }

  /** Mentions are found by the server a little after their messages arrive. */
  #mentioned() {
    if (this.#isCatchingUp) return;
    for (const room of this.store.rooms.values()) {
      const news = this.#newMention(room);
      if (news) this.#consider(news);
    }
  }

  #catchUp() {
    this.#isCatchingUp = true;
    this.clock.clearTimeout(this.#timer);
  }

  #settle() {
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => this.#caughtUp(), SETTLE_MS);
  }

  /** Everything that was missed makes one notification. */
  #caughtUp() {
    this.#isCatchingUp = false;
    const missed = [...this.store.rooms.values()].flatMap((room) => this.#missedIn(room));
    if (missed.some(({ channels }) => channels.has("sound"))) this.#playSound();
    const shown = missed.filter(({ channels }) => channels.has("desktop"));
    if (!shown.length) return;
    const news = shown.map((each) => each.news);
    const isOne = shown.length === 1 && shown[0].count === 1;
    this.#show(isOne ? noticeOf(news[0]) : summaryOf(news), news);
  }

  /**
   * The message of a room to notify of after it was missed, a mention rather than another, and how many there are.
   * @param {Room} room
   */
  #missedIn(room) {
    const count = Math.max(1, room.summary.message_count - (this.#considered.get(room.id) ?? 0));
    const found = [this.#newMention(room), this.#newMessage(room)].flatMap((news) => (news ? { news, channels: this.#channels(news), count } : []));
    for (const { news } of found) this.#note(news);
    return found.filter(({ channels }) => channels.has("desktop") || channels.has("sound")).slice(0, 1);
  }

  /** @param {News} news that is old from now on */
  #note({ room, position, isMention }) {
    this.#considered.set(room.id, Math.max(position, this.#considered.get(room.id) ?? 0));
    if (isMention) this.#notified.set(room.id, Math.max(position, this.#notified.get(room.id) ?? 0));
  }

  /** @param {News} news */
  #consider(news) {
    const channels = this.#channels(news);
    const isTold = channels.has("desktop") || channels.has("sound");
    this.#note({ ...news, isMention: news.isMention || isTold });
    if (channels.has("sound")) this.#playSound();
    if (channels.has("desktop")) this.#show(noticeOf(news), [news]);
  }

  #playSound() {
    if (this.means.isLeader()) this.means.playSound();
  }

  /**
   * The permission is only read if it matters: Chromium asks another process for it.
   * @param {News} news
   */
  #channels({ room, position, excerpt, isMention }) {
    const channels = decide({
      level: levelOf(this.items, room),
      own: excerpt?.author.id === this.store.user.id,
      blocked: excerpt !== null && isBlocked(this.items, excerpt.author.id),
      system: excerpt?.kind === "system",
      deleted: excerpt?.deleted ?? false,
      read: position <= room.readUpTo,
      mention: isMention ? "me" : "",
      direct: room.summary.kind === "direct",
      quiet: this.preferences.isQuiet,
      viewed: this.means.isViewed(room.id),
      desktop: true,
      sound: this.preferences.sound,
      connected: true,
    });
    if (channels.has("desktop") && !this.means.isAllowed()) channels.delete("desktop");
    return channels;
  }

  /**
   * @param {Notice} notice
   * @param {News[]} about
   */
  #show(notice, about) {
    if (!this.means.isLeader()) return;
    this.#shown.set(notice.tag, new Map(about.map(({ room, position }) => [room.id, position])));
    this.means.show(notice);
  }

  /**
   * The newest message of a room, if it was not considered yet.
   * @param {Room} room
   * @returns {News | null}
   */
  #newMessage(room) {
    const { last_message: excerpt } = room.summary;
    if (!excerpt || excerpt.position <= (this.#considered.get(room.id) ?? 0)) return null;
    return { room, position: excerpt.position, excerpt, isMention: mentionsIn(this.items, room).includes(excerpt.position) };
  }

  /**
   * The newest mention in a room, if it is new.
   * @param {Room} room
   * @returns {News | null}
   */
  #newMention(room) {
    const position = Math.max(0, ...mentionsIn(this.items, room));
    if (position <= (this.#notified.get(room.id) ?? 0)) return null;
    return { room, position, excerpt: excerptAt(room, position), isMention: true };
  }

  /** @param {Room} room that was read further, or whose last message was deleted */
  #withdrawRead(room) {
    const { last_message: last } = room.summary;
    for (const [tag, positions] of this.#shown) {
      const position = positions.get(room.id);
      if (position === undefined) continue;
      const isDeleted = last?.position === position && last.deleted;
      if (position <= room.readUpTo || isDeleted) this.#forget(room.id, tag);
    }
  }

  /**
   * A room is no reason for notifications any more: withdraws those without another.
   * @param {number} room
   * @param {string} [only] this one
   */
  #forget(room, only) {
    for (const [tag, positions] of this.#shown) {
      if ((only !== undefined && tag !== only) || !positions.delete(room) || positions.size) continue;
      this.#shown.delete(tag);
      this.means.withdraw(tag);
    }
  }
}

/**
 * Positions of the unread mentions in a room.
 * @param {Pick<import("./items.js").Items, "value">} items
 * @param {Room} room
 * @returns {number[]}
 */
export function mentionsIn(items, room) {
  const positions = items.value(MENTIONS, room.id);
  return Array.isArray(positions) ? positions.filter((position) => position > room.summary.last_read) : [];
}

/**
 * @param {Room} room
 * @param {number} position
 */
function excerptAt(room, position) {
  const { last_message: last } = room.summary;
  if (last?.position === position) return last;
  const held = room.tail.at(position);
  return held ? excerptOf(held) : null;
}

/** @param {Room} room */
function tagOf(room) {
  return `room-${room.id}`;
}

/**
 * @param {News} news
 * @returns {Notice}
 */
function noticeOf({ room, position, excerpt }) {
  const { kind, name, people } = room.summary;
  const values = { name: excerpt?.author.name ?? "", room: name };
  const place = kind === "direct" && people.length < 2 ? values.name : interpolate(gettext("%(name)s in %(room)s"), values);
  const title = excerpt ? place : interpolate(gettext("You were mentioned in %(room)s"), values);
  return { tag: tagOf(room), title, body: excerpt ? preview(excerpt) : "", room: room.id, position };
}

/**
 * @param {News[]} missed
 * @returns {Notice}
 */
function summaryOf(missed) {
  const names = missed.map(({ room }) => room.summary.name);
  const [{ room, excerpt, position }] = missed;
  const isOne = missed.length === 1;
  const title = isOne ? gettext("New messages in %(room)s") : gettext("New messages in %(count)s rooms");
  const newest = excerpt ? interpolate(gettext("%(name)s: %(text)s"), { name: excerpt.author.name, text: preview(excerpt) }) : "";
  const some = names.slice(0, ROOMS_NAMED).join(", ") + (names.length > ROOMS_NAMED ? " …" : "");
  const values = { room: room.summary.name, count: missed.length };
  return { tag: isOne ? tagOf(room) : SUMMARY, title: interpolate(title, values), body: isOne ? newest : some, room: room.id, position: isOne ? position : null };
}
