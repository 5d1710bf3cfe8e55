/** What the modules get from the browser, under the control of a test: a clock, sockets, storage. */

/** @import { Clock } from "../../chat/static/chat/js/lib/clock.js" */
/** @import { Bootstrap, Changes, Command, Excerpt, Hello, Item, Message, OpenReply, Rooms, RoomSummary, User } from "../../chat/static/chat/js/net/protocol.js" */

/**
 * A value that a test knows to be there.
 * @template T
 * @param {T | null | undefined} value
 * @returns {T}
 */
export function present(value) {
  if (value === null || value === undefined) throw new Error("There is no such value.");
  return value;
}

/**
 * A clock that advances only by `turn` and `sleep`.
 * @implements {Clock}
 */
export class TestClock {
  #now = Date.parse("2026-03-02T09:00:00Z");
  #lastTimer = 0;
  /** @type {Map<number, {at: number, callback: () => void}>} */
  #timers = new Map();

  now = () => this.#now;

  /**
   * @param {() => void} callback
   * @param {number} ms
   */
  setTimeout = (callback, ms) => {
    this.#lastTimer += 1;
    this.#timers.set(this.#lastTimer, { at: this.#now + ms, callback });
    return this.#lastTimer;
  };

  /** @param {number | undefined} timer */
  clearTimeout = (timer) => {
    if (timer !== undefined) this.#timers.delete(timer);
  };

  /**
   * Lets time pass: every timer runs when it is due, and what it set in motion settles before the next.
   * @param {number} ms
   */
  async turn(ms) {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const due = [...this.#timers].filter(([, timer]) => timer.at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].callback();
    }
    this.#now = until;
    await settled();
  }

  /**
   * The machine sleeps: time passes, and timers are only late.
   * @param {number} ms
   */
  sleep(ms) {
    this.#now += ms;
  }
}

/** All promises that can settle have done so. */
export function settled() {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A kind of WebSocket whose other end is the test. */
export function socketKind() {
  return class Socket {
    /** @type {Socket[]} */
    static made = [];
    static get last() {
      return present(this.made.at(-1));
    }

    /** @type {((event: any) => any) | null} */
    onmessage = null;
    /** @type {((event: any) => any) | null} */
    onclose = null;
    /** @type {Command[]} */
    sent = [];
    isClosed = false;

    /**
     * @param {string} url
     * @param {string[]} protocols
     */
    constructor(url, protocols) {
      this.url = url;
      this.protocols = protocols;
      Socket.made.push(this);
    }

    /** @param {string} text */
    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.isClosed = true;
    }

    /** @param {{[field: string]: any}} frame as the server sends it, which may omit fields */
    says(frame) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }

    /** @param {number} code */
    closes(code) {
      this.onclose?.({ code });
    }
  };
}

/**
 * What localStorage does.
 * @implements {Storage}
 */
export class TestStorage {
  /** @type {Map<string, string>} */
  #entries = new Map();
  isFull = false;

  get length() {
    return this.#entries.size;
  }

  /** @param {number} index */
  key(index) {
    return [...this.#entries.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#entries.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    if (this.isFull) throw new Error("QuotaExceededError");
    this.#entries.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#entries.delete(key);
  }

  clear() {
    this.#entries.clear();
  }
}

/** @type {User} */
export const mina = { id: 1, username: "mina", name: "Mina", avatar: null, bot: false, guest: false };
/** @type {User} */
export const joon = { id: 2, username: "joon", name: "Joon", avatar: null, bot: false, guest: false };

/**
 * A message of Joon's, unless a field is given.
 * @param {number} position
 * @param {Partial<Message>} [more]
 * @returns {Message}
 */
export function message(position, more = {}) {
  return {
    id: 100 + position,
    room: 1,
    position,
    revision: position,
    key: `key-${position}`,
    counted: position,
    kind: "text",
    author: joon,
    body: `message ${position}`,
    html: `<p>message ${position}</p>`,
    created_at: new Date(Date.parse("2026-03-02T08:00:00Z") + position * 1000).toISOString(),
    edited_at: null,
    deleted: false,
    reply_to: null,
    extras: {},
    ...more,
  };
}

/**
 * Messages at these positions, both included.
 * @param {number} from
 * @param {number} to
 */
export function messages(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}

/**
 * @param {Partial<RoomSummary>} [more]
 * @returns {RoomSummary}
 */
export function summary(more = {}) {
  const { message_count = 0, last_read = 0 } = more;
  return {
    id: 1,
    slug: "general",
    name: "General",
    topic: "",
    emoji: "",
    kind: "public",
    archived: false,
    pins: 0,
    people: [],
    closed: "",
    shows_reads: true,
    role: "member",
    may: ["post", "react", "pin", "invite"],
    muted_until: null,
    who_posts: "everyone",
    who_mentions_all: "",
    who_invites: "everyone",
    slow_seconds: 0,
    notify: "all",
    revision: 0,
    message_count,
    counted: message_count,
    last_read,
    unread: message_count - last_read,
    mentions: 0,
    threads: { unread: 0, mentions: 0 },
    follows: false,
    parent: null,
    parent_message: null,
    last_message: null,
    ...more,
  };
}

/**
 * The excerpt of a message, as lists of rooms show it.
 * @param {number} position
 * @param {Partial<Excerpt>} [more]
 * @returns {Excerpt}
 */
export function excerpt(position, more = {}) {
  const { id, revision, kind, author, created_at, deleted, body } = message(position);
  return { id, position, revision, kind, author, created_at, deleted, text: body, system: null, poll: false, files: null, ...more };
}

/**
 * @param {RoomSummary[]} held
 * @returns {Rooms}
 */
export function rooms(held, more = false) {
  return { type: "rooms", rooms: held, more };
}

/**
 * The reply to `open` of a room with these messages.
 * @param {Message[]} held
 * @param {Partial<OpenReply>} [more]
 * @returns {OpenReply}
 */
export function opened(held, more = {}) {
  const count = held.at(-1)?.position ?? 0;
  return {
    room: summary({ revision: count, message_count: count, last_read: count }),
    revision: count,
    reset: true,
    messages: held,
    members: [],
    mine: [],
    reads: null,
    has_older: (held[0]?.position ?? 1) > 1,
    ...more,
  };
}

export const limits = {
  frame_bytes: 65536,
  body_chars: 10000,
  history_page: 100,
  heartbeat_seconds: 25,
  rate: { per_second: 2, burst: 20 },
  commands: { per_second: 50, burst: 250 },
  reactions_per_minute: 120,
  versions_per_minute: 60,
  mentions_read_per_minute: 120,
  pins_per_minute: 30,
  votes_per_minute: 60,
  reports_per_hour: 20,
  follows_per_minute: 60,
  file_bytes: 104857600,
  files_per_message: 10,
};

/**
 * A favourite of Mina's, unless a field is given.
 * @param {number} revision
 * @param {Partial<Item>} [more]
 * @returns {Item}
 */
export function item(revision, more = {}) {
  return { kind: "favourite", key: "1", value: true, revision, ...more };
}

/**
 * @param {OpenReply} open
 * @returns {Bootstrap}
 */
export function bootstrap(open, rooms = [open.room]) {
  return { user: mina, time_zone: "", epoch: "one", limits, rooms, open, socket: "/ws/", urls: {}, pages: [] };
}

/**
 * @param {Partial<Hello>} [more]
 * @returns {Hello}
 */
export function hello(more = {}) {
  return { type: "hello", epoch: "one", user: mina, limits, rooms: [1], me: 0, ...more };
}

/**
 * @param {number} since
 * @param {number} revision
 * @param {Message[]} held
 * @param {Partial<Changes>} [more]
 * @returns {Changes}
 */
export function changes(since, revision, held, more = {}) {
  return { type: "changes", room: 1, since, revision, messages: held, extras: [], members: [], ...more };
}
