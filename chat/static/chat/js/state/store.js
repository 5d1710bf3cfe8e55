/**
 * The state that all views share: the person's rooms, the contents of each, and who is typing. Applies frames and emits changes.
 * Uses neither the socket nor the DOM.
 */
import { systemClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { Room } from "./room.js";
import { Typists } from "./typing.js";

/** @typedef {import("../net/protocol.js").Hello} Hello */
/** @typedef {import("../net/protocol.js").Message} Message */

/**
 * @typedef {object} Events
 * @property {number | null} rooms the list of rooms, or something in it, changed
 * @property {number} messages of this room were read, or changed by the reader
 * @property {number} changed messages of this room were changed by others: views may wait a moment
 * @property {number} members of this room changed
 * @property {number} typing in this room changed
 * @property {number} reads somebody has read this room further
 * @property {Message} arrived a new message in an open room
 * @property {number} reset the state of this room is about to be replaced by its newest messages
 * @property {{message: Message, emoji: string, user: number}} reacted somebody reacted to a message of mine
 * @property {number} gap changes of this room are missing: open it again
 * @property {{room: Room, reason: import("../net/protocol.js").RemovalReason}} removed
 * @property {{user: number}[]} presence whether these people are here, or their statuses, changed
 * @property {import("../net/protocol.js").FollowChanged} followed the person follows a thread or not, or has read it
 * @property {null} me the person's own name or picture may have changed
 * @property {null} space its name or picture may have changed
 * @property {boolean} greeting whether the server describes all rooms now, after a connection was made
 * @property {string} epoch the database is another one: all earlier state is invalid
 */

const byName = new Intl.Collator(undefined, { numeric: true });

/** @extends {Emitter<Events>} */
export class Store extends Emitter {
  /** @type {Map<number, Room>} */
  rooms = new Map();
  /** Threads of these rooms that are or were on display, by id. @type {Map<number, Room>} */
  threads = new Map();
  /** The result of `sorted`, with what it depends on. @type {{room: Room, name: string, archived: boolean}[]} */
  #order = [];
  /** @type {Room[]} */
  #sorted = [];
  /** Known after the first hello. @type {import("../net/protocol.js").Space | null} */
  space = null;

  /**
   * @param {import("../net/protocol.js").Bootstrap} bootstrap
   * @param {import("../lib/clock.js").Clock} [clock]
   */
  constructor({ user, epoch, limits, rooms, open, around = null }, clock = systemClock) {
    super();
    this.user = user;
    this.epoch = epoch;
    this.limits = limits;
    this.typists = new Typists(clock, (room) => this.emit("typing", room));
    for (const summary of rooms) this.rooms.set(summary.id, new Room(summary));
    if (open) this.opened(open);
    if (open && around) this.page(open.room.id, "around", around);
  }

  /**
   * The person's rooms by name, archived ones last: new messages do not change this order.
   * @returns {readonly Room[]}
   */
  sorted() {
    if (this.#isSorted) return this.#sorted;
    const order = [...this.rooms.values()].map((room) => ({ room, name: room.summary.name, archived: room.summary.archived }));
    order.sort((a, b) => Number(a.archived) - Number(b.archived) || byName.compare(a.name, b.name) || a.room.id - b.room.id);
    this.#order = order;
    this.#sorted = order.map(({ room }) => room);
    return this.#sorted;
  }

  /** Whether no room was added, removed, renamed or archived since they were sorted: comparing hundreds of names takes milliseconds. */
  get #isSorted() {
    const { rooms } = this;
    return (
      this.#order.length === rooms.size &&
      this.#order.every(({ room, name, archived }) => rooms.get(room.id) === room && room.summary.name === name && room.summary.archived === archived)
    );
  }

  /** @param {string} slug */
  bySlug(slug) {
    return [...this.rooms.values()].find((room) => room.summary.slug === slug);
  }

  /**
   * Applies an event. Unknown types are ignored.
   * @param {import("../net/protocol.js").Event} frame
   */
  apply(frame) {
    switch (frame.type) {
      case "hello":
        return this.#hello(frame);
      case "rooms":
        for (const summary of frame.rooms) this.#described(summary);
        return frame.more ? undefined : this.emit("greeting", false);
      case "changes":
        return this.#changes(frame);
      case "activity":
        this.rooms.get(frame.room)?.applyActivity(frame);
        return this.emit("rooms", frame.room);
      case "room":
        return this.#described(frame.room);
      case "room_removed":
        return this.#removed(frame.room, frame.reason);
      case "read":
        return this.read(frame.room, frame.last_read);
      case "threads":
        if (this.rooms.get(frame.room)) Object.assign(/** @type {Room} */ (this.rooms.get(frame.room)).summary, { threads: frame });
        return this.emit("rooms", frame.room);
      case "follow":
        return this.emit("followed", frame);
      case "mine":
        for (const mine of frame.mine) this.held(frame.room)?.upsertMine(mine);
        return this.emit("messages", frame.room);
      case "reads":
        this.rooms.get(frame.room)?.applyReads(frame.reads);
        return this.emit("reads", frame.room);
      case "typing":
        if (frame.user.id !== this.user.id) this.typists.note(frame);
        return;
      case "presence":
        return this.emit("presence", frame.people);
      case "limits":
        this.limits = frame.limits;
        return;
      case "user":
        return this.#met(frame.user);
      case "space":
        return this.#inSpace(frame.space);
    }
  }

  /**
   * A room of the person, or a thread.
   * @param {number} id
   */
  held(id) {
    return this.rooms.get(id) ?? this.threads.get(id);
  }

  /** @param {import("../net/protocol.js").OpenReply} reply */
  opened(reply) {
    const room = this.held(reply.room.id) ?? new Room(reply.room);
    const known = room.revision !== null && !reply.reset;
    const missing = known ? reply.messages.filter((message) => room.lacks(message)) : [];
    (reply.room.parent === null ? this.rooms : this.threads).set(room.id, room);
    if (reply.reset) this.emit("reset", room.id);
    room.open(reply);
    this.#readOwn(room, reply.messages);
    this.#announce(missing);
    for (const name of /** @type {const} */ (["messages", "members", "rooms"])) this.emit(name, room.id);
  }

  /**
   * Applies a message in a reply of the server: one of the person's, acked or changed.
   * @param {Message} message
   * @param {import("../net/protocol.js").Mine} [mine] my reactions to it, if these changed
   */
  acked(message, mine) {
    const room = this.held(message.room);
    if (!room) return;
    if (room.revision === null) room.noteNewest(message);
    else room.upsert(message);
    if (mine) room.upsertMine(mine);
    else this.#readOwn(room, [message]);
    this.emit("messages", room.id);
    this.emit("rooms", room.id);
  }

  /**
   * Applies a page of history: messages before or after those displayed, or around a message that the reader goes to.
   * @param {number} roomId
   * @param {"before" | "after" | "around"} where
   * @param {{messages?: Message[], has_older?: boolean, has_newer?: boolean, mine?: import("../net/protocol.js").Mine[]}} page
   * @param {import("./message_range.js").MeanwhileChanged} [changed] since the page was requested
   */
  page(roomId, where, { messages = [], has_older = false, has_newer = false, mine = [] }, changed) {
    const room = this.held(roomId);
    if (!room) return;
    const given = messages.map((message) => ({ ...message, room: roomId }));
    room.takeMine(given, mine);
    const page = { messages: changed?.applyTo(given) ?? given, has_older, has_newer };
    if (where === "before") room.prepend(page);
    else if (where === "after") room.append(page);
    else room.detach(page);
    this.emit("messages", roomId);
  }

  /**
   * @param {number} roomId
   * @param {number} position
   */
  read(roomId, position) {
    this.held(roomId)?.read(position);
    this.emit("rooms", roomId);
  }

  /**
   * `hello` contains the ids of all rooms of the person, who has left any other. `rooms` frames describe them. Another epoch means another database, in which ids have other meanings.
   * @param {Hello} hello
   */
  #hello(hello) {
    this.limits = hello.limits;
    this.emit("greeting", true);
    if (hello.epoch !== this.epoch) {
      this.epoch = hello.epoch;
      this.rooms.clear();
      this.threads.clear();
      this.emit("epoch", hello.epoch);
    }
    const mine = new Set(hello.rooms);
    for (const id of this.rooms.keys()) if (!mine.has(id)) this.#removed(id, "removed");
    this.#met(hello.user);
    if (hello.space) this.#inSpace(hello.space); // a server of the previous version sends none
  }

  /** @param {import("../net/protocol.js").Space} space in its newest state */
  #inSpace(space) {
    this.space = space;
    this.emit("space", null);
  }

  /** @param {import("../net/protocol.js").User} me the person, in their newest state */
  #met(me) {
    if (me.id !== this.user.id) return;
    this.user = me;
    this.emit("me", null);
  }

  /** @param {import("../net/protocol.js").RoomSummary} summary */
  #described(summary) {
    const room = this.rooms.get(summary.id);
    if (room) room.describe(summary);
    else this.rooms.set(summary.id, new Room(summary));
    this.emit("rooms", summary.id);
  }

  /**
   * @param {number} id
   * @param {import("../net/protocol.js").RemovalReason} reason
   */
  #removed(id, reason) {
    const room = this.rooms.get(id);
    if (!room) return;
    this.rooms.delete(id);
    for (const thread of this.threads.values()) if (thread.summary.parent === id) this.threads.delete(thread.id);
    this.emit("removed", { room, reason });
    this.emit("rooms", id);
  }

  /** @param {import("../net/protocol.js").Changes} frame */
  #changes(frame) {
    const room = this.held(frame.room);
    if (!room) return;
    const missing = frame.messages.filter((message) => room.lacks(message));
    const reactions = frame.extras.flatMap((change) => this.#reactionsToMine(room, change));
    if (!room.change(frame)) return this.emit("gap", room.id);
    for (const reaction of reactions) this.emit("reacted", reaction);
    this.#readOwn(room, frame.messages);
    this.#announce(missing);
    if (frame.messages.length || frame.extras.length) this.emit("changed", room.id);
    if (frame.members.length) this.emit("members", room.id);
    this.emit("rooms", room.id);
  }

  /**
   * The reactions of others that a change adds to a message of mine.
   * @param {Room} room
   * @param {import("../net/protocol.js").Extras} change
   */
  #reactionsToMine(room, { position, revision, extras }) {
    const message = room.tail.at(position) ?? room.detached?.at(position);
    if (!message || message.author.id !== this.user.id || message.revision >= revision) return [];
    const before = new Map(message.extras.reactions?.map(({ emoji, users }) => [emoji, users]));
    return (extras.reactions ?? []).flatMap(({ emoji, users }) => {
      const fresh = users.filter((user) => user !== this.user.id && !before.get(emoji)?.includes(user));
      // Taking a reaction back moves another person up among those who are named.
      return (before.get(emoji)?.length ?? 0) < users.length ? fresh.map((user) => ({ message, emoji, user })) : [];
    });
  }

  /** @param {Message[]} messages that were not held before */
  #announce(messages) {
    for (const message of messages) {
      this.typists.end(message.room, message.author.id);
      this.emit("arrived", message);
    }
  }

  /**
   * A person's own messages are never unread, and sending one marks all earlier ones as read.
   * @param {Room} room
   * @param {Message[]} messages
   */
  #readOwn(room, messages) {
    for (const { author, kind, position } of messages) if (author.id === this.user.id && kind === "text") room.read(position);
  }
}
