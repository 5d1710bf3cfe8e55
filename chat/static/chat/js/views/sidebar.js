/**
 * The lists of the person's rooms: favourites in their own order, the others by name, with unread counts and the current room. They
 * contain real links, which the page opens in place.
 */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { face } from "./people.js";
import { lastLine } from "./sentences.js";
import { KeyedList } from "../lib/keyed_list.js";
import { written } from "../lib/text.js";
import { favouritesIn, isFavourite } from "../state/favourites.js";
import { isBlocked, isHidden, levelOf } from "../state/items.js";
import { MOST_MENTIONS } from "../state/room.js";

/** @typedef {import("../state/room.js").Room} Room */

const MOST_COUNTED = 99;

/**
 * `last` is what the row says about the last message, or "".
 * @typedef {{room: Room, isCurrent: boolean, isShown: boolean, muted: boolean, hasDraft: boolean, last: string}} Item
 */

export class Sidebar {
  /** @type {FavouriteList} */
  #favourites;
  /** @type {KeyedList<Item>} */
  #others;
  /** @type {KeyedList<Item>} */
  #direct;

  /**
   * @param {object} how
   * @param {HTMLElement} how.favourites the section
   * @param {HTMLElement} how.list of the other rooms, below
   * @param {HTMLElement} how.direct the list of direct rooms
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {import("../state/drafts.js").Drafts} how.drafts
   * @param {(slug: string) => string} how.address of a room
   */
  constructor({ favourites, list, direct, store, items, drafts, address }) {
    this.store = store;
    this.items = items;
    this.drafts = drafts;
    this.#favourites = new FavouriteList({ section: favourites, items, address });
    [this.#others, this.#direct] = [list, direct].map(
      (rows) =>
        new KeyedList(rows, {
          key: ({ room }) => room.id,
          create: () => h("li", {}, h("a")),
          look,
          draw: (item, element) => drawItem(item, element, address),
        }),
    );
  }

  /**
   * @param {number | null} current
   * @param {boolean} isCovering whether the list covers the current room
   */
  draw(current, isCovering) {
    const rooms = this.store.sorted();
    const others = rooms.filter((room) => !isFavourite(this.items, room.id));
    const focused = focusedRoom();
    const drafted = this.drafts.rooms();
    const withExcerpts = document.documentElement.dataset.excerpts === "shown";
    /** @param {Room} room */
    const item = (room) => {
      const isCurrent = room.id === current;
      const isShown = isCurrent && !isCovering;
      const hasDraft = !isShown && drafted.has(room.id);
      return { room, isCurrent, isShown, muted: isMuted(this.items, room), hasDraft, last: withExcerpts ? this.#lastLine(room) : "" };
    };
    this.#favourites.update(favouritesIn(this.items, rooms).map(item));
    this.#others.update(others.filter((room) => !room.isDirect).map(item));
    this.#direct.update(others.filter((room) => room.isDirect && (room.id === current || !isHidden(this.items, room))).map(item));
    if (focused !== focusedRoom()) this.#focus(Number(focused));
  }

  /** Scrolls to the link of the current room. */
  reveal() {
    for (const { list } of this.#lists) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  /** The links of all rooms, from top to bottom. */
  get links() {
    return this.#lists.flatMap(({ list }) => /** @type {HTMLAnchorElement[]} */ ([...list.querySelectorAll("a")]));
  }

  /**
   * The number of unread mentions in a room.
   * @param {number} room
   */
  mentionsIn(room) {
    return this.store.rooms.get(room)?.mentions ?? 0;
  }

  /** @param {Room} room of which a blocked person may have said the last */
  #lastLine(room) {
    const last = room.summary.last_message;
    return last && isBlocked(this.items, last.author.id) ? "" : lastLine(room);
  }

  get #lists() {
    return [this.#favourites.rows, this.#others, this.#direct];
  }

  /** @param {number} room whose link had the focus in the other list */
  #focus(room) {
    for (const list of this.#lists) list.elementOf(room)?.querySelector("a")?.focus({ preventScroll: true });
  }
}

/**
 * The favourites. Alt, Shift and an arrow key move the one that has the focus; a button shows buttons that do the same, for those who
 * have no such keys or do not know of them.
 */
class FavouriteList {
  #isMoving = false;
  /** @type {Item[]} */
  #drawn = [];

  /**
   * @param {object} how
   * @param {HTMLElement} how.section
   * @param {import("../state/items.js").Items} how.items
   * @param {(slug: string) => string} how.address of a room
   */
  constructor({ section, items, address }) {
    this.section = section;
    this.items = items;
    this.toggle = part(section, "button");
    this.status = part(section, "[role=status]");
    this.rows = new KeyedList(part(section, "ul"), {
      key: ({ room }) => room.id,
      create: createFavourite,
      look: (item) => [look(item), this.#isMoving, this.#isFirst(item), this.#isLast(item)].join("\n"),
      draw: (item, element) => this.#drawRow(item, element, address),
    });
    this.toggle.addEventListener("click", () => this.#setMoving(!this.#isMoving));
    this.rows.list.addEventListener("click", (event) => this.#clicked(event));
    this.rows.list.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @param {Item[]} favourites in their order */
  update(favourites) {
    this.#drawn = favourites;
    const isMovable = favourites.length > 1;
    this.#isMoving &&= isMovable;
    this.toggle.hidden = !isMovable;
    this.toggle.setAttribute("aria-pressed", String(this.#isMoving));
    this.section.hidden = !favourites.length;
    this.rows.update(favourites);
  }

  /** @param {boolean} isMoving */
  #setMoving(isMoving) {
    this.#isMoving = isMoving;
    this.update(this.#drawn);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const pressed = /** @type {Element} */ (event.target).closest("button");
    if (pressed) this.#move(pressed, pressed.dataset.move === "up" ? -1 : 1);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const steps = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!steps || !event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#move(/** @type {Element} */ (event.target), steps);
  }

  /**
   * @param {Element} element in the row to move
   * @param {number} steps
   */
  #move(element, steps) {
    const rooms = this.#drawn.map(({ room }) => room);
    const row = element.closest("li");
    const room = row && this.rows.itemOf(row)?.room;
    const place = room ? rooms.indexOf(room) + steps : -1;
    if (!room || place < 0 || place >= rooms.length) return;
    void import("../state/favourite_order.js").then(({ moveFavourite }) => moveFavourite(this.items, rooms, room.id, place), () => {});
    const values = { room: room.summary.name, place: place + 1, count: rooms.length };
    this.status.textContent = interpolate(gettext("%(room)s: %(place)s of %(count)s"), values);
  }

  /**
   * @param {Item} item
   * @param {HTMLElement} element
   * @param {(slug: string) => string} address
   */
  #drawRow(item, element, address) {
    drawItem(item, element, address);
    element.firstElementChild?.setAttribute("aria-keyshortcuts", "Alt+Shift+ArrowUp Alt+Shift+ArrowDown");
    const { name } = item.room.summary;
    const labels = { up: gettext("Move %(room)s up"), down: gettext("Move %(room)s down") };
    const isUseless = { up: this.#isFirst(item), down: this.#isLast(item) };
    for (const button of element.querySelectorAll("button")) {
      const way = /** @type {"up" | "down"} */ (button.dataset.move);
      button.hidden = !this.#isMoving;
      button.setAttribute("aria-label", interpolate(labels[way], { room: name }));
      button.setAttribute("aria-disabled", String(isUseless[way]));
    }
  }

  /** @param {Item} item */
  #isFirst(item) {
    return item.room === this.#drawn[0]?.room;
  }

  /** @param {Item} item */
  #isLast(item) {
    return item.room === this.#drawn.at(-1)?.room;
  }
}

/**
 * @param {HTMLElement} section
 * @param {string} selector
 */
function part(section, selector) {
  return /** @type {HTMLElement} */ (section.querySelector(selector));
}

/** A row whose buttons stay the same when it is drawn again, so that they keep the focus. */
function createFavourite() {
  const [up, down] = ["up", "down"].map((way) => h("button", { type: "button", class: "icon", "data-move": way }, icon(way)));
  return h("li", {}, h("a"), up, down);
}

/**
 * Whether the person wants no notifications of this room: it stays quiet, however many unread messages it has.
 * @param {import("../state/items.js").Items} items
 * @param {Room} room
 */
export function isMuted(items, room) {
  return levelOf(items, room) === "none";
}

/** The room whose link has the focus. */
function focusedRoom() {
  return document.activeElement instanceof HTMLElement ? document.activeElement.dataset.room : undefined;
}

/** @param {Item} item */
function look({ room, isCurrent, isShown, muted, hasDraft, last }) {
  const { name, slug, kind, emoji, archived, people, threads } = room.summary;
  return [people.map(({ avatar }) => avatar), name, slug, kind, emoji, archived, room.unread, room.mentions, ...Object.values(threads), isCurrent, isShown, muted, hasDraft, last].join("\n");
}

/**
 * @param {Item} item
 * @param {HTMLElement} element
 * @param {(slug: string) => string} address
 */
function drawItem({ room, isCurrent, isShown, muted, hasDraft, last }, element, address) {
  const { name, slug, archived } = room.summary;
  const link = /** @type {HTMLAnchorElement} */ (element.firstElementChild);
  link.href = address(slug);
  link.dataset.room = String(room.id);
  const isSaidToMe = room.isDirect && room.unread > 0 && !muted && !isShown;
  const { unread: unreadThreads, mentions: inThreads } = room.summary.threads;
  const mentions = (isShown || isSaidToMe ? 0 : room.mentions) + inThreads;
  const isMentioned = mentions > 0 || isSaidToMe;
  const hasUnread = (room.unread > 0 && !isShown) || unreadThreads > 0;
  const classes = { current: isCurrent, unread: hasUnread && !muted, mentioned: isMentioned, archived, muted };
  for (const [name, isOn] of Object.entries(classes)) link.classList.toggle(name, isOn);
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  const unread = badge({ mentions, unread: muted || isShown ? 0 : room.unread }, isSaidToMe);
  const label = h("span", { class: "name", ...written(name), title: name }, name);
  link.replaceChildren(sign(room), label, ...(hasDraft ? [draftMark()] : []), ...(muted ? [muteMark()] : []), ...unread, ...(last ? [excerpt(last)] : []));
}

/**
 * The symbol before a room's name.
 * @param {Pick<Room, "summary">} room
 */
export function sign({ summary }) {
  const { archived, emoji, kind, people } = summary;
  if (kind === "direct") return facesOf(people);
  if (archived) return h("i", { class: "symbol", role: "img", "aria-label": gettext("archived") }, icon("archive"));
  if (kind === "private") return h("i", { class: "symbol", role: "img", "aria-label": gettext("private") }, emoji ? lockedEmoji(emoji) : icon("lock"));
  return h("i", { class: emoji ? "symbol emoji" : "symbol", "aria-hidden": "true" }, emoji || "#");
}

/**
 * Who is in a conversation: one person, or how many.
 * @param {import("../net/protocol.js").User[]} people
 */
function facesOf(people) {
  const [person] = people;
  if (people.length > 1) return h("i", { class: "avatar small tiny group", "aria-hidden": "true" }, String(people.length));
  return face(person, { tiny: true });
}

/**
 * The emoji of a private room, with a small lock at its corner.
 * @param {string} emoji
 */
function lockedEmoji(emoji) {
  return h("span", { class: "locked" }, h("span", { class: "emoji" }, emoji), icon("lock"));
}

function draftMark() {
  return h("span", { class: "end" }, icon("edit"), gettext("Draft"));
}

function muteMark() {
  return h("span", { class: "end", role: "img", "aria-label": gettext("muted") }, icon("mute"));
}

/** @param {string} line */
function excerpt(line) {
  return h("small", { class: "excerpt", ...written(line) }, line);
}

/**
 * How many mentions of the reader are unread, otherwise how many messages.
 * @param {{unread: number, mentions: number}} room
 * @param {boolean} isHot whether all messages are said to the reader
 */
function badge({ unread, mentions }, isHot) {
  if (mentions) return mentionBadge(mentions);
  if (!unread) return [];
  const text = unread > MOST_COUNTED ? interpolate(gettext("%(count)s+"), { count: MOST_COUNTED }) : String(unread);
  const spoken = interpolate(ngettext("%(count)s unread message", "%(count)s unread messages", unread), { count: unread });
  return [h("b", { class: isHot ? "badge number hot" : "badge number", "aria-hidden": "true" }, text), h("span", { class: "visually-hidden" }, spoken)];
}

/** @param {number} count of mentions, not 0 */
export function mentionBadge(count) {
  return [h("b", { class: "badge number hot", "aria-hidden": "true" }, mentionCount(count)), h("span", { class: "visually-hidden" }, spokenMentions(count))];
}

/** @param {number} count of unread threads, not 0 */
export function threadBadge(count) {
  const spoken = interpolate(ngettext("%(count)s unread thread", "%(count)s unread threads", count), { count });
  return [h("b", { class: "badge number", "aria-hidden": "true" }, String(count)), h("span", { class: "visually-hidden" }, spoken)];
}

/** @param {number} count of mentions in one room, or in several */
export function mentionCount(count) {
  return count >= MOST_MENTIONS ? interpolate(gettext("%(count)s+"), { count: MOST_MENTIONS }) : String(count);
}

/** @param {number} count of mentions */
export function spokenMentions(count) {
  return interpolate(ngettext("%(count)s mention", "%(count)s mentions", count), { count: mentionCount(count) });
}
