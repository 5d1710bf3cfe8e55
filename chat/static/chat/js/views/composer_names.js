/** What the composer suggests: people of the room for `@`, my rooms for `#`, emoji for `:`. */
import { emojiImage } from "../lib/custom_emoji.js";
import { icon } from "../lib/dom.js";
import { inTone } from "../lib/emoji.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";
import { avatar } from "./people.js";
import { sign } from "./sidebar.js";
import { MOST_ROWS } from "./suggestions.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("./suggestions.js").Row} Row */

/**
 * People first, those who spoke last before all others, then everybody at once.
 * @param {Room | null} room
 * @param {number} me
 * @param {string} query
 * @returns {Row[]}
 */
export function peopleRows(room, me, query) {
  if (!room) return [];
  const spoke = new Map(room.messages.map(({ author, position }) => [author.id, position]));
  const people = [...room.members.values()]
    .map(({ user }) => user)
    .filter(({ id }) => id !== me)
    .sort((a, b) => (spoke.get(b.id) ?? 0) - (spoke.get(a.id) ?? 0))
    .map((user) => ({
      key: `person ${user.id}`,
      name: user.name,
      also: user.username,
      note: `@${user.username}`,
      picture: () => avatar(user, { small: true }),
      insert: `@${user.username} `,
    }));
  const all = [
    { name: "@here", also: gettext("here"), note: gettext("everybody who was here within a day") },
    { name: "@all", also: gettext("all"), note: gettext("everybody in this room") },
  ].map((row) => ({ ...row, key: row.name, picture: () => icon("people"), insert: `${row.name} ` }));
  const found = matching((room.may("mention_all") ? all : []).map((row) => ({ ...row, also: `${row.name.slice(1)} ${row.also}` })), query);
  return [...matching(people, query).slice(0, MOST_ROWS - found.length), ...found];
}

/**
 * @param {readonly Room[]} rooms
 * @param {string} query
 * @returns {Row[]}
 */
export function roomRows(rooms, query) {
  const rows = rooms.filter(({ summary }) => summary.kind !== "direct").map((room) => ({
    key: `room ${room.id}`,
    name: room.summary.name,
    also: room.summary.slug,
    note: roomNote(room),
    picture: () => sign(room),
    insert: `#${room.summary.slug} `,
  }));
  return matching(rows, query);
}

/** @param {Room} room */
function roomNote({ summary, unread }) {
  if (summary.archived) return gettext("archived");
  if (unread) return interpolate(ngettext("%(count)s unread", "%(count)s unread", unread), { count: unread });
  return summary.kind === "private" ? gettext("private") : "";
}

/**
 * Those of the space first.
 * @param {object} from
 * @param {import("../lib/emoji.js").EmojiCatalog} from.catalog
 * @param {import("../lib/custom_emoji.js").CustomEmoji[]} from.custom
 * @param {import("../state/emoji_use.js").EmojiUse} from.use
 * @param {string} query
 * @returns {Row[]}
 */
export function emojiRows({ catalog, custom, use }, query) {
  const own = matching(custom, query).map((emoji) => {
    const text = `:${emoji.name}:`;
    return { key: text, name: text, picture: () => emojiImage(emoji), insert: text, chosen: () => use.note(text) };
  });
  const standard = catalog.find(query, MOST_ROWS).map((emoji) => {
    const text = inTone(emoji, use.tone);
    const name = `:${bestCode(emoji.codes, query)}:`;
    return { key: text, name, note: emoji.name, picture: () => text, insert: text, chosen: () => use.note(emoji.text) };
  });
  return [...own.slice(0, MOST_ROWS / 2), ...standard];
}

/**
 * The shortcode that is being typed, otherwise the best known.
 * @param {string[]} codes
 * @param {string} query
 */
function bestCode(codes, query) {
  return codes.find((code) => code.startsWith(query.toLowerCase())) ?? codes[0];
}
