/** The HTML of a text without any markup, which the server leaves out of frames. */

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * Paragraphs and line breaks; everything else as typed. The server has the same function in Python.
 * @param {string} body
 */
export function plain(body) {
  const html = body.replace(/[&<>]/g, (character) => ESCAPES[character]);
  const paragraphs = html.split(/\n{2,}/).map((paragraph) => `<p>${paragraph}</p>`);
  return paragraphs.join("").replaceAll("\n", "<br>");
}
