/**
 * Decodes frames into the shapes that the modules use: absent fields get their documented defaults, and the author's id in a message
 * is replaced by the person.
 */
import { gettext } from "../lib/i18n.js";

/** @typedef {import("./protocol.js").User} User */
/** @typedef {import("./protocol.js").Message} Message */
/** @typedef {{[field: string]: any}} Fields */

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Defaults of the lists that these kinds of frames may omit. */
const NOTHING = { messages: [], extras: [], users: [], members: [], mine: [] };

/** The rules of a room that has none of its own. */
const RULES = { who_posts: "everyone", who_mentions_all: "", who_invites: "everyone", slow_seconds: 0 };

export class Decoder {
  /** All people that the server has described, by id. Later frames update the same objects. @type {Map<number, User>} */
  #people = new Map();
  /** The id of the reader. */
  #me = 0;

  /**
   * @param {Fields} frame as it was parsed from JSON
   * @returns {import("./protocol.js").Frame}
   */
  decode(frame) {
    return /** @type {import("./protocol.js").Frame} */ (this.#completed(frame));
  }

  /**
   * @param {Fields} frame
   * @returns {Fields}
   */
  #completed(frame) {
    for (const user of frame.users ?? []) this.#met(user);
    for (const member of frame.members ?? []) this.#met(member.user);
    if (frame.user?.id) this.#met(frame.user);
    switch (frame.type) {
      case "changes":
        return { ...this.#contents(frame, frame.room), info: frame.info && this.#described(frame.info) };
      case "activity":
        return { ...frame, counted: frame.counted ?? frame.message_count, last_message: excerpt(frame.last_message) };
      case "rooms":
        return { ...frame, rooms: frame.rooms.map((/** @type {Fields} */ room) => this.#summary(room)) };
      case "room":
        return { ...frame, room: this.#summary(frame.room) };
      case "mine":
        return { ...frame, mine: frame.mine.map(mine) };
      case "reads":
        return { ...frame, reads: positions(frame.reads) };
      case "typing":
        return { ...frame, user: this.#person(frame.user) };
      case "hello":
      case "user":
        return { ...frame, user: this.#person(frame.user.id) };
      case "reply":
        return this.#reply(frame);
      default:
        return frame;
    }
  }

  /**
   * @param {Fields} page the data in the page: rooms, and the reply to `open` for the room on display, or null
   * @returns {import("./protocol.js").Bootstrap}
   */
  bootstrap(page) {
    this.#me = page.user.id;
    const open = page.open && this.#completed({ type: "reply", ...page.open });
    const around = page.around ? this.#completed({ type: "reply", has_older: false, ...page.around }) : null;
    return /** @type {any} */ ({ ...page, user: this.#met(page.user), rooms: page.rooms.map((/** @type {Fields} */ room) => this.#summary(room)), open, around });
  }

  /** @param {Fields} frame */
  #reply(frame) {
    if (frame.message) return { ...frame, message: this.#message(frame.message, frame.room), mine: frame.mine && mine(frame.mine) };
    if (frame.room && frame.revision !== undefined) {
      const { room } = frame; // the reply to `me` has a revision, too, but no room
      const { created_at: at, created_by: by } = frame;
      const made = at ? { at, by: this.#person(by) } : null;
      const reads = frame.reads ? positions(frame.reads) : null;
      return { reset: false, has_older: false, ...this.#contents(frame, room.id), room: this.#summary(room), made, reads };
    }
    if (frame.room?.id) return { ...frame, room: this.#summary(frame.room) };
    if (frame.words) return this.#results(frame);
    if (frame.messages || "has_older" in frame || "has_newer" in frame) {
      return { has_older: false, has_newer: false, ...this.#contents(frame, 0) };
    }
    return frame;
  }

  /** @param {Fields} frame the reply to `search` */
  #results(frame) {
    const hits = (frame.hits ?? []).map((/** @type {Fields} */ { room, message, before, after, marks = [], places = [] }) => {
      const [hit, earlier, later] = [message, before, after].map((found) => (found ? this.#message(found, room.id) : null));
      return { room: this.#place(room), message: hit, before: earlier, after: later, marks, places };
    });
    const words = frame.words.map((/** @type {Fields} */ word) => ({
      ...word,
      user: word.user ? this.#met(word.user) : null,
      room: word.room ? this.#place(word.room) : null,
    }));
    const people = (frame.people ?? []).map((/** @type {Fields} */ user) => this.#met(user));
    const rooms = (frame.rooms ?? []).map((/** @type {Fields} */ room) => this.#place(room));
    return { more: null, building: null, ...frame, hits, words, people, rooms };
  }

  /** @param {Fields} room where a message was found */
  #place(room) {
    return this.#described({ slug: "", name: "", parent_position: null, ...room });
  }

  /**
   * @param {Fields} frame
   * @param {number} room
   */
  #contents(frame, room) {
    const lists = { ...NOTHING, ...frame };
    return {
      ...lists,
      messages: lists.messages.map((/** @type {Fields} */ message) => this.#message(message, room)),
      extras: lists.extras.map((/** @type {Fields} */ change) => ({ ...change, extras: this.#extras(change.extras) })),
      mine: lists.mine.map(mine),
      members: lists.members.map((/** @type {Fields} */ member) => ({ role: "member", left: false, ...member, user: this.#met(member.user) })),
    };
  }

  /**
   * @param {Fields} message
   * @param {number} room
   * @returns {Message}
   */
  #message(message, room) {
    const { body = "", deleted = false } = message;
    return /** @type {any} */ ({
      kind: "text",
      edited_at: null,
      reply_to: null,
      counted: message.position,
      html: deleted ? "" : plain(body),
      ...message,
      room,
      body,
      deleted,
      author: this.#person(message.author),
      extras: this.#extras(message.extras ?? {}),
    });
  }

  /** @param {Fields} extras */
  #extras(extras) {
    const { quote, system, pinned, thread } = extras;
    if (!quote && !system && !pinned && !thread?.people) return extras;
    const known = { ...extras };
    if (quote) known.quote = { ...quote, author: this.#person(quote.author) };
    if (system?.people) known.system = { ...system, people: system.people.map((/** @type {number} */ id) => this.#person(id)) };
    if (pinned) known.pinned = { ...pinned, by: this.#person(pinned.by) };
    if (thread?.people) known.thread = { ...thread, people: thread.people.map((/** @type {number} */ id) => this.#person(id)) };
    return known;
  }

  /** @param {Fields} room */
  #summary(room) {
    const last = room.last_message ? excerpt(room.last_message) : null;
    const threads = { unread: 0, mentions: 0, ...room.threads };
    const defaults = { role: "member", notify: "all", last_read: 0, unread: 0, mentions: 0, may: ["post", "react", "pin", "invite"], muted_until: null, follows: false };
    return { ...defaults, ...this.#described(room), last_message: last, threads };
  }

  /**
   * A direct room is called by the names of the others in it; of one for notes, there are no others.
   * @param {Fields} room
   */
  #described(room) {
    /** @type {User[]} */
    const people = (room.people ?? []).map((/** @type {Fields} */ user) => this.#met(user));
    const others = people.length > 1 ? people.filter(({ id }) => id !== this.#me) : people;
    const known = { topic: "", emoji: "", archived: false, pins: 0, shows_reads: true, ...RULES, closed: "", counted: room.message_count, parent: null, parent_message: null, ...room, people: others };
    return room.kind === "direct" ? { ...known, name: others.map(({ name }) => name).join(", ") } : known;
  }

  /** @param {number} id */
  #person(id) {
    return this.#people.get(id) ?? this.#met({ id, username: "", name: "" });
  }

  /**
   * @param {Fields} user
   * @returns {User}
   */
  #met(user) {
    const held = this.#people.get(user.id) ?? /** @type {User} */ ({ id: user.id });
    this.#people.set(user.id, Object.assign(held, person(user)));
    return held;
  }
}

/**
 * A person. The name of an erased account is in the reader's language.
 * @param {Fields} user
 */
function person(user) {
  return { avatar: null, bot: false, guest: false, ...user, ...(user.erased && { name: gettext("Deleted account") }) };
}

/** @param {Fields} given */
function mine(given) {
  return { reactions: [], votes: [], ...given };
}

/** @param {Record<string, number | null>} given by the ids of people */
function positions(given) {
  return new Map(Object.entries(given).map(([id, position]) => [Number(id), position]));
}

/** @param {Fields} message */
function excerpt(message) {
  return { kind: "text", deleted: false, text: "", system: null, poll: false, ...message, author: person(message.author), files: message.files ? { count: 1, kind: "file", ...message.files } : null };
}

/**
 * The HTML of a text without any markup, which the server omits from frames: paragraphs and line breaks, everything else as
 * typed. The server has the same function in Python.
 * @param {string} body
 */
export function plain(body) {
  const html = body.replace(/[&<>]/g, (character) => ESCAPES[character]);
  const paragraphs = html.split(/\n{2,}/).map((paragraph) => `<p>${paragraph}</p>`);
  return paragraphs.join("").replaceAll("\n", "<br>");
}
