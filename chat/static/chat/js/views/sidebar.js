/** The list of my rooms: last activity first, unread counts, the current one. Its links are real; `main.js` opens them in place. */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/lang.js";

/** @typedef {import("../state/room.js").Room} Room */

const MOST_COUNTED = 99;

export class Sidebar {
  /** @type {Map<number, {item: HTMLLIElement, drawn: string}>} */
  #drawn = new Map();

  /**
   * @param {object} how
   * @param {HTMLElement} how.list
   * @param {import("../state/store.js").Store} how.store
   * @param {(slug: string) => string} how.address of a room
   */
  constructor({ list, store, address }) {
    this.list = list;
    this.store = store;
    this.address = address;
  }

  /** @param {number | null} current */
  draw(current) {
    const rooms = this.store.sorted();
    this.#forget(new Set(rooms.map((room) => room.id)));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    let next = this.list.firstElementChild;
    for (const room of rooms) {
      const item = this.#item(room, room.id === current);
      if (item === next) next = next.nextElementSibling;
      else this.list.insertBefore(item, next);
    }
    if (focused && focused !== document.activeElement && this.list.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** The current room's link comes into sight. */
  reveal() {
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Set<number>} kept */
  #forget(kept) {
    for (const [id, { item }] of this.#drawn) {
      if (kept.has(id)) continue;
      item.remove();
      this.#drawn.delete(id);
    }
  }

  /**
   * @param {Room} room
   * @param {boolean} isCurrent
   */
  #item(room, isCurrent) {
    const { name, slug, kind, archived } = room.summary;
    const look = [name, slug, kind, archived, room.unread, isCurrent].join("\n");
    const held = this.#drawn.get(room.id);
    if (held?.drawn === look) return held.item;
    const item = held?.item ?? h("li", {}, h("a"));
    const link = /** @type {HTMLAnchorElement} */ (item.firstElementChild);
    link.href = this.address(slug);
    link.dataset.room = String(room.id);
    link.className = [isCurrent && "current", room.unread && "unread", archived && "archived"].filter(Boolean).join(" ");
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.replaceChildren(sign(room), h("span", { class: "name", ...written(name), title: name }, name), ...badge(room.unread));
    this.#drawn.set(room.id, { item, drawn: look });
    return item;
  }
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
