/** What somebody typed into the search field, as terms: words, phrases and operators. The server has the same function in Python. */

/** @typedef {"from" | "in" | "with" | "before" | "after" | "on" | "has" | "is"} Operator */

/**
 * `start` and `end` are those of its text in the query.
 * @typedef {{kind: Operator | "word" | "phrase", value: string, text: string, start: number, end: number, negated: boolean}} Term
 */

/** @type {readonly Operator[]} */
export const OPERATORS = ["from", "in", "with", "before", "after", "on", "has", "is"];
/** @type {readonly string[]} */
export const DATES = ["before", "after", "on"];
/** Longest query. */
export const QUERY_CHARS = 400;

/** Marks that begin a phrase, and those that end it. @type {Record<string, string>} */
const QUOTES = { '"': '"', "“": "”", "„": "“", "「": "」" };
/** What Python calls white space. */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * The terms of a query, in their order. Every text is a query.
 * @param {string} query
 */
export function terms(query) {
  /** @type {Term[]} */
  const found = [];
  for (let at = 0; at < query.length; ) {
    if (SPACE.test(query[at])) at += 1;
    else {
      const term = termAt(query, at);
      found.push(term);
      at = term.end;
    }
  }
  return found;
}

/** @param {Term} term */
export function isOperator({ kind }) {
  return kind !== "word" && kind !== "phrase";
}

/**
 * A value as it is typed behind an operator.
 * @param {string} value
 */
export function quoted(value) {
  return SPACE.test(value) || Object.keys(QUOTES).includes(value[0]) ? `"${value.replaceAll('"', "")}"` : value;
}

/**
 * @param {string} query
 * @param {number} start
 * @returns {Term}
 */
function termAt(query, start) {
  const negated = query[start] === "-" && start + 1 < query.length && !SPACE.test(query[start + 1]);
  const operator = operatorAt(query, start + Number(negated));
  const at = start + Number(negated) + (operator ? operator.length + 1 : 0);
  if (at < query.length && query[at] in QUOTES) {
    const { value, end } = quotedAt(query, at);
    return { kind: operator ?? "phrase", value, text: query.slice(start, end), start, end, negated };
  }
  let end = at;
  while (end < query.length && !SPACE.test(query[end])) end += 1;
  return { kind: operator ?? "word", value: query.slice(at, end), text: query.slice(start, end), start, end, negated };
}

/**
 * @param {string} query
 * @param {number} at
 */
function operatorAt(query, at) {
  return OPERATORS.find((name) => query.slice(at, at + name.length + 1).toLowerCase() === `${name}:`);
}

/**
 * The text in quotation marks that begin here, and where it ends: at the latest with the query.
 * @param {string} query
 * @param {number} at
 */
function quotedAt(query, at) {
  const end = query.indexOf(QUOTES[query[at]], at + 1);
  const text = end < 0 ? query.slice(at + 1) : query.slice(at + 1, end);
  return { value: stripped(text), end: end < 0 ? query.length : end + 1 };
}

/** @param {string} text */
function stripped(text) {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text[start])) start += 1;
  while (end > start && SPACE.test(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
