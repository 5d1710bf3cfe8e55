import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageCommands } from "../../../chat/static/chat/js/views/message_commands.js";
import { Room } from "../../../chat/static/chat/js/state/room.js";
import { joon, message, mina, summary } from "../fakes.js";

/** @import { Message, Permission, User } from "../../../chat/static/chat/js/net/protocol.js" */

/**
 * What mina is offered for a message of an author, in a room in which she may do this.
 * @param {User} author
 * @param {Permission[] | undefined} may
 * @param {Partial<Message>} [more]
 */
function offered(author, may, more = {}) {
  const room = new Room(summary(may ? { role: "owner", may } : { role: "owner" }));
  const commands = new MessageCommands(/** @type {any} */ ({ room: () => room, me: mina.id }));
  return commands.possible(/** @type {any} */ ({ message: message(1, { author, ...more }) }));
}

test("who may post edits and deletes their own messages", () => {
  assert.deepEqual(offered(mina, undefined), ["react", "reply", "copy", "link", "unread", "thread", "pin", "edit", "delete"]);
  assert.deepEqual(offered(joon, undefined), ["react", "reply", "copy", "link", "unread", "thread", "pin", "report"]);
});

test("who may moderate deletes messages of others and edits none of them", () => {
  assert.deepEqual(offered(joon, ["post", "react", "moderate"]), ["react", "reply", "copy", "link", "unread", "thread", "report", "delete"]);
});

test("who may not post deletes their own messages, changes nothing else, and reports those of others", () => {
  assert.deepEqual(offered(mina, []), ["copy", "link", "unread", "delete"]);
  assert.deepEqual(offered(joon, ["administer"]), ["copy", "link", "unread", "report"]);
  assert.deepEqual(offered(joon, ["react"]), ["react", "copy", "link", "unread", "report"]);
});

test("previews of links are removed by the author and by who may moderate", () => {
  for (const [author, may, isOffered] of /** @type {[User, Permission[], boolean][]} */ ([[mina, ["post"], true], [joon, ["post"], false], [joon, ["post", "moderate"], true], [mina, [], false]])) {
    /** @type {any[]} */
    const sent = [];
    const room = new Room(summary({ may }));
    const outbox = { removePreview: (/** @type {any} */ said, /** @type {string} */ url) => sent.push([said.id, url]) };
    const commands = new MessageCommands(/** @type {any} */ ({ room: () => room, me: mina.id, outbox }));
    const row = /** @type {any} */ ({ message: message(1, { author }), previews: [{ url: "https://a.example/" }, { url: "https://b.example/" }] });
    assert.equal(commands.possible(row).includes("previews"), isOffered);
    void commands.run("previews", row, false, /** @type {any} */ (null));
    assert.deepEqual(sent, [[101, "https://a.example/"], [101, "https://b.example/"]]);
  }
});

test("a reaction that is one's own is taken back, any other is added", () => {
  /** @type {any[]} */
  const sent = [];
  const outbox = { react: (/** @type {any[]} */ ...what) => sent.push(what) };
  const commands = new MessageCommands(/** @type {any} */ ({ me: mina.id, outbox }));
  const said = message(1);
  const row = /** @type {any} */ ({ message: said, reactions: [{ emoji: "👍", own: true }, { emoji: "🎉", own: false }] });
  for (const emoji of ["👍", "🎉", "🙏"]) commands.react(row, emoji);
  assert.deepEqual(sent, [[said, "👍", false], [said, "🎉", true], [said, "🙏", true]]);
});

test("who may pin unpins what is pinned", () => {
  const pinned = { extras: { pinned: { by: joon, at: "2026-03-02T08:00:00Z" } } };
  assert.deepEqual(offered(joon, ["pin"]), ["copy", "link", "unread", "pin", "report"]);
  assert.deepEqual(offered(joon, ["pin"], pinned), ["copy", "link", "unread", "unpin", "report"]);
  assert.deepEqual(offered(mina, [], pinned), ["copy", "link", "unread", "delete"]);
});

test("a thread can be read by all, and begun by who may post, but not within a thread", () => {
  assert.ok(offered(joon, [], { extras: { thread: { room: 31, count: 1 } } }).includes("thread"));
  assert.ok(!offered(joon, []).includes("thread"));
  const thread = new Room(summary({ parent: 1, may: ["post", "react"] }));
  const commands = new MessageCommands(/** @type {any} */ ({ room: () => thread, me: mina.id }));
  assert.deepEqual(commands.possible(/** @type {any} */ ({ message: message(1, { author: joon }) })), ["react", "reply", "copy", "link", "report"]);
});

test("what the room itself says is nobody's to change", () => {
  assert.deepEqual(offered(mina, undefined, { kind: "system" }), []);
});
