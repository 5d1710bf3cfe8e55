/** What the modules get from the browser, under the control of a test: a clock, sockets, storage. */

/** A clock that advances only by `turn` and `sleep`. */
export class TestClock {
  #now = Date.parse("2026-03-02T09:00:00Z");
  #lastTimer = 0;
  /** @type {Map<number, {at: number, callback: () => void}>} */
  #timers = new Map();

  now = () => this.#now;

  setTimeout = (callback, ms) => {
    this.#lastTimer += 1;
    this.#timers.set(this.#lastTimer, { at: this.#now + ms, callback });
    return this.#lastTimer;
  };

  clearTimeout = (timer) => void this.#timers.delete(timer);

  /** Lets time pass: every timer runs when it is due, and what it set in motion settles before the next. */
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

  /** The machine sleeps: time passes, and timers are only late. */
  sleep(ms) {
    this.#now += ms;
  }
}

/** All promises that can settle have done so. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A kind of WebSocket whose other end is the test. */
export function socketKind() {
  return class Socket {
    /** @type {Socket[]} */
    static made = [];
    static get last() {
      return this.made.at(-1);
    }

    constructor(url, protocols) {
      this.url = url;
      this.protocols = protocols;
      this.sent = [];
      this.isClosed = false;
      Socket.made.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.isClosed = true;
    }

    says(frame) {
      this.onmessage({ data: JSON.stringify(frame) });
    }

    closes(code) {
      this.onclose({ code });
    }
  };
}

/** What localStorage does. */
export class TestStorage {
  #entries = new Map();
  isFull = false;

  get length() {
    return this.#entries.size;
  }

  key(index) {
    return [...this.#entries.keys()][index] ?? null;
  }

  getItem(key) {
    return this.#entries.get(key) ?? null;
  }

  setItem(key, value) {
    if (this.isFull) throw new Error("QuotaExceededError");
    this.#entries.set(key, value);
  }

  removeItem(key) {
    this.#entries.delete(key);
  }
}

export const mina = { id: 1, username: "mina", name: "Mina", avatar: null, bot: false };
export const joon = { id: 2, username: "joon", name: "Joon", avatar: null, bot: false };

/** A message of Joon's, unless a field is given. */
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

/** Messages at these positions, both included. */
export function messages(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}

export function summary(more = {}) {
  const { message_count = 0, last_read = 0 } = more;
  return {
    id: 1,
    slug: "general",
    name: "General",
    topic: "",
    kind: "public",
    archived: false,
    role: "member",
    may: ["post", "invite"],
    notify: "all",
    revision: 0,
    message_count,
    counted: message_count,
    last_read,
    unread: message_count - last_read,
    last_message: null,
    ...more,
  };
}

/** The excerpt of a message, as lists of rooms show it. */
export function excerpt(position, more = {}) {
  const { id, revision, kind, author, created_at, deleted, body } = message(position);
  return { id, position, revision, kind, author, created_at, deleted, text: body, ...more };
}

export function rooms(held, more = false) {
  return { type: "rooms", rooms: held, more };
}

/** The reply to `open` of a room with these messages. */
export function opened(held, more = {}) {
  const count = held.at(-1)?.position ?? 0;
  return {
    room: summary({ revision: count, message_count: count, last_read: count }),
    revision: count,
    reset: true,
    messages: held,
    extras: [],
    members: [],
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
};

/** A favourite of Mina's, unless a field is given. */
export function item(revision, more = {}) {
  return { kind: "favourite", key: "1", value: true, revision, ...more };
}

export function bootstrap(open, rooms = [open.room]) {
  return { user: mina, time_zone: "", epoch: "one", limits, rooms, open, socket: "/ws/", urls: {} };
}

export function hello(more = {}) {
  return { type: "hello", epoch: "one", user: mina, limits, rooms: [1], me: 0, ...more };
}

export function changes(since, revision, held, more = {}) {
  return { type: "changes", room: 1, since, revision, messages: held, extras: [], members: [], ...more };
}
