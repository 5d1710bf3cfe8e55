/** Who of a room has read a message, and who has not yet, as far as the reader is shown that. */
import { h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { written } from "../lib/text.js";
import { ReadCounts } from "../state/read_counts.js";
import { avatar } from "./people.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("../net/protocol.js").User} User */

/**
 * Opens the sheet, which follows what people read while it is open. Rejects if its styles could not be loaded.
 * @param {object} opening
 * @param {import("../net/protocol.js").Message} opening.message
 * @param {import("../state/room.js").Room} opening.room
 * @param {import("../state/store.js").Store} opening.store
 * @param {string} opening.styles address of the late styles
 */
export async function openReaders({ message, room, store, styles }) {
  await lateStyles(styles);
  const sheet = new Sheet(gettext("Who has read it"));
  const counts = new ReadCounts(store.user.id);
  const draw = () => {
    const { read, unread } = readersOf(message, room, counts);
    sheet.pad.replaceChildren(
      group(interpolate(gettext("Not yet: %(count)s"), { count: unread.length }), unread, gettext("Everybody has read it.")),
      group(interpolate(gettext("Read: %(count)s"), { count: read.length }), read, gettext("Nobody has read it yet.")),
    );
  };
  const follow = /** @param {number} id */ (id) => id === room.id && draw();
  const stops = [store.on("reads", follow), store.on("members", follow), store.on("removed", (removed) => removed.room === room && sheet.close())];
  sheet.dialog.addEventListener("close", () => stops.forEach((stop) => stop()));
  draw();
  sheet.open();
}

/**
 * The members besides the reader and the author, by whether they have read a message.
 * @param {import("../net/protocol.js").Message} message
 * @param {import("../state/room.js").Room} room
 * @param {ReadCounts} counts
 */
function readersOf({ author, position }, room, counts) {
  const user = /** @param {number} id */ (id) => room.members.get(id)?.user ?? [];
  const others = counts.idsBefore(room, Infinity).filter((id) => id !== author.id);
  const waiting = new Set(counts.idsBefore(room, position));
  return { read: others.filter((id) => !waiting.has(id)).flatMap(user), unread: others.filter((id) => waiting.has(id)).flatMap(user) };
}

/**
 * @param {string} title
 * @param {User[]} people
 * @param {string} nobody what is shown without any
 */
function group(title, people, nobody) {
  const rows = people.map((user) => h("li", {}, avatar(user, { small: true }), h("span", written(user.name), user.name)));
  return h("section", { class: "readers" }, h("h3", {}, title), people.length ? h("ul", {}, ...rows) : h("p", { class: "said" }, nobody));
}
