/** The modules belong together: each is reached from the room page or is the entry of another page. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const scripts = new URL("../../chat/static/chat/js/", import.meta.url);
const OTHER_PAGES = ["admin.js", "pages.js", "sign_out.js"];

/** The modules that a module imports, and theirs. */
function reached(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const imports = readFileSync(new URL(name, scripts), "utf8").matchAll(/^(?:import|\}) .*from "(\..+)";$/gm);
  for (const [, imported] of imports) reached(posix.join(posix.dirname(name), imported), found);
  return found;
}

test("no module is unused", () => {
  const used = new Set([...reached("main.js"), "net/protocol.js"]);
  const there = readdirSync(scripts, { recursive: true }).filter((name) => name.endsWith(".js") && !OTHER_PAGES.includes(name));
  assert.deepEqual(there.filter((name) => !used.has(name)), []);
});
