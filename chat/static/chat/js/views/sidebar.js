/** The list of my rooms: last activity first, unread counts, the current one. Its links are real; `main.js` opens them in place. */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { KeyedList } from "../lib/keyed_list.js";
import { written } from "../lib/lang.js";

/** @typedef {import("../state/room.js").Room} Room */

const MOST_COUNTED = 99;

/** @typedef {{room: Room, isCurrent: boolean}} Item */

export class Sidebar {
  /** @type {KeyedList<Item>} */
  #items;

  /**
   * @param {object} how
   * @param {HTMLElement} how.list
   * @param {import("../state/store.js").Store} how.store
   * @param {(slug: string) => string} how.address of a room
   */
  constructor({ list, store, address }) {
    this.list = list;
    this.store = store;
    this.#items = new KeyedList(list, {
      key: ({ room }) => room.id,
      create: () => h("li", {}, h("a")),
      look,
      draw: (item, element) => drawItem(item, element, address),
    });
  }

  /** @param {number | null} current */
  draw(current) {
    this.#items.update(this.store.sorted().map((room) => ({ room, isCurrent: room.id === current })));
  }

  /** Scrolls to the link of the current room. */
  reveal() {
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }
}

/** @param {Item} item */
function look({ room, isCurrent }) {
  const { name, slug, kind, archived } = room.summary;
  return [name, slug, kind, archived, room.unread, isCurrent].join("\n");
}

/**
 * @param {Item} item
 * @param {HTMLElement} element
 * @param {(slug: string) => string} address
 */
function drawItem({ room, isCurrent }, element, address) {
  const { name, slug, archived } = room.summary;
  const link = /** @type {HTMLAnchorElement} */ (element.firstElementChild);
  link.href = address(slug);
  link.dataset.room = String(room.id);
  link.className = [isCurrent && "current", room.unread && "unread", archived && "archived"].filter(Boolean).join(" ");
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  link.replaceChildren(sign(room), h("span", { class: "name", ...written(name), title: name }, name), ...badge(room.unread));
}

/**
 * What stands before a room's name.
 * @param {Room} room
 */
export function sign({ summary }) {
  if (summary.archived) return h("i", { class: "symbol", role: "img", "aria-label": gettext("archived") }, icon("archive"));
  if (summary.kind === "private") return h("i", { class: "symbol", role: "img", "aria-label": gettext("private") }, icon("lock"));
  return h("i", { class: "symbol", "aria-hidden": "true" }, "#");
}

/** @param {number} unread */
function badge(unread) {
  if (!unread) return [];
  const text = unread > MOST_COUNTED ? interpolate(gettext("%(count)s+"), { count: MOST_COUNTED }) : String(unread);
  const spoken = interpolate(ngettext("%(count)s unread message", "%(count)s unread messages", unread), { count: unread });
  return [h("b", { class: "badge number", "aria-hidden": "true" }, text), h("span", { class: "visually-hidden" }, spoken)];
}
