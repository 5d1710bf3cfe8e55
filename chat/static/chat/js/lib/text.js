/** What was typed, as the server will take it. */

/**
 * Without space at the end and empty lines at the beginning; empty when nothing was said.
 * @param {string} text
 */
export function clean(text) {
  return text.trimEnd().replace(/^\n+/, "");
}

/**
 * By how many characters a text is over the limit (below zero: how many are left). Counted as the server counts, in code points.
 * @param {string} text
 * @param {number} limit
 */
export function overLimit(text, limit) {
  return (text.length * 2 < limit ? text.length : [...text].length) - limit;
}
