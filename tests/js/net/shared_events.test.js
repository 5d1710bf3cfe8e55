/**
 * Tabs that share the events of one server, over a channel that delivers late, with leaders that close, freeze and die. Whatever
 * happens, each tab ends with the state of the server.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FeedSocket } from "../../../chat/static/chat/js/net/feed_socket.js";
import { SharedEvents } from "../../../chat/static/chat/js/net/shared_events.js";
import { present, settled, TestClock } from "../fakes.js";

/** A random source that repeats with its seed. @param {number} seed */
function randomly(seed) {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** Exclusive locks of one browser. */
class Locks {
  /** @type {{name: string, tab: string, grant: () => void, reject: (error: Error) => void}[]} in the order of requests; the first of a name holds it */
  #queue = [];

  /**
   * What a tab has as `navigator.locks`.
   * @param {string} tab
   */
  of(tab) {
    return { request: /** @type {any} */ ((/** @type {string} */ name, /** @type {any} */ how, /** @type {any} */ task) => this.#request(tab, name, how, task)) };
  }

  /** @param {string} tab whose locks end with it */
  die(tab) {
    for (const entry of this.#queue.filter((each) => each.tab === tab)) this.#remove(entry);
  }

  /**
   * @param {string} tab
   * @param {string} name
   * @param {{steal?: boolean, signal?: AbortSignal}} how
   * @param {() => any} task
   */
  #request(tab, name, how, task) {
    return new Promise((resolve, reject) => {
      const grant = () => void Promise.resolve().then(task).then((result) => (this.#remove(entry), resolve(result)));
      const entry = { name, tab, grant, reject };
      if (how.steal) {
        for (const held of this.#queue.filter((each) => each.name === name).slice(0, 1)) {
          this.#queue.splice(this.#queue.indexOf(held), 1);
          held.reject(new Error("stolen"));
        }
        this.#queue.unshift(entry);
        grant();
        return;
      }
      how.signal?.addEventListener("abort", () => {
        if (this.#first(name) !== entry && this.#queue.includes(entry)) this.#remove(entry, reject(new Error("aborted")));
      });
      this.#queue.push(entry);
      if (this.#first(name) === entry) grant();
    });
  }

  /** @param {string} name */
  #first(name) {
    return this.#queue.find((entry) => entry.name === name);
  }

  /**
   * @param {any} entry
   * @param {any} [_]
   */
  #remove(entry, _) {
    if (!this.#queue.includes(entry)) return;
    const wasFirst = this.#first(entry.name) === entry;
    this.#queue.splice(this.#queue.indexOf(entry), 1);
    if (wasFirst) this.#first(entry.name)?.grant();
  }
}

/** Channels of one browser, which deliver in order but late. Tabs that are frozen receive what was posted afterwards. */
class Channels {
  /** @type {{name: string, tab: string, waiting: any[], onmessage: any}[]} */
  #ends = [];
  /** @type {Set<string>} */
  frozen = new Set();

  /** @param {string} tab */
  of(tab) {
    return /** @param {string} name */ (name) => {
      const end = {
        name,
        tab,
        /** @type {any[]} */
        waiting: [],
        /** @type {any} */
        onmessage: null,
        postMessage: (/** @type {any} */ note) => {
          for (const other of this.#ends) if (other !== end && other.name === name) other.waiting.push(structuredClone(note));
        },
        close: () => void this.#ends.splice(this.#ends.indexOf(end) >>> 0, 1),
      };
      this.#ends.push(end);
      return end;
    };
  }

  /** @param {string} tab */
  die(tab) {
    this.#ends = this.#ends.filter((end) => end.tab !== tab);
  }

  /** Loses the next note of a tab. @param {string} tab */
  lose(tab) {
    this.#ends.find((end) => end.tab === tab)?.waiting.shift();
  }

  /** Delivers one note to a tab that has some. @param {() => number} random */
  deliver(random) {
    const due = this.#ends.filter((end) => end.waiting.length && !this.frozen.has(end.tab));
    if (!due.length) return false;
    const end = due[Math.floor(random() * due.length)];
    end.onmessage?.({ data: end.waiting.shift() });
    return true;
  }

  async drain() {
    do await settled();
    while (this.deliver(() => 0));
  }
}

/** The log of two rooms, and what answers requests for it as the server does. */
class Server {
  /** @type {Map<number, number>} the revision of each room */
  rooms = new Map([
    [1, 0],
    [2, 0],
  ]);
  /** @type {Set<{stream: any, revisions: Map<number, number>, signal: AbortSignal, tab: string}>} */
  streams = new Set();
  asked = 0;

  /** @param {string} tab */
  fetchOf(tab) {
    return /** @type {typeof fetch} */ (
      async (_url, how = {}) => {
        const asked = JSON.parse(String(how.body));
        return asked.single ? this.#single(asked) : this.#stream(asked, present(how.signal), tab);
      }
    );
  }

  /** @param {any} asked */
  #single({ commands, cursor }) {
    const frames = commands.filter((/** @type {any} */ command) => command.type === "open").map((/** @type {any} */ command) => this.#opened(command));
    return new Response(JSON.stringify({ frames: cursor ? frames : [{ type: "hello", rooms: [1, 2] }, ...frames], cursor: "c" }));
  }

  /** @param {{ref: number, room: number}} command */
  #opened({ ref, room }) {
    return { type: "reply", ref, ok: true, room: { id: room }, revision: this.rooms.get(room) };
  }

  /**
   * @param {any} asked
   * @param {AbortSignal} signal
   * @param {string} tab
   */
  #stream({ rooms }, signal, tab) {
    this.asked += 1;
    const revisions = new Map((rooms ? rooms.split(",") : []).map((/** @type {string} */ part) => part.split(":").map(Number)));
    const stream = { stream: /** @type {any} */ (null), revisions, signal, tab };
    const body = new ReadableStream({ start: (controller) => void (stream.stream = controller) });
    this.streams.add(stream);
    signal.addEventListener("abort", () => this.#over(stream));
    this.#write(stream, { type: "cursor", cursor: "c" });
    this.flush(stream);
    return new Response(body);
  }

  /** @param {any} stream */
  #over(stream) {
    if (this.streams.delete(stream)) stream.stream.error(new Error("aborted"));
  }

  /**
   * @param {any} stream
   * @param {object} frame
   */
  #write(stream, frame) {
    stream.stream.enqueue(new TextEncoder().encode(`${JSON.stringify(frame)}\n`));
  }

  /** Sends what is missing. @param {any} stream */
  flush(stream) {
    for (const [room, since] of stream.revisions) {
      const revision = this.rooms.get(room) ?? 0;
      if (revision > since) this.#write(stream, { type: "changes", room, since, revision });
      stream.revisions.set(room, revision);
    }
  }

  /** @param {number} room */
  change(room) {
    this.rooms.set(room, (this.rooms.get(room) ?? 0) + 1);
    for (const stream of this.streams) this.flush(stream);
  }

  cut() {
    for (const stream of this.streams) this.#over(stream);
  }

  /** @param {string} tab */
  die(tab) {
    for (const stream of [...this.streams]) if (stream.tab === tab) this.streams.delete(stream);
  }
}

/** A tab that shows one room, and like `Sync` opens it again from its revision after a gap, and after every `hello`. */
class Tab {
  held = 0;
  isOpen = false;
  isDead = false;
  gaps = 0;
  #ref = 0;
  /** @type {FeedSocket | null} */
  socket = null;

  /**
   * @param {Browser} browser
   * @param {string} name
   * @param {number} room
   */
  constructor(browser, name, room) {
    this.browser = browser;
    this.name = name;
    this.room = room;
    this.connect();
  }

  connect() {
    const { server, clock, locks, channels } = this.browser;
    this.isOpen = false;
    const socket = new FeedSocket({
      polls: false,
      user: 7,
      name: "mine:",
      token: () => "csrf",
      fetch: server.fetchOf(this.name),
      clock: this.browser.clockOf(this.name, clock),
      locks: locks.of(this.name),
      channel: channels.of(this.name),
    });
    this.socket = socket;
    socket.onmessage = ({ data }) => socket === this.socket && this.#take(JSON.parse(data));
    socket.onclose = () => socket === this.socket && void clock.setTimeout(() => this.isDead || this.connect(), 100);
  }

  /** @param {any} frame */
  #take(frame) {
    if (frame.type === "hello") this.open();
    if (frame.type === "reply" && frame.ref === this.#ref) {
      this.held = Math.max(this.held, frame.revision);
      this.isOpen = true;
    }
    if (frame.type === "reply" && frame.rooms?.[this.room] > this.held) this.open();
    if (frame.type !== "changes" || frame.room !== this.room) return;
    if (frame.since > this.held && this.isOpen) {
      this.gaps += 1;
      this.open();
    } else this.held = Math.max(this.held, frame.revision);
  }

  open() {
    this.#ref += 1;
    this.socket?.send(JSON.stringify({ type: "open", ref: this.#ref, room: this.room, since: this.held }));
  }

  /** @param {number} room */
  show(room) {
    this.socket?.send(JSON.stringify({ type: "close", room: this.room }));
    this.room = room;
    this.held = 0;
    this.open();
  }

  ping() {
    this.socket?.send(JSON.stringify({ type: "ping", ref: -1 }));
  }
}

class Browser {
  clock = new TestClock();
  locks = new Locks();
  channels = new Channels();
  server = new Server();
  /** @type {Tab[]} */
  tabs = [];
  /** @type {Set<string>} */
  frozen = this.channels.frozen;
  #made = 0;

  open(room = 1) {
    this.#made += 1;
    const tab = new Tab(this, `tab ${this.#made}`, room);
    this.tabs.push(tab);
    return tab;
  }

  /**
   * The timers of a tab, which do not run while it is frozen.
   * @param {string} name
   * @param {TestClock} clock
   */
  clockOf(name, clock) {
    /** The timers that wait, by the one that was first set. @type {Map<number, number>} */
    const waiting = new Map();
    /** @type {(callback: () => void, ms: number, first?: number) => number} */
    const set = (callback, ms, first) => {
      const due = () => (this.frozen.has(name) ? void set(callback, 1_000, first ?? timer) : callback());
      const timer = clock.setTimeout(due, ms);
      waiting.set(first ?? timer, timer);
      return first ?? timer;
    };
    return { now: clock.now, setTimeout: set, clearTimeout: (/** @type {number | undefined} */ timer) => clock.clearTimeout(waiting.get(timer ?? 0)) };
  }

  /** The tab is gone without a word. @param {Tab} tab */
  kill(tab) {
    tab.isDead = true;
    tab.socket = null;
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    this.channels.die(tab.name);
    this.server.die(tab.name);
    this.frozen.add(tab.name);
    this.locks.die(tab.name);
  }

  /** The tab closes. @param {Tab} tab */
  close(tab) {
    tab.isDead = true;
    tab.socket?.close();
    tab.socket = null;
    this.tabs.splice(this.tabs.indexOf(tab), 1);
  }

  /** Lets time pass, with notes delivered. @param {number} ms */
  async turn(ms) {
    for (let left = ms; left > 0; left -= 50) {
      await this.clock.turn(50);
      await this.channels.drain();
    }
  }
}

/** @param {number} count */
async function browserWith(count) {
  const browser = new Browser();
  for (let made = 0; made < count; made += 1) browser.open(1 + (made % 2));
  await browser.turn(500);
  return browser;
}

/** @param {Browser} browser */
function assertCaughtUp({ tabs, server }) {
  for (const tab of tabs) assert.equal(tab.held, server.rooms.get(tab.room), tab.name);
}

test("six tabs have one stream, and each has the changes of its room", async () => {
  const browser = await browserWith(6);
  assert.equal(browser.server.streams.size, 1);
  for (const room of [1, 2, 2]) browser.server.change(room);
  await browser.turn(100);
  assertCaughtUp(browser);
  assert.deepEqual(browser.tabs.map((tab) => tab.gaps), [0, 0, 0, 0, 0, 0]);
});

test("when the leader closes, another tab continues, and no tab connects again", async () => {
  const browser = await browserWith(3);
  const sockets = browser.tabs.map((tab) => tab.socket).slice(1);
  browser.close(browser.tabs[0]);
  browser.server.change(1);
  browser.server.change(2);
  await browser.turn(500);
  assertCaughtUp(browser);
  assert.equal(browser.server.streams.size, 1);
  assert.deepEqual(browser.tabs.map((tab) => tab.socket), sockets);
});

test("when the leader dies, another tab continues", async () => {
  const browser = await browserWith(3);
  browser.kill(browser.tabs[0]);
  browser.server.change(2);
  await browser.turn(500);
  assertCaughtUp(browser);
});

test("a leader that is frozen is replaced after a ping that it does not answer, and follows when it wakes up", async () => {
  const browser = await browserWith(2);
  const [leader, other] = browser.tabs;
  browser.frozen.add(leader.name);
  browser.server.die(leader.name);
  browser.server.change(2);
  other.ping();
  await browser.turn(10_000);
  assert.equal(other.held, 1);
  browser.frozen.delete(leader.name);
  await browser.turn(3_000);
  browser.server.change(1);
  await browser.turn(500);
  assertCaughtUp(browser);
  assert.equal(browser.server.streams.size, 1);
});

test("a tab that missed a frame begins again", async () => {
  const browser = await browserWith(2);
  const [, other] = browser.tabs;
  browser.server.change(2);
  await settled();
  await settled();
  browser.channels.lose(other.name);
  const { socket } = other;
  browser.server.change(2);
  await browser.turn(1_000);
  assert.notEqual(other.socket, socket);
  assertCaughtUp(browser);
});

test("the request begins again only when a tab wants what it does not have", async () => {
  const browser = await browserWith(2);
  const { asked } = browser.server;
  browser.open(1);
  await browser.turn(500);
  assert.equal(browser.server.asked, asked);
});

test("without locks each tab has a stream of its own", async () => {
  const browser = new Browser();
  browser.locks.of = () => /** @type {any} */ (undefined);
  browser.open(1);
  browser.open(2);
  await browser.turn(500);
  assert.equal(browser.server.streams.size, 2);
});

test("tabs of other people share nothing", async () => {
  const channels = new Channels();
  /** @type {string[]} */
  const received = [];
  const tab = /** @param {string} name */ (name) =>
    new SharedEvents({
      name,
      locks: new Locks().of(name),
      channel: channels.of(name),
      request: (handlers) => /** @type {any} */ ({ rooms: new Map(), begin: () => handlers.frame('{"type":"me"}', { type: "me" }), keep() {}, close() {} }),
      frame: () => void received.push(name),
      live() {},
      end() {},
    });
  const [one, two] = [tab("epoch:7:events"), tab("epoch:8:events")];
  one.join("a");
  await channels.drain();
  assert.deepEqual(received, ["epoch:7:events"]);
  two.close();
  one.close();
});

for (let seed = 1; seed <= 60; seed += 1) {
  test(`nothing is lost, whatever happens (${seed})`, async () => {
    const random = randomly(seed);
    const browser = await browserWith(1 + (seed % 4));
    const { server, tabs, channels, frozen } = browser;
    const some = () => tabs[Math.floor(random() * tabs.length)];
    for (let step = 0; step < 80; step += 1) {
      const dice = random();
      if (dice < 0.4) server.change(1 + Math.floor(random() * 2));
      else if (dice < 0.5) some().show(1 + Math.floor(random() * 2));
      else if (dice < 0.55 && tabs.length < 6) browser.open(1 + Math.floor(random() * 2));
      else if (dice < 0.6 && tabs.length > 1) browser.close(some());
      else if (dice < 0.65 && tabs.length > 1) browser.kill(some());
      else if (dice < 0.69) frozen.add(some().name);
      else if (dice < 0.73) for (const tab of tabs) frozen.delete(tab.name);
      else if (dice < 0.76) channels.lose(some().name);
      else if (dice < 0.8) server.cut();
      else if (dice < 0.85) for (const tab of tabs) tab.ping();
      for (let count = random() * 4; count > 0; count -= 1) channels.deliver(random);
      await browser.clock.turn(random() * 200);
    }
    for (const tab of tabs) frozen.delete(tab.name);
    await browser.turn(2_000);
    for (let round = 0; round < 3; round += 1) {
      for (const tab of tabs) tab.ping();
      await browser.turn(10_000);
    }
    assertCaughtUp(browser);
    assert.equal(server.streams.size, 1);
    const before = tabs.map((tab) => tab.gaps);
    server.change(1);
    server.change(2);
    await browser.turn(500);
    assertCaughtUp(browser);
    assert.deepEqual(tabs.map((tab) => tab.gaps), before);
  });
}
