/** What differs between two texts, by words: Myers, "An O(ND) difference algorithm and its variations", with a bound on its time. */

/** @typedef {{kind: "same" | "gone" | "new", text: string}} Part */

/** Texts with more differences than this count as different from the first to the last of them. */
const MOST_DIFFERENCES = 200;
const WORD = /[\p{L}\p{N}_]/u;
/** What belongs to the character before it: marks, selectors and skin tones. */
const ATTACHED = /[\p{M}\p{Emoji_Modifier}\u200d]/u;
const JOINER = "\u200d";
/** Scripts in which the ending of a word changes, or words follow each other without spaces. */
const BY_SYLLABLE = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/**
 * The parts of both texts in order; what is gone stands before what is new in its place.
 * @param {string} before
 * @param {string} after
 * @returns {Part[]}
 */
export function difference(before, after) {
  const [old, fresh] = [tokens(before), tokens(after)];
  const start = commonLength(old, fresh, (list, index) => list[index]);
  const [oldRest, freshRest] = [old.slice(start), fresh.slice(start)];
  const end = commonLength(oldRest, freshRest, (list, index) => list[list.length - 1 - index]);
  const middle = changes(oldRest.slice(0, oldRest.length - end), freshRest.slice(0, freshRest.length - end));
  return refined([part("same", old.slice(0, start)), ...middle, part("same", old.slice(old.length - end))]);
}

/**
 * Words, and all other characters one by one.
 * @param {string} text
 */
function tokens(text) {
  /** @type {string[]} */
  const found = [];
  let isWord = false;
  for (const character of text) {
    const continues = WORD.test(character);
    const last = found.length - 1;
    if (last >= 0 && (ATTACHED.test(character) || found[last].endsWith(JOINER) || (isWord && continues))) found[last] += character;
    else {
      found.push(character);
      isWord = continues;
    }
  }
  return found;
}

/**
 * How many tokens two lists have in common at one end.
 * @param {string[]} a
 * @param {string[]} b
 * @param {(list: string[], index: number) => string} at
 */
function commonLength(a, b, at) {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && at(a, length) === at(b, length)) length += 1;
  return length;
}

/**
 * @param {string[]} old
 * @param {string[]} fresh
 * @returns {Part[]}
 */
function changes(old, fresh) {
  const path = old.length && fresh.length ? shortestPath(numbered(old, fresh)) : null;
  if (!path) return [part("gone", old), part("new", fresh)];
  /** @type {Part[]} */
  const parts = [];
  let [x, y] = [0, 0];
  for (const [toX, toY] of path) {
    const diagonal = Math.min(toX - x, toY - y);
    // A step removes or adds one token; equal ones follow it.
    if (toX - x > diagonal) parts.push(part("gone", [old[x]]));
    else if (toY - y > diagonal) parts.push(part("new", [fresh[y]]));
    parts.push(part("same", old.slice(toX - diagonal, toX)));
    [x, y] = [toX, toY];
  }
  return parts;
}

/**
 * Both lists with equal tokens as equal numbers, which are compared faster.
 * @param {string[]} old
 * @param {string[]} fresh
 */
function numbered(old, fresh) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  const number = /** @param {string} token */ (token) => {
    if (!numbers.has(token)) numbers.set(token, numbers.size);
    return numbers.get(token) ?? 0;
  };
  return { a: Int32Array.from(old, number), b: Int32Array.from(fresh, number) };
}

/**
 * The points after each step and the equal tokens that follow it; null if there are more than MOST_DIFFERENCES steps.
 * @param {{a: Int32Array, b: Int32Array}} lists
 * @returns {[x: number, y: number][] | null}
 */
function shortestPath({ a, b }) {
  const most = Math.min(MOST_DIFFERENCES, a.length + b.length);
  /** The furthest x on each diagonal x - y, at `most + 1 + diagonal`. */
  const furthest = new Int32Array(2 * most + 3);
  const middle = most + 1;
  /** @type {Int32Array[]} */
  const trace = [];
  for (let step = 0; step <= most; step += 1) {
    for (let diagonal = -step; diagonal <= step; diagonal += 2) {
      const isDown = diagonal === -step || (diagonal !== step && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1]);
      let x = isDown ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      furthest[middle + diagonal] = x;
      if (x >= a.length && x - diagonal >= b.length) return traced([...trace, furthest], { middle, end: [a.length, b.length] });
    }
    trace.push(furthest.slice());
  }
  return null;
}

/**
 * @param {Int32Array[]} trace what was reached in each step
 * @param {{middle: number, end: [number, number]}} where
 */
function traced(trace, { middle, end }) {
  const path = [end];
  for (let step = trace.length - 1; step > 0; step -= 1) {
    const [x, y] = path[path.length - 1];
    const diagonal = x - y;
    const before = trace[step - 1];
    const isDown = diagonal === -step || (diagonal !== step && before[middle + diagonal - 1] < before[middle + diagonal + 1]);
    const from = isDown ? diagonal + 1 : diagonal - 1;
    path.push([before[middle + from], before[middle + from] - from]);
  }
  return path.reverse();
}

/**
 * Joins neighbours of a kind. White space alone between two changes counts as changed, too, unless they are of parts of words.
 * @param {Part[]} parts
 */
function refined(parts) {
  const filled = parts.filter(({ text }) => text);
  /** @type {Part[]} */
  const found = [];
  let [gone, fresh] = ["", ""];
  const flush = () => {
    found.push(...change(gone, fresh));
    [gone, fresh] = ["", ""];
  };
  for (const [index, { kind, text }] of filled.entries()) {
    const isBetween = kind === "same" && !text.trim() && (gone || fresh) && !areBySyllable(gone, fresh) && index < filled.length - 1;
    if (kind !== "new" && (kind === "gone" || isBetween)) gone += text;
    if (kind !== "gone" && (kind === "new" || isBetween)) fresh += text;
    if (kind !== "same" || isBetween) continue;
    flush();
    found.push({ kind, text });
  }
  flush();
  return found;
}

/**
 * One text in the place of another. A word of Korean, Chinese or Japanese keeps what both have in common at its ends.
 * @param {string} gone
 * @param {string} fresh
 * @returns {Part[]}
 */
function change(gone, fresh) {
  const [old, young] = [Array.from(gone), Array.from(fresh)];
  const isBySyllable = areBySyllable(gone, fresh);
  const start = isBySyllable ? commonLength(old, young, (list, index) => list[index]) : 0;
  const [oldRest, youngRest] = [old.slice(start), young.slice(start)];
  const end = isBySyllable ? commonLength(oldRest, youngRest, (list, index) => list[list.length - 1 - index]) : 0;
  const parts = [
    part("same", old.slice(0, start)),
    part("gone", oldRest.slice(0, oldRest.length - end)),
    part("new", youngRest.slice(0, youngRest.length - end)),
    part("same", oldRest.slice(oldRest.length - end)),
  ];
  return parts.filter(({ text }) => text);
}

/**
 * @param {string} gone
 * @param {string} fresh
 */
function areBySyllable(gone, fresh) {
  return BY_SYLLABLE.test(gone) && BY_SYLLABLE.test(fresh);
}

/**
 * @param {Part["kind"]} kind
 * @param {string[]} tokensOf
 * @returns {Part}
 */
function part(kind, tokensOf) {
  return { kind, text: tokensOf.join("") };
}
