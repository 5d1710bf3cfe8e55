/** What the page's title and icon say of unread messages: the number of those that are said to the person, or else a dot. */
import { decide } from "../lib/notify_decision.js";
import { levelOf } from "../state/items.js";
import { mentionsIn } from "../state/notifier.js";

const MOST_COUNTED = 99;

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {{count: number, hasDot: boolean}} Unread */

/**
 * What arrives in a room that the person looks at is read at once, unless they are at an older message or marked the room as unread.
 * @param {Iterable<Room>} rooms
 * @param {Pick<import("../state/items.js").Items, "value">} items
 * @param {(room: number) => boolean} isViewed
 * @returns {Unread}
 */
export function unreadIn(rooms, items, isViewed) {
  let count = 0;
  let hasDot = false;
  for (const room of rooms) {
    if (!room.unread) continue;
    const facts = { level: levelOf(items, room), direct: room.summary.kind === "direct", viewed: isViewed(room.id) && !room.unreadMark && !room.detached };
    const ofMessages = decide(facts);
    if (ofMessages.has("count")) count += room.unread;
    else if (decide({ ...facts, mention: "me" }).has("count")) count += mentionsIn(items, room).length;
    hasDot ||= ofMessages.has("dot") && room.unread > 0;
  }
  return { count, hasDot };
}

/** @param {Unread} unread */
export function badgeText({ count, hasDot }) {
  if (count) return `(${shortened(count)})`;
  return hasDot ? "•" : "";
}

/** @param {number} count */
function shortened(count) {
  return count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count);
}

const SIZE = 32;
/** Colours of the tokens; an icon is a document of its own. */
const PERSIMMON = "#ab4216";
const GOLD = "#d8b45c";
const INK = "#1d2327";
const PAPER = "#fbf9f4";

/** The page's icon, with the badge in its corner. */
export class FaviconBadge {
  #link = document.querySelector("link[rel=icon]");
  /** The icon without a badge. */
  #plain = "";
  /** The icon and the badge that should be shown, and the address that shows them or is shown until they are made. */
  #wanted = "";
  #shown = "";

  /** @param {Unread} unread */
  draw({ count, hasDot }) {
    const link = this.#link;
    if (!(link instanceof HTMLLinkElement)) return;
    if (!link.href.startsWith("data:")) this.#plain = link.href;
    const text = count > 9 ? "9+" : count ? String(count) : "";
    const isPlain = !count && !hasDot;
    const wanted = isPlain ? this.#plain : `${this.#plain} ${text}`;
    if (wanted === this.#wanted && link.href === this.#shown) return;
    this.#wanted = wanted;
    if (isPlain) link.href = this.#plain;
    else void this.#decorate(link, text, wanted);
    this.#shown = link.href;
  }

  /**
   * @param {HTMLLinkElement} link
   * @param {string} text
   * @param {string} wanted for which it is made
   */
  async #decorate(link, text, wanted) {
    const image = await load(this.#plain).catch(() => null);
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    if (!image || !context || wanted !== this.#wanted) return;
    canvas.width = canvas.height = SIZE;
    context.drawImage(image, 0, 0, SIZE, SIZE);
    paint(context, text);
    link.href = this.#shown = canvas.toDataURL();
  }
}

/** @param {string} address */
async function load(address) {
  const image = new Image(SIZE, SIZE);
  image.src = address;
  await image.decode();
  return image;
}

/**
 * A ring separates the badge from the icon.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 */
function paint(context, text) {
  const radius = text ? 10 : 7;
  const [x, y] = [SIZE - radius, text ? SIZE - radius : radius];
  disc(context, x, y, radius, text ? PAPER : INK);
  disc(context, x, y, radius - 2, text ? PERSIMMON : GOLD);
  context.fillStyle = PAPER;
  context.font = `bold ${text.length > 1 ? 11 : 14}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 1);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 */
function disc(context, x, y, radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}
