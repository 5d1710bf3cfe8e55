/** How much a search found, in numbers and words. */
import { endings } from "../lib/hit_text.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { countFiles } from "./search_files.js";

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */
/** @typedef {import("../state/search_memory.js").Found} Found */
/** @typedef {import("./search_tabs.js").Tab} Tab */

const MOST_ENDINGS = 3;

/**
 * The tabs with what is known of their numbers. Names are looked for if there are words alone.
 * @param {Found} found
 * @returns {Tab[]}
 */
export function tabsOf({ all, files }) {
  const tabs = [
    { key: "messages", name: gettext("Messages"), count: all ? number(all.hits.length, all) : "" },
    { key: "files", name: gettext("Files"), count: files ? number(countFiles(files), files) : "" },
  ];
  if (!all?.words.every(({ kind, negated }) => !negated && (kind === "word" || kind === "phrase"))) return tabs;
  return [...tabs, { key: "people", name: gettext("People"), count: String(all.people.length) }, { key: "rooms", name: gettext("Rooms"), count: String(all.rooms.length) }];
}

/**
 * @param {number} count
 * @param {SearchReply} reply
 */
function number(count, { more }) {
  return more ? `${count}+` : String(count);
}

/**
 * How many messages were found, or files, in how many rooms.
 * @param {SearchReply} reply
 * @param {{isOfFiles: boolean}} how
 */
export function countText(reply, { isOfFiles }) {
  const { hits, more, people, rooms: named } = reply;
  if (!hits.length && isOfFiles) return gettext("No file found");
  if (!hits.length) return people.length || named.length ? gettext("No message found") : gettext("Nothing found");
  const count = isOfFiles ? countFiles(reply) : hits.length;
  const found = isOfFiles ? ngettext("%(count)s file", "%(count)s files", count) : ngettext("%(count)s message", "%(count)s messages", count);
  if (more) return interpolate(gettext("%(found)s and more"), { found: interpolate(found, { count }) });
  const rooms = new Set(hits.map(({ room }) => room.parent ?? room.id)).size;
  return interpolate(gettext("%(found)s in %(rooms)s"), { found: interpolate(found, { count }), rooms: interpolate(ngettext("one room", "%(count)s rooms", rooms), { count: rooms }) });
}

/** What is said below the last message. @param {SearchReply} reply */
export function endText({ hits, words: terms }) {
  const words = endings(hits.map(({ message, marks }) => ({ body: message.body, marks })), MOST_ENDINGS);
  const about = words.length ? interpolate(gettext("Words match with their endings: %(words)s."), { words: words.join(", ") }) : "";
  const forms = terms.flatMap(({ also = [] }) => also).join(", ");
  const others = forms ? interpolate(gettext("Also searched for: %(words)s."), { words: forms }) : "";
  return [gettext("That is all."), about, others].filter(Boolean).join(" ");
}

/**
 * @param {number} part of the index that is complete
 * @param {string} locale
 */
export function buildingText(part, locale) {
  const done = new Intl.NumberFormat(locale, { style: "percent" }).format(part);
  return interpolate(gettext("The index is being built, %(done)s so far. Some messages may be missing."), { done });
}
