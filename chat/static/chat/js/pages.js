// Enhances the pages outside the room page, which also work without scripts.
import { localStorageOrNull, sweepSignedOut } from "./lib/storage.js";
import { enhance, focusFault, manageMenus } from "./views/enhanced_page.js";

/** Patterns that match the letters of each script. @type {Record<string, RegExp>} */
const SCRIPTS = {
  Arabic: /\p{Script=Arabic}/u,
  Armenian: /\p{Script=Armenian}/u,
  Bengali: /\p{Script=Bengali}/u,
  Bopomofo: /\p{Script=Bopomofo}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Devanagari: /\p{Script=Devanagari}/u,
  Ethiopic: /\p{Script=Ethiopic}/u,
  Georgian: /\p{Script=Georgian}/u,
  Greek: /\p{Script=Greek}/u,
  Gujarati: /\p{Script=Gujarati}/u,
  Gurmukhi: /\p{Script=Gurmukhi}/u,
  Han: /\p{Script=Han}/u,
  Hangul: /\p{Script=Hangul}/u,
  Hebrew: /\p{Script=Hebrew}/u,
  Hiragana: /\p{Script=Hiragana}/u,
  Kannada: /\p{Script=Kannada}/u,
  Katakana: /\p{Script=Katakana}/u,
  Khmer: /\p{Script=Khmer}/u,
  Lao: /\p{Script=Lao}/u,
  Latin: /\p{Script=Latin}/u,
  Malayalam: /\p{Script=Malayalam}/u,
  Myanmar: /\p{Script=Myanmar}/u,
  Oriya: /\p{Script=Oriya}/u,
  Sinhala: /\p{Script=Sinhala}/u,
  Tamil: /\p{Script=Tamil}/u,
  Telugu: /\p{Script=Telugu}/u,
  Thaana: /\p{Script=Thaana}/u,
  Thai: /\p{Script=Thai}/u,
  Tibetan: /\p{Script=Tibetan}/u,
};
const WRITTEN_TOGETHER = [
  ["Han", "Hangul"],
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Bopomofo"],
];

/** @param {string} character */
function scriptOf(character) {
  if (character === "ー") return "Katakana";
  if (!/[\p{L}\p{M}]/u.test(character)) return undefined;
  return Object.keys(SCRIPTS).find((script) => SCRIPTS[script].test(character));
}

/** @param {string[]} scripts */
function areOneScript(scripts) {
  return scripts.length < 2 || WRITTEN_TOGETHER.some((together) => scripts.every((script) => together.includes(script)));
}

/** A username made from a name, by the same rule as `suggest_username` on the server.
 * @param {string} name
 * @returns {string}
 */
export function suggestUsername(name) {
  const folded = name.slice(0, 150).normalize("NFKC").toLowerCase().normalize("NFKC");
  const dotted = folded.trim().replace(/\s+/gu, ".");
  /** @type {string[]} */
  const scripts = [];
  const kept = Array.from(dotted).filter((character) => {
    if (/[0-9._-]/u.test(character)) return true;
    const script = scriptOf(character);
    if (!script || scripts.includes(script)) return Boolean(script);
    if (!areOneScript([...scripts, script])) return false;
    scripts.push(script);
    return true;
  });
  return kept.join("").slice(0, 150).replace(/^[._-]+|[._-]+$/gu, "");
}

/** Fill `input` from the name field as long as nobody has typed into it.
 * @param {HTMLInputElement} input
 */
function suggestFromName(input) {
  const source = input.form?.elements.namedItem(input.dataset.suggestFrom ?? "");
  if (!(source instanceof HTMLInputElement)) return;
  let own = input.value !== "";
  input.addEventListener("input", () => {
    own = input.value !== "";
  });
  source.addEventListener("input", () => {
    if (!own) input.value = suggestUsername(source.value);
  });
}

if (typeof document !== "undefined") {
  sweepSignedOut(localStorageOrNull());
  for (const input of document.querySelectorAll("input[data-suggest-from]")) {
    suggestFromName(/** @type {HTMLInputElement} */ (input));
  }
  for (const input of document.querySelectorAll("input[data-time-zone]")) {
    /** @type {HTMLInputElement} */ (input).value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }
  enhance(document);
  manageMenus();
  const first = document.querySelector(".entrance .form input:not([type=hidden])");
  if (!focusFault(document) && first instanceof HTMLElement && matchMedia("(pointer: fine)").matches) first.focus();
}
