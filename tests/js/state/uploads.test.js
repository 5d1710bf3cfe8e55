import assert from "node:assert/strict";
import { test } from "node:test";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { Outbox } from "../../../chat/static/chat/js/net/outbox.js";
import { UploadRefused } from "../../../chat/static/chat/js/net/upload_requests.js";
import { PART_BYTES, Uploads } from "../../../chat/static/chat/js/state/uploads.js";
import { message, present, TestClock, TestStorage } from "../fakes.js";

/** @import { Keep, Requests, Upload } from "../../../chat/static/chat/js/state/uploads.js" */
/** @import { Exclusive } from "../../../chat/static/chat/js/lib/lock.js" */
/** @import { Command } from "../../../chat/static/chat/js/net/protocol.js" */

const ROOM = 7;
const LARGEST = 100 * PART_BYTES;
const whose = { epoch: "one", user: 1 };

/**
 * A server with the rules of tus. Before each answer, `trouble` may throw it away, or keep the request away.
 * @implements {Requests}
 */
class Server {
  /** @type {Map<string, {size: number, bytes: Uint8Array[], asked: number, name: string}>} */
  files = new Map();
  /** @type {string[]} */
  cancelled = [];
  /** Codes with which it refuses the next requests of a kind. @type {{kind: string, error: UploadRefused}[]} */
  refusals = [];
  /** Most files of which parts arrived at the same time. */
  most = 0;
  /** Parts arrive when this is settled. */
  hold = Promise.resolve();
  #busy = 0;
  #trouble;

  /** @param {() => "" | "unreached" | "unanswered"} [trouble] */
  constructor(trouble = () => "") {
    this.#trouble = trouble;
  }

  /**
   * @template T
   * @param {string} kind
   * @param {AbortSignal | null} signal
   * @param {() => T} act
   * @returns {Promise<T>}
   */
  async #answer(kind, signal, act) {
    const trouble = this.#trouble();
    await Promise.resolve();
    if (signal?.aborted || trouble === "unreached") throw new UploadRefused({ status: 0 });
    const at = this.refusals.findIndex((refusal) => refusal.kind === kind);
    if (at >= 0) throw this.refusals.splice(at, 1)[0].error;
    const answer = act();
    if (trouble === "unanswered") throw new UploadRefused({ status: 0 });
    return answer;
  }

  /** @param {string} id */
  #file(id) {
    const file = this.files.get(id);
    if (!file) throw new UploadRefused({ status: 404, message: "This does not exist." });
    return file;
  }

  /** @param {string} id */
  #length(id) {
    return this.#file(id).bytes.reduce((sum, { length }) => sum + length, 0);
  }

  /** @param {string} id */
  text(id) {
    return this.#file(id).bytes.map((part) => new TextDecoder().decode(part)).join("");
  }

  /** @type {Requests["begin"]} */
  begin = (file, signal) =>
    this.#answer("begin", signal, () => {
      const id = `file-${this.files.size + this.cancelled.length + 1}`;
      this.files.set(id, { size: file.size, bytes: [], asked: 0, name: file.name });
      return { id };
    });

  /** @type {Requests["offset"]} */
  offset = (id, signal) => this.#answer("offset", signal, () => this.#length(id));

  /** @type {Requests["part"]} */
  part = async (id, { offset, part, sent }, signal) => {
    this.#busy += 1;
    this.most = Math.max(this.most, this.#busy);
    const bytes = new Uint8Array(await part.arrayBuffer());
    await this.hold;
    this.#busy -= 1;
    assert.ok(bytes.length <= PART_BYTES && bytes.length > 0);
    sent(Math.floor(bytes.length / 2));
    return this.#answer("part", signal, () => {
      const length = this.#length(id);
      if (length !== offset) throw new UploadRefused({ status: 409, offset: length });
      this.#file(id).bytes.push(bytes);
      return length + bytes.length;
    });
  };

  /** @type {Requests["state"]} */
  state = (id, signal) => this.#answer("state", signal, () => ({ state: (this.#file(id).asked += 1) > 2 ? "ready" : "processing" }));

  /** @param {string} id */
  cancel = async (id) => {
    this.cancelled.push(id);
    this.files.delete(id);
  };
}

/** @implements {Keep} */
class Kept {
  /** @type {Map<string, Blob>} */
  files = new Map();
  put = async (/** @type {string} */ key, /** @type {Blob} */ file) => void this.files.set(key, file);
  get = async (/** @type {string} */ key) => this.files.get(key);
  delete = async (/** @type {string} */ key) => void this.files.delete(key);
  keys = async () => [...this.files.keys()];
}

/** The Web Locks of a browser, by name. */
class Locks {
  /** @type {Map<string, Promise<unknown>>} */
  #last = new Map();

  /** @type {(name: string) => Exclusive} */
  named = (name) => (task) => {
    const run = (this.#last.get(name) ?? Promise.resolve()).then(task);
    this.#last.set(name, run.catch(() => {}));
    return run;
  };
}

/** A browser: what remains of it when a page is closed. */
class Browser {
  storage = new TestStorage();
  keep = new Kept();
  clock = new TestClock();

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    this.locks = new Locks();
  }

  /** A page. When it is closed, its locks are released, and none of its requests is answered. */
  open() {
    this.locks = new Locks();
    let isOpen = true;
    const page = { storage: new ScopedStorage(this.storage, whose), close: () => (isOpen = false) };
    /** @type {any} */
    const requests = {};
    for (const name of /** @type {const} */ (["begin", "offset", "part", "state", "cancel"])) {
      requests[name] = async (/** @type {any[]} */ ...args) => {
        if (!isOpen) return new Promise(() => {});
        const answer = await /** @type {any} */ (this.server[name])(...args);
        return isOpen ? answer : new Promise(() => {});
      };
    }
    const uploads = new Uploads({ ...page, exclusive: this.locks.named, requests, keep: this.keep, largest: () => LARGEST, clock: this.clock, random: () => 0.5 });
    return { ...page, uploads };
  }
}

/**
 * @param {string} name
 * @param {number} [size]
 */
function file(name, size = 10) {
  const text = Array.from({ length: Math.ceil(size / 8) }, (_, index) => String(index).padStart(8, name[0])).join("").slice(0, size);
  return Object.assign(new Blob([text], { type: "text/plain" }), { name, text });
}

const where = { place: ROOM, room: ROOM };

test("a file goes in parts of 1 MiB and is ready once the server has examined it", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const { uploads } = browser.open();
  const notes = file("notes", 2.5 * PART_BYTES);
  const { key } = await uploads.add(notes, where);
  await browser.clock.turn(10_000);
  const upload = present(uploads.get(key));
  assert.equal(upload.state, "ready");
  assert.equal(server.text(present(upload.id)), notes.text);
  assert.equal(server.files.get(present(upload.id))?.bytes.length, 3);
  assert.equal(browser.keep.files.size, 0, "the contents are not kept any longer");
});

/** @type {((uploads: Uploads, key: string) => void)[]} */
const CONTINUE = [(uploads, key) => uploads.retry(key), (uploads, key) => uploads.mark([key], true)];

for (const [index, goOn] of CONTINUE.entries()) {
  test(`a paused upload continues ${index ? "when its message is sent" : "when somebody says so"}`, async () => {
    const server = new Server();
    const browser = new Browser(server);
    const { uploads } = browser.open();
    const film = file("film", 3 * PART_BYTES);
    let release = () => {};
    server.hold = new Promise((resolve) => (release = () => resolve(undefined)));
    const { key } = uploads.add(film, where);
    while (!server.most) await browser.clock.turn(0);
    uploads.pause(key);
    release();
    await browser.clock.turn(60_000);
    const paused = present(uploads.get(key));
    assert.deepEqual([paused.state, paused.offset, uploads.isBusy], ["paused", 0, false]);
    goOn(uploads, key);
    await browser.clock.turn(60_000);
    assert.equal(present(uploads.get(key)).state, "ready");
    assert.equal(server.text(present(paused.id)), film.text);
  });
}

/**
 * A file that was moved after it was picked.
 * @param {string} name
 */
function moved(name) {
  const part = { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) };
  return /** @type {any} */ ({ name, type: "", size: 10, slice: () => part });
}

test("a file that can't be read says so", async () => {
  const browser = new Browser(new Server());
  const { uploads } = browser.open();
  const { key } = uploads.add(moved("folder"), where);
  await browser.clock.turn(60_000);
  const upload = present(uploads.get(key));
  assert.deepEqual([upload.state, upload.final], ["failed", true]);
  assert.match(upload.error ?? "", /can’t be read/);
});

test("of a file that was moved after it was picked, the copy is sent", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const { uploads } = browser.open();
  const copy = file("copy");
  browser.keep.put = async (key) => void browser.keep.files.set(key, copy);
  const { key } = uploads.add(moved("copy"), where);
  await browser.clock.turn(60_000);
  const upload = present(uploads.get(key));
  assert.equal(upload.state, "ready");
  assert.equal(server.text(present(upload.id)), copy.text);
});

test("what was moved keeps its place, and what is added later comes last", async () => {
  const browser = new Browser(new Server());
  const { uploads } = browser.open();
  const keys = ["a", "b", "c"].map((name) => uploads.add(file(name), where).key);
  assert.equal(uploads.move(keys[2], -1), 1);
  assert.equal(uploads.move(keys[0], -1), 0, "the first one stays");
  uploads.add(file("d"), where);
  assert.deepEqual(uploads.in(ROOM).map(({ name }) => name), ["a", "c", "b", "d"]);
  uploads.move(keys[0], 9);
  assert.deepEqual(browser.open().uploads.in(ROOM).map(({ name }) => name), ["c", "b", "d", "a"], "also after a reload");
});

test("two files are sent at a time", async () => {
  const server = new Server();
  server.hold = new Promise(() => {});
  const { uploads } = new Browser(server).open();
  for (const name of ["a", "b", "c", "d"]) await uploads.add(file(name, 3 * PART_BYTES), where);
  for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.most, 2);
});

test("a file that is too large or empty fails with the reason, and the others stay", async () => {
  const { uploads } = new Browser(new Server()).open();
  const large = Object.assign(new Blob(["x"]), { name: "walkthrough.mov" });
  Object.defineProperty(large, "size", { value: 612 * PART_BYTES });
  await uploads.add(file("a"), where);
  await uploads.add(large, where);
  await uploads.add(file("empty", 0), where);
  const [one, two, three] = uploads.in(ROOM);
  assert.notEqual(one.state, "failed");
  assert.equal(two.error, "Too large: 612 MB. Files here may have 100 MB.");
  assert.equal(three.error, "This file is empty.");
  assert.ok(two.final);
});

test("a refusal is shown, and trying again uploads the file", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const { uploads } = browser.open();
  server.refusals.push({ kind: "begin", error: new UploadRefused({ status: 507, message: "There is no more space." }) });
  const { key } = await uploads.add(file("a"), where);
  await browser.clock.turn(1_000);
  assert.equal(uploads.get(key)?.error, "There is no more space.");
  uploads.retry(key);
  await browser.clock.turn(10_000);
  assert.equal(uploads.get(key)?.state, "ready");
});

test("a server that asks to wait gets the next part when it said", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const { uploads } = browser.open();
  server.refusals.push({ kind: "part", error: new UploadRefused({ status: 429, retryAfter: 30 }) });
  const { key } = await uploads.add(file("a"), where);
  await browser.clock.turn(29_000);
  assert.equal(uploads.get(key)?.offset, 0);
  await browser.clock.turn(10_000);
  assert.equal(uploads.get(key)?.state, "ready");
});

test("an upload that the server has removed begins again", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const first = browser.open();
  server.refusals.push({ kind: "part", error: new UploadRefused({ status: 429, retryAfter: 3_600 }) });
  const { key } = await first.uploads.add(file("a"), where);
  await browser.clock.turn(1_000);
  first.close();
  server.files.clear();
  const { uploads } = browser.open();
  await uploads.resume();
  await browser.clock.turn(20_000);
  assert.equal(uploads.get(key)?.state, "ready");
});

test("a cancelled upload is removed here and from the server", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const { uploads } = browser.open();
  const { key } = await uploads.add(file("a"), where);
  await browser.clock.turn(10_000);
  uploads.remove(key);
  await browser.clock.turn(100);
  assert.deepEqual(uploads.all, []);
  assert.equal(server.files.size, 0);
});

test("without kept contents, picking the same file again continues where it was", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const first = browser.open();
  const notes = file("notes", 3 * PART_BYTES);
  const { key } = await first.uploads.add(notes, where);
  server.refusals.push({ kind: "part", error: new UploadRefused({ status: 429, retryAfter: 3_600 }) });
  for (let turns = 0; turns < 30 && !server.files.get("file-1")?.bytes.length; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  first.close();
  browser.keep.files.clear();
  const { uploads } = browser.open();
  await uploads.resume();
  await browser.clock.turn(1_000);
  assert.equal(uploads.get(key)?.state, "lost");
  await uploads.add(notes, where);
  await browser.clock.turn(20_000);
  assert.equal(uploads.all.length, 1);
  assert.equal(uploads.get(key)?.state, "ready");
  assert.equal(server.text(present(uploads.get(key)?.id)), notes.text);
});

test("contents of uploads that nobody knows any more are removed", async () => {
  const browser = new Browser(new Server());
  browser.keep.files.set("old", new Blob(["old"]));
  await browser.open().uploads.resume();
  await browser.clock.turn(10);
  assert.equal(browser.keep.files.size, 0);
});

/**
 * Numbers that are the same in every run.
 * @param {number} seed
 */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

for (let seed = 1; seed <= 25; seed += 1) {
  test(`a file arrives whole through cuts and reloads, run ${seed}`, async () => {
    const random = numbers(seed);
    const server = new Server(() => (random() < 0.25 ? (random() < 0.5 ? "unreached" : "unanswered") : ""));
    const browser = new Browser(server);
    let page = browser.open();
    const files = [file("a", PART_BYTES * 3 * random() + 1), file("b", PART_BYTES * 4), file("c", 100)];
    for (const one of files) await page.uploads.add(one, where);
    for (let turns = 0; turns < 200 && page.uploads.all.some(({ state }) => state !== "ready"); turns += 1) {
      await browser.clock.turn(500 * random());
      if (random() > 0.1) continue;
      page.close();
      page = browser.open();
      await page.uploads.resume();
    }
    await browser.clock.turn(120_000);
    const uploads = page.uploads.in(ROOM);
    assert.deepEqual(uploads.map(({ state }) => state), ["ready", "ready", "ready"]);
    uploads.forEach(({ id }, index) => assert.equal(server.text(present(id)), files[index].text));
  });
}

/** @param {Browser} browser */
function outboxOf(browser) {
  /** @type {Command[]} */
  const received = [];
  const { uploads, storage } = browser.open();
  const deliver = async (/** @type {Command} */ command) => {
    received.push(command);
    return { message: message(received.length, { key: command.key }) };
  };
  const outbox = new Outbox({ storage, exclusive: (task) => task(), deliver, clock: browser.clock });
  uploads.on("ready", () => outbox.refresh());
  uploads.on("failed", ({ key, error = "" }) => outbox.failFile(key, error));
  outbox.start();
  return { outbox, uploads, received };
}

/** @param {Upload} upload */
function attached({ key, name, type, size }) {
  return { key, name, type, size, kind: /** @type {const} */ ("file") };
}

test("a message waits for its files, and those after it in its room wait with it", async () => {
  const browser = new Browser(new Server());
  const { outbox, uploads, received } = outboxOf(browser);
  const upload = await uploads.add(file("a"), where);
  const item = outbox.send(ROOM, "", null, { files: [attached(upload)] });
  outbox.send(ROOM, "after it");
  outbox.send(ROOM + 1, "elsewhere");
  assert.ok(outbox.isHeld(item));
  await browser.clock.turn(0);
  assert.deepEqual(received.map(({ body }) => body), ["elsewhere"]);
  await browser.clock.turn(10_000);
  assert.deepEqual(received.map(({ body }) => body), ["elsewhere", "", "after it"]);
  assert.deepEqual(received[1].files, [uploads.get(upload.key)?.id]);
});

test("a message whose file fails is not sent, says why, and the next one goes", async () => {
  const server = new Server();
  const browser = new Browser(server);
  const { outbox, uploads, received } = outboxOf(browser);
  server.refusals.push({ kind: "part", error: new UploadRefused({ status: 400, message: "It is broken." }) });
  const upload = await uploads.add(file("a"), where);
  outbox.send(ROOM, "", null, { files: [attached(upload)] });
  outbox.send(ROOM, "after it");
  await browser.clock.turn(10_000);
  assert.equal(outbox.items[0].error?.message, "It is broken.");
  await browser.clock.turn(100);
  assert.deepEqual(received.map(({ body }) => body), ["after it"]);
});
