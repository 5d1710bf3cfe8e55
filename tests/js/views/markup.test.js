/** What messages get beside the server's HTML. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { candidates } from "../../../chat/static/chat/js/lib/names.js";
import { grammarOf, labelOf, languageOf } from "../../../chat/static/chat/js/lib/code_languages.js";

test("a language is known by its name and by what people call it", () => {
  assert.deepEqual(["js", "py", "c++", "sql", "constructor", "nothing", ""].map(languageOf), ["javascript", "python", "cpp", "sql", null, null, null]);
  assert.deepEqual(["sh", "sql", "brainfuck", ""].map(labelOf), ["Shell", "SQL", "brainfuck", ""]);
});

test("each language has a grammar that the core can use", async () => {
  const { default: library } = await import("../../../chat/static/chat/vendor/highlight/core.min.js");
  const source = readFileSync(new URL("../../../chat/static/chat/js/lib/code_languages.js", import.meta.url), "utf8");
  const names = source.match(/^ {2}[a-z]+(?=: \{ label)/gm)?.map((name) => name.trim()) ?? [];
  assert.ok(names.length > 20);
  for (const name of names) library.registerLanguage(name, await grammarOf(name));
  assert.match(library.highlight("SELECT '<b>' -- x", { language: "sql" }).value, /hljs-keyword">SELECT<.*&lt;b&gt;.*hljs-comment/);
});

test("a name may be followed by a Korean particle", () => {
  assert.deepEqual(candidates("하은님이"), ["하은님이", "하은님", "하은", "하"]);
  assert.deepEqual(candidates("general에서"), ["general에서", "general에", "general"]);
  assert.deepEqual(candidates("mina"), ["mina"]);
});
