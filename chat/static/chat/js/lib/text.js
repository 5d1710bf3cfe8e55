/** User-written text: cleaned as on the server, and marked with its language. */
import { gettext, interpolate, ngettext } from "./i18n.js";

/** @typedef {import("../net/protocol.js").FilesExcerpt} FilesExcerpt */

const HANGUL = /\p{Script=Hangul}/u;
/** Elements of a message's HTML that do not end a line. */
const INLINE = new Set(["a", "code", "em", "s", "span", "strong"]);
const SPOILER = 'span class="spoiler"';
/** What stands for a spoiler where it can't be opened. */
const HIDDEN = "▒▒▒";

/**
 * Removes trailing white space and leading empty lines. Returns "" for a blank text.
 * @param {string} text
 */
export function clean(text) {
  return text.trimEnd().replace(/^\n+/, "");
}

/**
 * The number of characters over the limit, or below zero of those left, in code points as on the server.
 * @param {string} text
 * @param {number} limit
 */
export function overLimit(text, limit) {
  return (text.length * 2 < limit ? text.length : [...text].length) - limit;
}

const SPOILER_MARK = "||";
const MARKS = ["**", "~~", "`"];
const QUOTE_CHARS = 140;

/**
 * The text of a quote without marks of emphasis and without what spoilers hide. The end of a spoiler may have been cut off.
 * @param {string} text the first characters of a text as typed
 */
export function unmarked(text) {
  const parts = text.split(SPOILER_MARK);
  const isCut = Array.from(text).length >= QUOTE_CHARS;
  const last = parts.length - 1;
  const shown = parts.map((part, index) => {
    if (index % 2 === 0) return part;
    return index < last || isCut ? HIDDEN : SPOILER_MARK + part;
  });
  return MARKS.reduce((unmarked, mark) => unmarked.replaceAll(mark, ""), shown.join(""));
}

/**
 * An excerpt in words: of a poll, it says that the text is a question; of files, what they are.
 * @param {{text: string, poll?: boolean, files?: FilesExcerpt | null}} excerpt
 */
export function preview({ text, poll, files = null }) {
  if (files) return [filesText(files), text].filter(Boolean).join(" ");
  return poll ? interpolate(gettext("Poll: %(question)s"), { question: text }) : text;
}

/**
 * What a quote shows.
 * @param {{text?: string, files?: number}} quote
 */
export function quotedText({ text = "", files = 0 }) {
  const attached = files && interpolate(ngettext("📎 %(count)s file", "📎 %(count)s files", files), { count: files });
  return [attached, unmarked(text)].filter(Boolean).join(" ");
}

/**
 * What a message says that has files: "📎 prices.pdf", "3 pictures".
 * @param {FilesExcerpt} files
 */
export function filesText({ name, count, kind }) {
  if (kind === "voice") return gettext("🎙️ Voice message");
  if (count === 1) return `📎 ${name}`;
  if (kind === "image") return interpolate(ngettext("📎 %(count)s picture", "📎 %(count)s pictures", count), { count });
  const others = count - 1;
  return interpolate(ngettext("📎 %(name)s and %(count)s more", "📎 %(name)s and %(count)s more", others), { name, count: others });
}

/**
 * The same excerpt as the server's.
 * @param {{name: string, kind: string}[] | undefined} attachments
 * @returns {FilesExcerpt | null}
 */
export function filesExcerpt(attachments) {
  if (!attachments?.length) return null;
  const kinds = new Set(attachments.map(({ kind }) => kind));
  const [first] = attachments;
  return { name: first.name, count: attachments.length, kind: kinds.size === 1 ? first.kind : "file" };
}

/**
 * The attributes of an element with text that somebody wrote: automatic direction, and the language if it can be recognised.
 * Browsers break lines of Korean only between words. The pages of the server follow the same rule.
 * @param {string} text
 * @returns {{dir: "auto", lang: "ko" | null}}
 */
export function written(text) {
  return { dir: "auto", lang: HANGUL.test(text) ? "ko" : null };
}

/**
 * The text of a message's HTML, with a space at the end of each block, and without what spoilers hide. The server has the same function.
 * @param {string} html
 */
export function textOf(html) {
  const [first, ...rest] = html.split("<");
  let text = first;
  let hidden = 0;
  for (const piece of rest) {
    const [tag] = piece.split(">", 1);
    const [name] = (tag.startsWith("/") ? tag.slice(1) : tag).split(" ", 1);
    if (hidden && name === "span") hidden += tag === "/span" ? -1 : 1;
    else if (tag === SPOILER) [hidden, text] = [1, text + HIDDEN];
    else if (!INLINE.has(name) && !hidden) text += " ";
    if (!hidden) text += piece.slice(tag.length + 1);
  }
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&nbsp;", "\u00a0").replaceAll("&amp;", "&");
}
