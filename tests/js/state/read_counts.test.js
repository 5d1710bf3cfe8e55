import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadCounts } from "../../../chat/static/chat/js/state/read_counts.js";
import { Store } from "../../../chat/static/chat/js/state/store.js";
import { bootstrap, changes, joon, message, messages, mina, opened, present, summary } from "../fakes.js";

/** @import { User } from "../../../chat/static/chat/js/net/protocol.js" */

const me = mina.id;

/** @param {number} id @returns {User} */
const person = (id) => ({ ...joon, id, username: `u${id}`, name: `U${id}` });
/** @param {number} id */
const member = (id, left = false) => ({ user: person(id), role: /** @type {const} */ ("member"), revision: 10 + Number(left), left });

/** @param {Record<number, number>} positions */
function roomWith(positions, more = {}) {
  const reads = new Map(Object.entries(positions).map(([id, position]) => [Number(id), position]));
  const store = new Store(bootstrap(opened(messages(1, 10), { members: [...reads.keys()].map((id) => member(id)), reads, ...more })));
  const room = present(store.rooms.get(1));
  const counts = new ReadCounts(me);
  return { store, room, counts, at: () => [1, 5, 10].map((position) => counts.countBefore(room, position)) };
}

test("of each message, the members besides the reader who are before it are counted", () => {
  const { room, counts, at } = roomWith({ [me]: 0, 7: 0, 8: 4, 9: 10 });
  assert.deepEqual(at(), [1, 2, 2]);
  assert.deepEqual(counts.idsBefore(room, 5), [7, 8]);
});

test("a frame moves people forward, never back, and drops those who do not show it any more", () => {
  const { store, at } = roomWith({ 7: 0, 8: 4, 9: 10 });
  store.apply({ type: "reads", room: 1, reads: new Map([[7, 5], [8, 2]]) });
  assert.deepEqual(at(), [0, 1, 2]);
  store.apply({ type: "reads", room: 1, reads: new Map([[7, null]]) });
  assert.deepEqual(at(), [0, 1, 1]);
});

test("an author has read up to their message, but nobody is counted who does not show it", () => {
  const { store, room, counts } = roomWith({ 7: 0, 8: 0 });
  store.apply(changes(10, 12, [message(11, { author: person(7) }), message(12, { author: person(9) })]));
  assert.deepEqual([counts.countBefore(room, 11), counts.countBefore(room, 12)], [1, 2]);
});

test("people who leave are not counted", () => {
  const { store, at } = roomWith({ 7: 0, 8: 0 });
  store.apply({ ...changes(10, 11, []), members: [member(7, true)] });
  assert.deepEqual(at(), [1, 1, 1]);
});

test("a room that stops showing it counts nobody, and those before when it shows it again", () => {
  const { store, at } = roomWith({ 7: 0, 8: 4 });
  assert.deepEqual(at(), [1, 2, 2]);
  for (const [shows_reads, counted] of /** @type {const} */ ([[false, [0, 0, 0]], [true, [1, 2, 2]]])) {
    store.apply({ type: "room", room: summary({ revision: 10, message_count: 10, shows_reads }) });
    assert.deepEqual(at(), counted);
  }
});

test("nothing is counted in a room that does not show it, has many members, or of whose positions nothing was sent", () => {
  const hidden = roomWith({ 7: 0 }, { room: summary({ revision: 10, message_count: 10, shows_reads: false }) });
  assert.deepEqual(hidden.at(), [0, 0, 0]);
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [index + 7, 0]));
  assert.deepEqual(roomWith(many).at(), [0, 0, 0]);
  assert.deepEqual(roomWith({ 7: 0 }, { reads: null }).at(), [0, 0, 0]);
});
