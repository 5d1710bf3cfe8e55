/** Searches of before: what they found, and those that are offered again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ScopedStorage } from "../../../chat/static/chat/js/lib/storage.js";
import { RecentSearches } from "../../../chat/static/chat/js/state/recent_searches.js";
import { nothingYet, SearchMemory } from "../../../chat/static/chat/js/state/search_memory.js";
import { TestStorage } from "../fakes.js";

/** @param {string} query */
function entry(query) {
  return { query, names: {}, room: null };
}

/**
 * @param {TestStorage} storage
 * @param {number} user
 */
function recent(storage, user) {
  return new RecentSearches(new ScopedStorage(/** @type {any} */ (storage), { epoch: "e", user }));
}

test("recent searches are those of one person, the latest first, each of them once, and not many", () => {
  const storage = new TestStorage();
  const searches = recent(storage, 1);
  for (const query of ["a", "b", "a", "c", "d", "e", "f", "g", "h", "i"]) searches.add(entry(query));
  assert.deepEqual(searches.all.map(({ query }) => query), ["i", "h", "g", "f", "e", "d", "c", "a"]);
  assert.deepEqual(recent(storage, 2).all, []);
  searches.remove(entry("h"));
  assert.equal(searches.all.length, 7);
  searches.clear();
  assert.deepEqual(recent(storage, 1).all, []);
});

test("what was found is kept for the latest entries of the history", () => {
  const memory = new SearchMemory();
  for (let number = 0; number < 30; number += 1) memory.keep(`${number}`, { ...nothingYet(), hit: number });
  assert.equal(memory.at("29")?.hit, 29);
  assert.equal(memory.at("10")?.hit, 10);
  assert.equal(memory.at("9"), undefined);
  assert.equal(memory.at(undefined), undefined);
});
