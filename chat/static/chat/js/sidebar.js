/** The lists of my rooms: favourites and others, each last activity first; unread counts, the current one. Its links are real; `main.js` opens them in place. */
import { h, icon } from "./dom.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { written } from "./lang.js";

/** @typedef {import("./room.js").Room} Room */

const MOST_COUNTED = 99;
export const FAVOURITE = "favourite";

export class Sidebar {
  /** @type {Map<number, {item: HTMLLIElement, drawn: string}>} */
  #drawn = new Map();

  /**
   * @param {object} how
   * @param {HTMLElement} how.list
   * @param {HTMLElement} how.favourites the list above it
   * @param {import("./store.js").Store} how.store
   * @param {import("./items.js").Items} how.items
   * @param {(slug: string) => string} how.address of a room
   */
  constructor({ list, favourites, store, items, address }) {
    this.list = list;
    this.favourites = favourites;
    this.items = items;
    this.store = store;
    this.address = address;
  }

  /** @param {number | null} current */
  draw(current) {
    const rooms = this.store.sorted();
    this.#forget(new Set(rooms.map((room) => room.id)));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const favourites = rooms.filter((room) => isFavourite(this.items, room.id)).sort((a, b) => this.#order(a) - this.#order(b));
    this.#fill(this.favourites, favourites, current);
    this.#fill(this.list, rooms.filter((room) => !isFavourite(this.items, room.id)), current);
    const part = this.favourites.parentElement;
    if (part) part.hidden = !favourites.length;
    if (focused && focused !== document.activeElement && this.#lists.some((list) => list.contains(focused))) focused.focus({ preventScroll: true });
  }

  /** The current room's link comes into sight. */
  reveal() {
    for (const list of this.#lists) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  get #lists() {
    return [this.favourites, this.list];
  }

  /** @param {Room} room a favourite: numbered ones stand first, in their order */
  #order(room) {
    const place = this.items.value(FAVOURITE, room.id);
    return typeof place === "number" ? place : Number.MAX_SAFE_INTEGER;
  }

  /**
   * @param {HTMLElement} list
   * @param {Room[]} rooms
   * @param {number | null} current
   */
  #fill(list, rooms, current) {
    let next = list.firstElementChild;
    for (const room of rooms) {
      const item = this.#item(room, room.id === current);
      if (item === next) next = next.nextElementSibling;
      else list.insertBefore(item, next);
    }
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
    const muted = isMuted(this.items, room);
    const look = [name, slug, kind, archived, room.unread, isCurrent, muted].join("\n");
    const held = this.#drawn.get(room.id);
    if (held?.drawn === look) return held.item;
    const item = held?.item ?? h("li", {}, h("a"));
    const link = /** @type {HTMLAnchorElement} */ (item.firstElementChild);
    link.href = this.address(slug);
    link.dataset.room = String(room.id);
    link.className = [isCurrent && "current", room.unread && "unread", archived && "archived", muted && "muted"].filter(Boolean).join(" ");
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.replaceChildren(sign(room), h("span", { class: "name", ...written(name), title: name }, name), ...badge(room.unread));
    this.#drawn.set(room.id, { item, drawn: look });
    return item;
  }
}

/**
 * @param {import("./items.js").Items} items
 * @param {number} room
 */
export function isFavourite(items, room) {
  return (items.value(FAVOURITE, room) ?? null) !== null;
}

/**
 * Whether I want to be notified of nothing in this room: its unread messages do not count in the title.
 * @param {import("./items.js").Items} items
 * @param {Room} room
 */
export function isMuted(items, { id, summary }) {
  const level = items.value("notify", id);
  return (level === undefined ? summary.notify : level) === "none";
}

/**
 * What stands before a room's name.
 * @param {Room} room
 */
export function sign({ summary }) {
  if (summary.archived) return h("i", { role: "img", "aria-label": gettext("archived") }, icon("archive"));
  if (summary.kind === "private") return h("i", { role: "img", "aria-label": gettext("private") }, icon("lock"));
  return h("i", { "aria-hidden": "true" }, "#");
}

/** @param {number} unread */
function badge(unread) {
  if (!unread) return [];
  const text = unread > MOST_COUNTED ? interpolate(gettext("%(count)s+"), { count: MOST_COUNTED }) : String(unread);
  const spoken = interpolate(ngettext("%(count)s unread message", "%(count)s unread messages", unread), { count: unread });
  return [h("b", { class: "badge", "aria-hidden": "true" }, text), h("span", { class: "visually-hidden" }, spoken)];
}
