/** A search in the address of its page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, searchOf } from "../../../chat/static/chat/js/lib/search_address.js";

test("an address has what differs from the usual", () => {
  const usual = { query: "", room: null, order: "newest", tab: "messages" };
  assert.equal(addressOf("/search/", usual), "/search/");
  assert.equal(addressOf("/search/", { ...usual, query: "가격 & 표", tab: "people" }), "/search/?q=%EA%B0%80%EA%B2%A9+%26+%ED%91%9C");
  assert.equal(addressOf("/search/", { query: "x", room: 3, order: "relevance", tab: "files" }), "/search/?q=x&room=3&order=relevance&tab=files");
});

test("a search survives the way through the address", () => {
  const search = { query: 'from:@mina "가격 & 표"', room: 12, order: "relevance", tab: "files" };
  assert.deepEqual(searchOf(addressOf("/search/", search).replace("/search/", "")), search);
});

test("what nobody can have written there is left out", () => {
  assert.deepEqual(searchOf("?room=x&order=random&tab=secret"), { query: "", room: null, order: "newest", tab: "messages" });
});
