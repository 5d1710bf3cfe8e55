/**
 * The lists of my rooms: favourites and the others, each with the latest activity first; unread counts, the current room. Their
 * links are real; the page opens them in place.
 */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { KeyedList } from "../lib/keyed_list.js";
import { written } from "../lib/text.js";

/** @typedef {import("../state/room.js").Room} Room */

export const FAVOURITE = "favourite";
const MOST_COUNTED = 99;
const NARROW = "(max-width: 47.5em)";

/** @typedef {{room: Room, isCurrent: boolean, muted: boolean}} Item */

export class Sidebar {
  /** @type {KeyedList<Item>} */
  #favourites;
  /** @type {KeyedList<Item>} */
  #others;

  /**
   * @param {object} how
   * @param {HTMLElement} how.favourites
   * @param {HTMLElement} how.list of the other rooms, below
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {(slug: string) => string} how.address of a room
   */
  constructor({ favourites, list, store, items, address }) {
    this.store = store;
    this.items = items;
    /** @type {import("../lib/keyed_list.js").Drawing<Item>} */
    const drawing = {
      key: ({ room }) => room.id,
      create: () => h("li", {}, h("a")),
      look,
      draw: (item, element) => drawItem(item, element, address),
    };
    this.#favourites = new KeyedList(favourites, drawing);
    this.#others = new KeyedList(list, drawing);
  }

  /** @param {number | null} current */
  draw(current) {
    const rooms = this.store.sorted();
    const favourites = rooms.filter((room) => isFavourite(this.items, room.id)).sort((a, b) => this.#place(a) - this.#place(b));
    const others = rooms.filter((room) => !isFavourite(this.items, room.id));
    const focused = focusedRoom();
    /** @param {Room} room */
    const item = (room) => ({ room, isCurrent: room.id === current, muted: isMuted(this.items, room) });
    this.#favourites.update(favourites.map(item));
    this.#others.update(others.map(item));
    if (this.#favourites.list.parentElement) this.#favourites.list.parentElement.hidden = !favourites.length;
    if (focused !== focusedRoom()) this.#focus(Number(focused));
  }

  /** Scrolls to the link of the current room. */
  reveal() {
    for (const { list } of this.#lists) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  get #lists() {
    return [this.#favourites, this.#others];
  }

  /** @param {Room} room a favourite: numbered ones stand first, in their order */
  #place(room) {
    const place = this.items.value(FAVOURITE, room.id);
    return typeof place === "number" ? place : Number.MAX_SAFE_INTEGER;
  }

  /** @param {number} room whose link had the focus in the other list */
  #focus(room) {
    for (const list of this.#lists) list.elementOf(room)?.querySelector("a")?.focus({ preventScroll: true });
  }
}

/** On a narrow page the sidebar is a drawer: opened by a button, closed by Escape, a tap beside it, or choosing a room. */
export class Drawer {
  #narrow = matchMedia(NARROW);

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.drawer
   * @param {HTMLElement} parts.rest what the drawer covers
   * @param {HTMLElement} parts.opener
   * @param {HTMLElement} parts.veil
   */
  constructor({ drawer, rest, opener, veil }) {
    this.drawer = drawer;
    this.rest = rest;
    this.opener = opener;
    this.veil = veil;
    opener.addEventListener("click", () => this.open());
    veil.addEventListener("click", () => this.close());
    drawer.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.#narrow.addEventListener("change", () => this.#set(false));
    this.#set(false);
  }

  get isOpen() {
    return this.drawer.classList.contains("open");
  }

  open() {
    if (!this.#narrow.matches) return;
    this.#set(true);
    const first = this.drawer.querySelector("[aria-current]") ?? this.drawer.querySelector("a, button");
    if (first instanceof HTMLElement) first.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#set(false);
    this.opener.focus();
  }

  /**
   * The covered part is inert: neither Tab nor a screen reader reaches it.
   * @param {boolean} open
   */
  #set(open) {
    this.drawer.classList.toggle("open", open);
    this.drawer.inert = this.#narrow.matches && !open;
    this.rest.inert = open;
    this.veil.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
  }
}

/**
 * @param {import("../state/items.js").Items} items
 * @param {number} room
 */
export function isFavourite(items, room) {
  return (items.value(FAVOURITE, room) ?? null) !== null;
}

/**
 * Whether I want to be notified of nothing in this room: its unread messages do not count in the title.
 * @param {import("../state/items.js").Items} items
 * @param {Room} room
 */
export function isMuted(items, { id, summary }) {
  const level = items.value("notify", id);
  return (level === undefined ? summary.notify : level) === "none";
}

/** The room whose link has the focus. */
function focusedRoom() {
  return document.activeElement instanceof HTMLElement ? document.activeElement.dataset.room : undefined;
}

/** @param {Item} item */
function look({ room, isCurrent, muted }) {
  const { name, slug, kind, archived } = room.summary;
  return [name, slug, kind, archived, room.unread, isCurrent, muted].join("\n");
}

/**
 * @param {Item} item
 * @param {HTMLElement} element
 * @param {(slug: string) => string} address
 */
function drawItem({ room, isCurrent, muted }, element, address) {
  const { name, slug, archived } = room.summary;
  const link = /** @type {HTMLAnchorElement} */ (element.firstElementChild);
  link.href = address(slug);
  link.dataset.room = String(room.id);
  const classes = { current: isCurrent, unread: room.unread > 0, archived, muted };
  for (const [name, isOn] of Object.entries(classes)) link.classList.toggle(name, isOn);
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  link.replaceChildren(sign(room), h("span", { class: "name", ...written(name), title: name }, name), ...badge(room.unread));
}

/**
 * The symbol before a room's name.
 * @param {Pick<Room, "summary">} room
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
