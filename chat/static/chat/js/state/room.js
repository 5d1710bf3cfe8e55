/**
 * The state that this client holds of one room: its summary, its newest messages, others around an older one that the reader went
 * to, and its members, each in its newest known state. Only an object with a higher revision replaces the one held, so frames may
 * repeat or overlap.
 */
import { filesExcerpt, textOf } from "../lib/text.js";
import { MeanwhileChanged, MessageRange } from "./message_range.js";
import { lookOf, sharedLooks } from "./namesakes.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").Excerpt} Excerpt */
/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {import("../net/protocol.js").Mine} Mine */
/** @typedef {import("../net/protocol.js").RoomInfo} RoomInfo */
/** @typedef {import("../net/protocol.js").RoomSummary} RoomSummary */

/** Unread mentions beyond this many are not counted. */
export const MOST_MENTIONS = 20;
const EXCERPT_CHARS = 140;
const EXCERPT_HTML_CHARS = 4_000;

export class Room {
  /** The revision up to which the state is complete; null before the first `open`. @type {number | null} */
  revision = null;
  /** The messages up to the newest. */
  tail = new MessageRange();
  /** Messages around an older one, while the reader is there and the tail does not reach it. @type {MessageRange | null} */
  detached = null;
  /** Known once the room was opened. @type {import("../net/protocol.js").Made | null} */
  made = null;
  /** @type {Map<number, Member>} by user id */
  members = new Map();
  /** How far people have read, by their ids; null if the reader is not shown that. @type {Map<number, number> | null} */
  reads = null;
  /** Increases whenever `reads` or the members change. */
  readsVersion = 0;
  /** My reactions and votes, by the id of the message. @type {Map<number, Mine>} */
  #mine = new Map();
  /** Revision of the newest summary or info applied. */
  #described;
  /** Changes received while pages of history are pending, one object for each page. @type {Set<MeanwhileChanged>} */
  #pages = new Set();
  /** From where the reader marked the room as unread: the position of a message, and the number of messages of people before it. @type {{position: number, counted: number} | null} */
  unreadMark = null;
  /** Positions of the newest unread mentions of the reader, and of some that were read since; null until the items are known. @type {number[] | null} */
  mentioned = null;
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
    return Math.max(0, this.summary.counted - Math.min(this.#countedRead, this.unreadMark?.counted ?? Infinity));
  }

  /** The number of unread mentions of the reader; MOST_MENTIONS means that there may be more. */
  get mentions() {
    const { last_read: lastRead, mentions } = this.summary;
    return this.mentioned ? this.mentioned.filter((position) => position > lastRead).length : mentions;
  }

  /** Whether all of it is said to the reader: a conversation between people. */
  get isDirect() {
    return this.summary.kind === "direct";
  }

  /** The position up to which the room counts as read. */
  get readUpTo() {
    return Math.min(this.summary.last_read, (this.unreadMark?.position ?? Infinity) - 1);
  }

  /** The messages to display. */
  get shown() {
    return this.detached ?? this.tail;
  }

  /** The messages up to the newest. */
  get messages() {
    return this.tail.messages;
  }

  /** Position of the newest message held, 0 in an empty room. */
  get newest() {
    return this.tail.newest;
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
    const messages = [...(this.detached?.messages ?? []), ...this.messages];
    const people = new Map(messages.map(({ author }) => [author.id, author]));
    for (const [id, { user }] of this.members) people.set(id, user);
    return people.values();
  }

  /**
   * Applies the reply to `open`: replaces the state if it is a reset, and otherwise updates it. After a reset, a detached range may
   * have missed changes.
   * @param {import("../net/protocol.js").OpenReply} reply
   */
  open(reply) {
    if (reply.reset) {
      this.tail = new MessageRange({ has_older: reply.has_older });
      if (this.detached) this.detached.isStale = true;
      this.members.clear();
      this.#mine.clear();
      this.made = reply.made ?? null;
    }
    this.#sharedLooks = null;
    this.describe(reply.room);
    for (const message of reply.messages) this.upsert(message);
    this.takeMine(reply.messages, reply.mine);
    for (const member of reply.members) this.#upsertMember(member);
    this.replaceReads(reply.reads);
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
   * Adds a page before the oldest message displayed.
   * @param {Pick<import("./message_range.js").Page, "messages" | "has_older">} page
   */
  prepend(page) {
    this.#sharedLooks = null;
    this.shown.prepend(page);
  }

  /**
   * Adds a page after the newest message displayed.
   * @param {import("./message_range.js").Page} page
   */
  append(page) {
    this.#sharedLooks = null;
    this.detached?.append(page);
    this.#join();
  }

  /**
   * Displays a page around an older message.
   * @param {import("./message_range.js").Page} page
   */
  detach(page) {
    this.#sharedLooks = null;
    this.detached = page.messages.length ? new MessageRange(page) : null;
    this.#join();
  }

  /** Displays the newest messages. */
  attach() {
    this.detached = null;
  }

  /** Displays what is held as a detached range: a reset is about to replace the tail, and the reader is not at its end. */
  detachTail() {
    const { messages, hasOlder } = this.tail;
    this.detached ??= messages.length ? new MessageRange({ messages, has_older: hasOlder, has_newer: true }) : null;
  }

  /** A detached range that has reached the tail continues it. */
  #join() {
    const { detached, tail } = this;
    if (!detached || (detached.hasNewer && detached.newest + 1 < tail.oldest)) return;
    if (detached.oldest < tail.oldest) tail.prepend({ messages: detached.messages, has_older: detached.hasOlder });
    this.detached = null;
  }

  /** A page of history was requested: changes of its messages until it is received must not be lost. */
  expectPage() {
    const changed = new MeanwhileChanged();
    this.#pages.add(changed);
    return changed;
  }

  /**
   * My own reactions to a message.
   * @param {number} id
   */
  ownReactions(id) {
    return this.#mine.get(id)?.reactions ?? [];
  }

  /**
   * The numbers of the choices for which I voted in the poll of a message.
   * @param {number} id
   */
  ownVotes(id) {
    return this.#mine.get(id)?.votes ?? [];
  }

  /**
   * Applies my reactions to messages that were received, and my votes in them. To those that are not named, I have added nothing.
   * @param {{id: number, revision: number}[]} messages
   * @param {Mine[]} given
   */
  takeMine(messages, given) {
    const named = new Map(given.map((mine) => [mine.id, mine]));
    for (const { id, revision } of messages) this.upsertMine(named.get(id) ?? { id, revision, reactions: [], votes: [] });
  }

  /** @param {Mine} mine also of a message that is not held: a page with it may be on its way */
  upsertMine(mine) {
    const held = this.#mine.get(mine.id);
    if (!held || held.revision < mine.revision) this.#mine.set(mine.id, mine);
  }

  /**
   * Nobody has added anything to a message without reactions and without a poll.
   * @param {Message | import("../net/protocol.js").Extras} changed
   */
  #clearMine({ id, revision, extras }) {
    if (this.#mine.has(id) && !extras.reactions && !extras.poll) this.upsertMine({ id, revision, reactions: [], votes: [] });
  }

  /** @param {Map<number, number> | null} reads of everybody */
  replaceReads(reads) {
    this.reads = reads;
    this.readsVersion += 1;
  }

  /** @param {Map<number, number | null>} changes of positions, which only increase; null: not counted any more */
  applyReads(changes) {
    this.reads ??= new Map();
    for (const [id, position] of changes) {
      if (position === null) this.reads.delete(id);
      else this.reads.set(id, Math.max(position, this.reads.get(id) ?? 0));
    }
    this.readsVersion += 1;
  }

  /** @param {MeanwhileChanged} page that was received, or will not be */
  endPage(page) {
    this.#pages.delete(page);
  }

  /** @param {Message} message whose state to apply */
  upsert(message) {
    if (!this.members.has(message.author.id)) this.#sharedLooks = null;
    for (const page of this.#pages) page.note(message);
    this.#clearMine(message);
    if (message.kind === "text" && this.reads?.has(message.author.id)) this.applyReads(new Map([[message.author.id, message.position]]));
    this.tail.upsert(message);
    this.detached?.upsert(message);
    this.noteNewest(message);
  }

  /**
   * Whether a message belongs in the tail but is not in it.
   * @param {Message} message
   */
  lacks({ position }) {
    if (position > this.tail.newest) return true;
    return position > this.tail.oldest && !this.tail.at(position);
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
      threads: given.threads ?? held.threads,
    };
    if (given.unread !== undefined) this.#countedRead = Math.max(this.#countedRead, room.counted - given.unread);
  }

  /**
   * Applies activity in the room while it is not open here.
   * @param {import("../net/protocol.js").ActivityIn} activity
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
    return (this.tail.at(position) ?? this.detached?.at(position))?.counted ?? 0;
  }

  /** @param {number} keep number of newest messages to keep while the room is not displayed */
  leave(keep) {
    this.detached = null;
    this.tail.trim(keep);
  }

  /** @param {Message} message that exists, whether or not it is in the window */
  noteNewest(message) {
    this.summary.message_count = Math.max(this.summary.message_count, message.position);
    this.summary.counted = Math.max(this.summary.counted, message.counted);
    this.summary.last_message = newerMessage(this.summary.last_message, excerptOf(message));
  }

  /** @param {import("../net/protocol.js").Extras} change */
  #replaceExtras(change) {
    this.#clearMine(change);
    for (const page of this.#pages) page.noteExtras(change);
    this.tail.replaceExtras(change);
    this.detached?.replaceExtras(change);
  }

  /** @param {Member} member */
  #upsertMember(member) {
    const held = this.members.get(member.user.id);
    if (held && held.revision > member.revision) return;
    this.#sharedLooks = null;
    this.readsVersion += 1;
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
export function excerptOf({ id, position, revision, author, kind, deleted, created_at, html, extras }) {
  const text = Array.from(textOf(html.slice(0, EXCERPT_HTML_CHARS)).trim().replace(/\s+/gu, " ")).slice(0, EXCERPT_CHARS).join("");
  const system = extras.system ? { ...extras.system, people: extras.system.people?.map((user) => user.id) } : null;
  return { id, position, revision, author, kind, deleted, created_at, text, system, poll: Boolean(extras.poll), files: filesExcerpt(extras.attachments) };
}
