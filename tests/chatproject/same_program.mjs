// Compares programs by their syntax trees, in which neither comments nor white space between tokens appear.
// Reads [[name, source, served], …] from standard input, and prints {compared, different: [name, …]}.
// Import paths are left out: a served file contains the hashed ones.
import { readFileSync } from "node:fs";
import { parse } from "acorn";

const PATH = /^\.\.?\//;

function tree(text) {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  return JSON.stringify(program, (key, value) => {
    if (key === "start" || key === "end") return undefined;
    return value?.type === "Literal" && PATH.test(value.value) ? "path" : value;
  });
}

const pairs = JSON.parse(readFileSync(0, "utf8"));
const different = pairs.filter(([, source, served]) => tree(source) !== tree(served));
console.log(JSON.stringify({ compared: pairs.length, different: different.map(([name]) => name) }));
