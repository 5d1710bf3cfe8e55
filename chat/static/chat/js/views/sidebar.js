/** The list of my rooms: latest activity first, unread counts, the current one. Its links are real; the page opens them in place. */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { KeyedList } from "../lib/keyed_list.js";
import { written } from "../lib/text.js";

/** @typedef {import("../state/room.js").Room} Room */

const MOST_COUNTED = 99;
const NARROW = "(max-width: 47.5em)";

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
