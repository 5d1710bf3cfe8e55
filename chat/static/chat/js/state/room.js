/**
 * The state that this client holds of one room: its summary, a window of messages up to the newest, and its members, each in its
 * newest known state. Only an object with a higher revision replaces the one held, so frames may repeat or overlap.
 */
import { lookOf, sharedLooks } from "./namesakes.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").Excerpt} Excerpt */
/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {import("../net/protocol.js").RoomInfo} RoomInfo */
/** @typedef {import("../net/protocol.js").RoomSummary} RoomSummary */

const EXCERPT_CHARS = 140;

export class Room {
  /** The revision up to which the state is complete; null before the first `open`. @type {number | null} */
  revision = null;
  /** By position, without gaps except for a moment when an ack precedes an earlier frame. @type {Message[]} */
  messages = [];
  /** Whether messages older than the first held one exist. */
  hasOlder = false;
  /** Known once the room was opened. @type {import("../net/protocol.js").Made | null} */
  made = null;
  /** @type {Map<number, Member>} by user id */
  members = new Map();
  /** Revision of the newest summary or info applied. */
  #described;
  /** Changes of messages before the window, by position, while a page of history is pending. @type {Map<number, Partial<Message> & {revision: number}> | null} */
  #changedOlder = null;
  /** The number of messages of people up to the last one read. */
  #countedRead;
  /** The looks shared by several people's names here; null if they must be computed again. @type {Set<string> | null} */
  #sharedLooks = null;

  /** @param {RoomSummary} summary */
  constructor(summary) {
    this.summary = summary;
    this.#described = summary.revision;
    this.#countedRead = summary.counted - summary.unread;
  }

  get id() {
    return this.summary.id;
  }

  /**
   * Whether the reader may do this here.
   * @param {import("../net/protocol.js").Permission} what
   */
  may(what) {
    return this.summary.may.includes(what);
  }

  get unread() {
    return Math.max(0, this.summary.counted - this.#countedRead);
  }

  /** Position of the newest message held, 0 in an empty room. */
  get newest() {
    return this.messages.at(-1)?.position ?? 0;
  }

  /** Position of the oldest message held, or 0. */
  get oldest() {
    return this.messages[0]?.position ?? 0;
  }

  /** ISO time of the last message, or "" without one. */
  get lastActivity() {
    return this.summary.last_message?.created_at ?? "";
  }

  /**
   * Whether another member, or the author of another message, has a name that looks like this person's.
   * @param {import("../net/protocol.js").User} user
   */
  hasNamesake(user) {
    this.#sharedLooks ??= sharedLooks(this.#people());
    return this.#sharedLooks.has(lookOf(user.name));
  }

  /** Members, and authors who have left the room, with their current names. */
  #people() {
    const people = new Map(this.messages.map(({ author }) => [author.id, author]));
    for (const [id, { user }] of this.members) people.set(id, user);
    return people.values();
  }

  /**
   * Applies the reply to `open`: replaces the state if it is a reset, and otherwise updates it.
   * @param {import("../net/protocol.js").OpenReply} reply
   */
  open(reply) {
    if (reply.reset) {
      this.messages = [];
      this.members.clear();
      this.hasOlder = reply.has_older;
      this.made = reply.made ?? null;
    }
    this.#sharedLooks = null;
    this.describe(reply.room);
    for (const message of reply.messages) this.upsert(message);
    for (const extras of reply.extras) this.#replaceExtras(extras);
    for (const member of reply.members) this.#upsertMember(member);
    this.revision = reply.revision;
  }

  /**
   * Applies a `changes` frame. Returns false if there is a gap before it: the room must be opened again.
   * @param {import("../net/protocol.js").Changes} frame
   */
  change(frame) {
    if (this.revision === null || frame.since > this.revision) return false;
    if (frame.info) this.describe(frame.info);
    for (const message of frame.messages) this.upsert(message);
    for (const extras of frame.extras) this.#replaceExtras(extras);
    for (const member of frame.members) this.#upsertMember(member);
    this.revision = Math.max(this.revision, frame.revision);
    return true;
  }

  /**
   * Adds a page of older messages.
   * @param {{messages: Message[], has_older: boolean}} page
   */
  prepend(page) {
    const first = this.messages[0]?.position ?? Infinity;
    this.#sharedLooks = null;
    const older = page.messages.filter((message) => message.position < first).map((message) => this.#newest(message));
    this.messages = [...older, ...this.messages];
    this.hasOlder = page.has_older;
  }

  /** A page of older messages was requested: changes of them until it is received must not be lost. */
  expectPage() {
    this.#changedOlder = new Map();
  }

  /** The page was received, or will not be. */
  endPage() {
    this.#changedOlder = null;
  }

  /**
   * The message, with changes that were received while its page was pending.
   * @param {Message} message
   */
  #newest(message) {
    const changed = this.#changedOlder?.get(message.position);
    return changed && changed.revision > message.revision ? { ...message, ...changed } : message;
  }

  /**
   * Applies the state of a message. One before the window is kept for its page of history.
   * @param {Message} message
   */
  upsert(message) {
    const { messages } = this;
    if (!this.members.has(message.author.id)) this.#sharedLooks = null;
    let index = messages.length;
    while (index > 0 && messages[index - 1].position >= message.position) index -= 1;
    if (messages[index]?.position === message.position) {
      if (messages[index].revision >= message.revision) return;
      messages[index] = message;
    } else if (index > 0 || !this.hasOlder || !messages.length) {
      messages.splice(index, 0, message);
    } else {
      this.#changedOlder?.set(message.position, message);
    }
    this.noteNewest(message);
  }

  /**
   * Whether a message belongs in the window but is not in it.
   * @param {Message} message
   */
  lacks({ position }) {
    if (position > this.newest) return true;
    return position > this.oldest && !this.messages.some((message) => message.position === position);
  }

  /**
   * Applies a summary or info: the settings unless newer ones are known, and counts if they are higher.
   * @param {RoomInfo | RoomSummary} room
   */
  describe(room) {
    const held = this.summary;
    const given = /** @type {Partial<RoomSummary>} */ (room);
    const stale = room.revision < this.#described;
    this.#described = Math.max(this.#described, room.revision);
    this.summary = {
      ...held,
      ...(stale ? {} : room),
      message_count: Math.max(held.message_count, room.message_count),
      counted: Math.max(held.counted, room.counted),
      last_read: Math.max(held.last_read, given.last_read ?? 0),
      last_message: newerMessage(held.last_message, given.last_message ?? null),
    };
    if (given.unread !== undefined) this.#countedRead = Math.max(this.#countedRead, room.counted - given.unread);
  }

  /**
   * Applies activity in the room while it is not open here.
   * @param {{message_count: number, counted: number, unread: number, last_message: Excerpt | null}} activity
   */
  applyActivity({ message_count, counted, unread, last_message }) {
    if (message_count < this.summary.message_count) return;
    this.summary.message_count = message_count;
    this.summary.counted = counted;
    this.summary.last_message = newerMessage(this.summary.last_message, last_message);
    this.#countedRead = Math.max(this.#countedRead, counted - unread);
    if (!unread) this.read(message_count);
  }

  /** @param {number} position read up to here, which can only increase */
  read(position) {
    this.summary.last_read = Math.max(this.summary.last_read, position);
    this.#countedRead = Math.max(this.#countedRead, this.#countedAt(position));
  }

  /** @param {number} position */
  #countedAt(position) {
    const { message_count: count, counted } = this.summary;
    if (position >= count || count === counted) return Math.min(position, counted);
    return this.messages.find((message) => message.position === position)?.counted ?? 0;
  }

  /** @param {number} keep number of newest messages to keep */
  trim(keep) {
    if (this.messages.length <= keep) return;
    this.messages = this.messages.slice(-keep);
    this.hasOlder = true;
  }

  /** @param {number} most limit of the messages held; if it is exceeded, only half of it is kept */
  thin(most) {
    if (this.messages.length > most) this.trim(most / 2);
  }

  /** @param {Message} message that exists, whether or not it is in the window */
  noteNewest(message) {
    this.summary.message_count = Math.max(this.summary.message_count, message.position);
    this.summary.counted = Math.max(this.summary.counted, message.counted);
    this.summary.last_message = newerMessage(this.summary.last_message, excerptOf(message));
  }

  /** @param {import("../net/protocol.js").Extras} change */
  #replaceExtras({ position, revision, extras }) {
    const index = this.messages.findIndex((message) => message.position === position);
    const held = this.messages[index];
    if (held && held.revision < revision) this.messages[index] = { ...held, revision, extras };
    if (!held) this.#changedOlder?.set(position, { ...this.#changedOlder.get(position), revision, extras });
  }

  /** @param {Member} member */
  #upsertMember(member) {
    const held = this.members.get(member.user.id);
    if (held && held.revision > member.revision) return;
    this.#sharedLooks = null;
    if (member.left) this.members.delete(member.user.id);
    else this.members.set(member.user.id, member);
  }
}

/**
 * The later of two last messages; of the same one, the newer state.
 * @param {Excerpt | null} held
 * @param {Excerpt | null} given
 */
function newerMessage(held, given) {
  if (!held || !given) return held ?? given;
  if (given.position === held.position) return given.revision > held.revision ? given : held;
  return given.position > held.position ? given : held;
}

/**
 * The same excerpt as the server's.
 * @param {Message} message
 * @returns {Excerpt}
 */
function excerptOf({ id, position, revision, author, kind, deleted, created_at, body }) {
  const text = Array.from(body.trim().replace(/\s+/gu, " ")).slice(0, EXCERPT_CHARS).join("");
  return { id, position, revision, author, kind, deleted, created_at, text };
}
