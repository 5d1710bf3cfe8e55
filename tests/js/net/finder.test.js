/** Finding people and rooms on the server while somebody types. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Finder } from "../../../chat/static/chat/js/net/finder.js";
import { joon, mina, TestClock } from "../fakes.js";

/** @typedef {import("../../../chat/static/chat/js/net/finder.js").Found} Found */

const PAUSE_MS = 150;

/** A server that answers when the test says so. */
class Server {
  /** @type {{question: string, answer: (found: Found) => void, fail: () => void}[]} */
  asked = [];

  /** @param {string} question */
  request = (question) =>
    /** @type {Promise<Found>} */ (
      new Promise((resolve, reject) => {
        this.asked.push({ question, answer: resolve, fail: () => reject(new Error("no answer")) });
      })
    );
}

function start() {
  const server = new Server();
  const clock = new TestClock();
  return { server, clock, finder: new Finder({ request: server.request, clock }) };
}

test("a question is asked when the letters pause", async () => {
  const { server, clock, finder } = start();
  for (const typed of ["j", "jo", "joo"]) finder.ask(typed);
  await clock.turn(PAUSE_MS);
  assert.deepEqual(server.asked.map(({ question }) => question), ["joo"]);
});

test("an answer that comes after another question is dropped", async () => {
  const { server, clock, finder } = start();
  finder.ask("mina");
  await clock.turn(PAUSE_MS);
  finder.ask("joon");
  await clock.turn(PAUSE_MS);
  server.asked[1].answer({ people: [joon], rooms: [] });
  await clock.turn(0);
  server.asked[0].answer({ people: [mina], rooms: [] });
  await clock.turn(0);
  assert.deepEqual(finder.found.people, [joon]);
});

test("an empty field asks nothing, and nothing is found", async () => {
  const { server, clock, finder } = start();
  finder.ask("joon");
  await clock.turn(PAUSE_MS);
  server.asked[0].answer({ people: [joon], rooms: [] });
  await clock.turn(0);
  finder.ask("  ");
  await clock.turn(PAUSE_MS);
  assert.equal(server.asked.length, 1);
  assert.deepEqual(finder.found.people, []);
});

test("an answer is awaited from the first letter until it arrives, and not for an empty field", async () => {
  const { server, clock, finder } = start();
  finder.ask("joon");
  assert.equal(finder.isAsking, true);
  await clock.turn(PAUSE_MS);
  assert.equal(finder.isAsking, true);
  server.asked[0].answer({ people: [joon], rooms: [] });
  await clock.turn(0);
  assert.equal(finder.isAsking, false);
  finder.ask("joo");
  finder.ask("");
  assert.equal(finder.isAsking, false);
});

test("without an answer nothing is found", async () => {
  const { server, clock, finder } = start();
  finder.ask("joon");
  await clock.turn(PAUSE_MS);
  server.asked[0].fail();
  await clock.turn(0);
  assert.deepEqual(finder.found, { people: [], rooms: [] });
});
