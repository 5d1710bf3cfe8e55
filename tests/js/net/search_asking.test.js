/** Searches that the server could not answer at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SearchAsking } from "../../../chat/static/chat/js/net/search_asking.js";
import { TestClock } from "../fakes.js";

/** @import { Trouble } from "../../../chat/static/chat/js/net/search_asking.js" */

const OFFLINE = { code: "disconnected", message: "" };

/** @param {any} query */
function command(query) {
  return /** @type {any} */ ({ type: "search", query });
}

/**
 * Asks with a server that first refuses with these errors, and then answers with the query.
 * @param {...{code: string, message: string, retryAfter?: number}} errors
 */
function asking(...errors) {
  const clock = new TestClock();
  /** @type {(Trouble | null)[]} */
  const troubles = [];
  /** @param {any} asked */
  const request = async ({ query }) => {
    const error = errors.shift();
    if (error) throw error;
    return query;
  };
  return { clock, troubles, asking: new SearchAsking({ request, clock, troubled: (trouble) => void troubles.push(trouble), isWanted: () => true }) };
}

test("a connection that comes back soon is not spoken of", async () => {
  const { asking: search, clock, troubles } = asking(OFFLINE, OFFLINE);
  const reply = search.ask(command("price"));
  await clock.turn(2_000);
  assert.equal(await reply, "price");
  assert.deepEqual(troubles, [null]);
});

test("without a connection for longer, that is said, and the search goes on by itself", async () => {
  const { asking: search, clock, troubles } = asking(...Array(10).fill(OFFLINE));
  const reply = search.ask(command("price"));
  await clock.turn(2_000);
  assert.equal(troubles.at(-1)?.code, "disconnected");
  await clock.turn(10_000);
  assert.equal(await reply, "price");
  assert.equal(troubles.at(-1), null);
});

test("after too many searches, the seconds are counted down", async () => {
  const { asking: search, clock, troubles } = asking({ code: "rate_limited", message: "Wait.", retryAfter: 2.4 });
  const reply = search.ask(command("price"));
  await clock.turn(3_000);
  assert.equal(await reply, "price");
  assert.deepEqual(
    troubles.map((trouble) => trouble?.seconds),
    [3, 2, 1, undefined],
  );
});

test("a search that took too long is tried again when the reader wants it", async () => {
  const { asking: search, clock, troubles } = asking({ code: "unavailable", message: "It took too long." });
  const reply = search.ask(command("price"));
  await clock.turn(60_000);
  assert.equal(troubles.at(-1)?.message, "It took too long.");
  troubles.at(-1)?.again?.();
  assert.equal(await reply, "price");
});

test("a query that means nothing is not tried again", async () => {
  const { asking: search, clock, troubles } = asking({ code: "invalid", message: "These are too many words." });
  void search.ask(command("price"));
  await clock.turn(60_000);
  assert.deepEqual(troubles, [{ code: "invalid", message: "These are too many words." }]);
});

test("an answer to an earlier question is dropped, also if it waits for its turn", async () => {
  const { asking: search, clock } = asking({ code: "rate_limited", message: "Wait.", retryAfter: 60 });
  /** @type {unknown[]} */
  const replies = [];
  void search.ask(command("price")).then((reply) => replies.push(reply));
  await clock.turn(1_000);
  void search.ask(command("table")).then((reply) => replies.push(reply));
  await clock.turn(120_000);
  assert.deepEqual(replies, ["table"]);
});

test("what is stopped asks no more", async () => {
  const { asking: search, clock, troubles } = asking(...Array(10).fill(OFFLINE));
  void search.ask(command("price")).then(() => assert.fail());
  await clock.turn(2_000);
  search.stop();
  const { length } = troubles;
  await clock.turn(60_000);
  assert.equal(troubles.length, length);
  assert.equal(troubles.at(-1), null);
});
