import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../chat/static/chat/js/state/drafts.js";
import { unsentTexts } from "../../chat/static/chat/js/net/outbox.js";
import { leave, warning } from "../../chat/static/chat/js/sign_out.js";
import { ScopedStorage, SIGNED_OUT, sweepSignedOut } from "../../chat/static/chat/js/lib/storage.js";
import { present, TestStorage } from "./fakes.js";

/** @param {Storage} storage */
const storageOf = (storage, user = 1, epoch = "one") => new ScopedStorage(storage, { epoch, user });
/**
 * @param {ScopedStorage} storage
 * @param {number} number
 * @param {string} kind
 */
const put = (storage, number, kind) => storage.set(`outbox:${number}`, JSON.stringify({ kind, id: String(number) }));
/** @param {Storage} storage */
const keys = (storage) => Array.from({ length: storage.length }, (_, index) => present(storage.key(index)));

test("at sign-out the browser removes everything that the person typed, but nothing of others", () => {
  const storage = new TestStorage();
  new Drafts(storageOf(storage, 1)).set(7, "a secret");
  new Drafts(storageOf(storage, 2)).set(7, "of somebody whose session expired");
  new Drafts(storageOf(storage, 11)).set(7, "of somebody with a similar number");
  assert.equal(leave(storageOf(storage, 1), { asked: false }), true);
  assert.equal(new Drafts(storageOf(storage, 1)).get(7), "");
  assert.equal(new Drafts(storageOf(storage, 2)).get(7), "of somebody whose session expired");
  assert.equal(new Drafts(storageOf(storage, 11)).get(7), "of somebody with a similar number");
  assert.equal(keys(storage).some((key) => storage.getItem(key)?.includes("secret")), false);
});

test("a person with unsent messages is asked before they are lost", () => {
  const storage = new TestStorage();
  const scoped = storageOf(storage);
  put(scoped, 1, "send");
  put(scoped, 2, "edit");
  put(scoped, 3, "delete");
  assert.equal(unsentTexts(scoped), 2);
  assert.equal(leave(scoped, { asked: false }), false);
  assert.equal(unsentTexts(scoped), 2);
  assert.equal(leave(scoped, { asked: true }), true);
  assert.equal(unsentTexts(storageOf(storage)), 0);
  assert.equal(warning(1), "1 message has not been sent yet. It will be lost if you sign out now.");
  assert.equal(warning(2), "2 messages have not been sent yet. They will be lost if you sign out now.");
});

test("a tab that learns of the sign-out writes nothing more to the storage, and still works", () => {
  const storage = new TestStorage();
  const [here, elsewhere] = [storageOf(storage), storageOf(storage)];
  here.forget();
  elsewhere.close();
  const drafts = new Drafts(elsewhere);
  drafts.set(7, "too late");
  assert.equal(drafts.get(7), "too late");
  assert.deepEqual(keys(storage), [`sarangbang:one:1:${SIGNED_OUT}`]);
});

test("what a tab writes before it learns of the sign-out is removed by the next page", () => {
  const storage = new TestStorage();
  storageOf(storage).forget();
  new Drafts(storageOf(storage)).set(7, "too late");
  new Drafts(storageOf(storage, 11)).set(7, "of somebody else");
  sweepSignedOut(storage);
  assert.equal(new Drafts(storageOf(storage)).get(7), "");
  assert.equal(new Drafts(storageOf(storage, 11)).get(7), "of somebody else");
});

test("without a sign-out nothing is removed: drafts and unsent messages survive an expired session", () => {
  const storage = new TestStorage();
  new Drafts(storageOf(storage)).set(7, "half a thought");
  sweepSignedOut(storage);
  sweepSignedOut(null);
  assert.equal(new Drafts(storageOf(storage)).get(7), "half a thought");
});
