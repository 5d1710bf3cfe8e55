/** The modules belong together: each is reached from the room page or is the entry of another page. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const scripts = new URL("../../chat/static/chat/js/", import.meta.url);
const OTHER_PAGES = ["admin.js", "pages.js", "pictures.js", "sign_out.js"];

/** Each folder imports from those before it only; `main.js` and the other entries import from all. */
const FOLDERS = ["lib", "net", "state", "views", "."];

/**
 * The modules that a module imports, at once or when they are needed.
 * @param {string} name
 */
function imports(name) {
  const found = readFileSync(new URL(name, scripts), "utf8").matchAll(/^(?:import|\}) .*from "(\..+)";$|(?<!typeof )import\("(\.[^"]+)"\)(?!\.[A-Z])/gm);
  return Array.from(found, ([, imported, later]) => posix.join(posix.dirname(name), imported ?? later));
}

/**
 * The modules that a module imports, and theirs.
 * @param {string} name
 * @param {Set<string>} [found]
 */
function reached(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of imports(name)) reached(imported, found);
  return found;
}

test("imports go down, from views to state to net to lib", () => {
  /** @param {string} name */
  const rank = (name) => FOLDERS.indexOf(posix.dirname(name));
  const modules = readdirSync(scripts, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  const links = modules.flatMap((name) => imports(name).map((imported) => [name, imported]));
  assert.ok(links.length > 100);
  assert.deepEqual(links.filter(([name, imported]) => rank(imported) > rank(name)), []);
});

test("no module is unused", () => {
  const used = new Set([...reached("main.js"), "net/protocol.js"]);
  const there = readdirSync(scripts, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js") && !OTHER_PAGES.includes(name));
  assert.deepEqual(there.filter((name) => !used.has(name)), []);
});
