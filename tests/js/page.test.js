/** The page asks for its modules ahead of their turn: all of them, or the browser learns of them one import at a time. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const scripts = new URL("../../chat/static/chat/js/", import.meta.url);
const page = new URL("../../templates/parts/room_modules.html", import.meta.url);
const OTHER_PAGES = ["admin.js", "pages.js", "sign_out.js"];

/** The modules that a module imports, and theirs. */
function reached(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const imports = readFileSync(new URL(name, scripts), "utf8").matchAll(/^(?:import|\}) .*from "(\..+)";$/gm);
  for (const [, imported] of imports) reached(posix.join(posix.dirname(name), imported), found);
  return found;
}

test("every module of the room page, and no other, is preloaded", () => {
  const preloaded = [...readFileSync(page, "utf8").matchAll(/chat\/js\/([\w/]+\.js)/g)].map(([, name]) => name);
  assert.deepEqual(preloaded.sort(), [...reached("main.js")].sort());
});

test("no module lies around unused", () => {
  const used = new Set([...reached("main.js"), "net/protocol.js"]);
  const there = readdirSync(scripts, { recursive: true }).filter((name) => name.endsWith(".js") && !OTHER_PAGES.includes(name));
  assert.deepEqual(there.filter((name) => !used.has(name)), []);
});
