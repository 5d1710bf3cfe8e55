/** What the answers of the server to forms become for the views. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { ask, FormRefused } from "../../../chat/static/chat/js/net/forms.js";

/** @type {Record<string, {status: number, headers?: Record<string, string>, body?: string}>} */
const ANSWERS = {
  "/done": { status: 204 },
  "/data": { status: 200, headers: { "Content-Type": "application/json" }, body: '{"kinds": ["public"]}' },
  "/refused": { status: 422, headers: { "Content-Type": "application/json" }, body: '{"errors": {"name": ["Too long."], "": ["No."]}, "meant": [1]}' },
  "/signed-out": { status: 302, headers: { Location: "/accounts/login/" } },
  "/too-fast": { status: 429, headers: { "Content-Type": "text/html" }, body: "<p>Wait</p>" },
  "/forbidden": { status: 403, body: "<p>No</p>" },
  "/gone": { status: 404, body: "<p>Nothing</p>" },
  "/broken": { status: 500, headers: { "Content-Type": "application/json" }, body: "{" },
};

/** @type {string[]} */
const accepted = [];
const server = createServer((request, response) => {
  accepted.push(request.headers.accept ?? "");
  const { status, headers = {}, body = "" } = ANSWERS[request.url ?? ""];
  response.writeHead(status, headers).end(body);
});
let site = "";

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  site = `http://127.0.0.1:${address && typeof address === "object" ? address.port : 0}`;
});
after(() => server.close());

test("an answer without content is null, and one with content is its data", async () => {
  assert.equal(await ask(`${site}/done`), null);
  assert.deepEqual(await ask(`${site}/data`), { kinds: ["public"] });
  assert.deepEqual(new Set(accepted), new Set(["application/json"]));
});

test("a refusal holds the sentences by field, and all that the server sent", async () => {
  const refusal = await ask(`${site}/refused`).catch((error) => error);
  assert.ok(refusal instanceof FormRefused);
  assert.deepEqual(refusal.errors, { name: ["Too long."], "": ["No."] });
  assert.equal(refusal.message, "Too long. No.");
  assert.deepEqual(refusal.answer.meant, [1]);
});

for (const [path, sentence] of [
  ["/signed-out", "You are signed out."],
  ["/too-fast", "That was too fast. Wait a moment."],
  ["/forbidden", "You may not do this. Reload the page and try again."],
  ["/gone", "This no longer exists."],
  ["/broken", "The server can't do this right now. Try again."],
]) {
  test(`the answer ${path} becomes a sentence about no field`, async () => {
    const refusal = await ask(site + path).catch((error) => error);
    assert.deepEqual(refusal.errors, { "": [sentence] });
  });
}

test("without a connection, the sentence says so", async () => {
  const refusal = await ask("http://127.0.0.1:9/").catch((error) => error);
  assert.deepEqual(refusal.errors, { "": ["You are not connected."] });
});
