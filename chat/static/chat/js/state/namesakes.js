/** Finds names that look alike, which are shown with the username. */
import { LOOKALIKES } from "../lib/lookalikes.js";

/** @type {Map<string, string>} */
const LOOK_OF = new Map(LOOKALIKES.flatMap(([look, characters]) => Array.from(characters, (character) => [character, look])));

/** @type {Map<string, string>} cached results, by name */
const known = new Map();
const MOST_KNOWN = 5_000;

/**
 * The same text for all names that look alike, ignoring case and spaces: "rnina" for "Mina" and for "Mіna" with a
 * Cyrillic і.
 * @param {string} name
 */
export function lookOf(name) {
  const held = known.get(name);
  if (held !== undefined) return held;
  const folded = name.normalize("NFKC").toLowerCase().normalize("NFKD").replace(/[\p{Cf}\p{Cc}\u115f\u1160]/gu, "");
  const look = Array.from(folded, (character) => LOOK_OF.get(character) ?? character).join("").replace(/\s+/gu, " ").trim();
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, look);
  return look;
}

/**
 * The looks shared by several of these people.
 * @param {Iterable<{name: string}>} people each of them once
 * @returns {Set<string>}
 */
export function sharedLooks(people) {
  const seen = new Set();
  const shared = new Set();
  for (const { name } of people) {
    const look = lookOf(name);
    if (seen.has(look)) shared.add(look);
    seen.add(look);
  }
  return shared;
}
