import assert from "node:assert/strict";
import { test } from "node:test";
import { favouritesIn } from "../../../chat/static/chat/js/state/favourites.js";
import { keysAfterMove, keysBetween, moveFavourite } from "../../../chat/static/chat/js/state/favourite_order.js";

const KEY = /^[0-9A-Za-z]{0,31}[1-9A-Za-z]$/;

/** @typedef {import("../../../chat/static/chat/js/state/favourite_order.js").Placed} Placed */
/** @typedef {import("../../../chat/static/chat/js/state/room.js").Room} Room */

/**
 * Items that hold what is set, by room.
 * @param {Record<number, any>} values
 * @returns {any}
 */
function itemsWith(values) {
  const held = new Map(Object.entries(values).map(([room, value]) => [Number(room), value]));
  /** @param {string} _kind @param {number} room */
  const value = (_kind, room) => held.get(room);
  /** @param {string} _kind @param {number} room @param {any} given */
  const set = (_kind, room, given) => held.set(room, given);
  return { held, value, set };
}

/**
 * @param {number} id
 * @param {string} name
 */
const room = (id, name) => /** @type {Room} */ (/** @type {unknown} */ ({ id, summary: { name } }));
/** @param {Room[]} rooms */
const names = (rooms) => rooms.map(({ summary }) => summary.name).join(" ");

/**
 * Applies a move to favourites with keys, and sorts them as every device does.
 * @param {Placed[]} favourites
 * @param {number} id
 * @param {number} place
 */
function afterMove(favourites, id, place) {
  const keys = new Map(keysAfterMove(favourites, id, place).map((moved) => [moved.id, moved.key]));
  for (const key of keys.values()) assert.match(key, KEY);
  const moved = favourites.map((favourite) => ({ ...favourite, key: keys.get(favourite.id) ?? favourite.key }));
  const before = favourites.map((favourite) => favourite.id);
  moved.sort((a, b) => {
    if (a.key !== null && b.key !== null && a.key !== b.key) return a.key < b.key ? -1 : 1;
    if ((a.key === null) !== (b.key === null)) return a.key === null ? 1 : -1;
    return a.key === null ? before.indexOf(a.id) - before.indexOf(b.id) : a.id - b.id;
  });
  return { moved, count: keys.size };
}

/** @param {Placed[]} favourites */
const ids = (favourites) => favourites.map(({ id }) => id).join("");

test("favourites with an order key come first, the others follow from A to Z", () => {
  const rooms = [room(1, "Zoo"), room(2, "Apple"), room(3, "Mango"), room(4, "Pear"), room(5, "No favourite")];
  const items = itemsWith({ 1: true, 2: true, 3: "k", 4: "V", 5: null });
  assert.equal(names(favouritesIn(items, rooms)), "Pear Mango Apple Zoo");
});

test("favourites with equal keys have the same order on every device", () => {
  const items = itemsWith({ 1: "V", 2: "V" });
  assert.equal(names(favouritesIn(items, [room(2, "A"), room(1, "B")])), "B A");
});

test("a value that another version stored counts as a favourite without an order key", () => {
  const items = itemsWith({ 1: 7, 2: "V" });
  assert.equal(names(favouritesIn(items, [room(1, "A"), room(2, "B")])), "B A");
});

test("there are as many ascending keys between two others as are asked for", () => {
  /** @type {[string, string | null][]} */
  const bounds = [["", null], ["z", null], ["zzz", null], ["", "1"], ["", "01"], ["V", "W"], ["V", "V1"], ["Vz", "W"], ["1", "2"]];
  for (const [low, high] of bounds) {
    for (const count of [1, 2, 7, 100]) {
      const keys = keysBetween(low, high, count);
      assert.equal(keys.length, count);
      for (const [index, key] of keys.entries()) {
        assert.match(key, KEY);
        assert.ok((keys[index - 1] ?? low) < key, `${low} ${high} ${key}`);
        assert.ok(high === null || key < high, `${low} ${high} ${key}`);
      }
    }
  }
});

test("the keys of as many favourites as one may have are short", () => {
  assert.ok(keysBetween("", null, 500).every((key) => key.length <= 3));
});

test("a move sets one key if the favourites around its place have keys", () => {
  const favourites = [{ id: 1, key: "A" }, { id: 2, key: "M" }, { id: 3, key: "V" }];
  const { moved, count } = afterMove(favourites, 3, 1);
  assert.deepEqual([ids(moved), count], ["132", 1]);
});

test("a move below favourites without keys gives keys to those above it only", () => {
  const favourites = [1, 2, 3, 4, 5].map((id) => ({ id, key: null }));
  const { moved, count } = afterMove(favourites, 5, 2);
  assert.deepEqual([ids(moved), count], ["12534", 3]);
});

test("every move from everywhere to everywhere ends in its place, whichever favourites have keys", () => {
  for (let keyed = 0; keyed <= 5; keyed++) {
    const keys = keysBetween("", null, keyed);
    const favourites = [1, 2, 3, 4, 5].map((id, index) => ({ id, key: keys[index] ?? null }));
    for (const { id } of favourites) {
      for (let place = 0; place < 5; place++) {
        const wanted = favourites.map((favourite) => favourite.id).filter((other) => other !== id);
        wanted.splice(place, 0, id);
        assert.equal(ids(afterMove(favourites, id, place).moved), wanted.join(""));
      }
    }
  }
});

test("a favourite moves between two with the same key", () => {
  const favourites = [{ id: 1, key: "V" }, { id: 2, key: "V" }, { id: 3, key: null }];
  assert.equal(ids(afterMove(favourites, 3, 1).moved), "132");
});

test("a thousand moves into the same gap keep the keys within their length", () => {
  /** @type {Placed[]} */
  let favourites = [1, 2, 3].map((id, index) => ({ id, key: keysBetween("", null, 3)[index] }));
  for (let turn = 0; turn < 1_000; turn++) favourites = afterMove(favourites, favourites[2].id, 1).moved;
  assert.equal(new Set(favourites.map(({ key }) => key)).size, 3);
});

test("moves of different favourites on two devices are both kept", () => {
  const rooms = ["A", "B", "C", "D"].map((name, index) => room(index + 1, name));
  const before = { 1: "A", 2: "C", 3: "E", 4: "G" };
  const [desk, phone] = [itemsWith(before), itemsWith(before)];
  moveFavourite(desk, rooms, 4, 0);
  moveFavourite(phone, rooms, 1, 2);
  desk.set("favourite", 1, phone.held.get(1));
  phone.set("favourite", 4, desk.held.get(4));
  for (const items of [desk, phone]) assert.equal(names(favouritesIn(items, rooms)), "D B C A");
});
