/** What the room is about, what I want of it, and its settings. */
import { roomAddress } from "../lib/addresses.js";
import { copy } from "../lib/plain_http.js";
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { FAVOURITE, isFavourite } from "../state/favourites.js";
import { isMuted } from "./sidebar.js";

/** @typedef {import("../state/room.js").Room} Room */

/** @typedef {import("./side_panel.js").PanelView} PanelView */

/** @implements {PanelView} */
export class DetailsPanel {
  opener = byId("details-open", HTMLElement);
  title = gettext("Room details");
  #topic = h("p", { class: "set" });
  #favourite = toggle("star", gettext("Favourite"), () => this.#set(FAVOURITE, (room) => (isFavourite(this.items, room.id) ? null : true)));
  #mute = toggle("mute", gettext("Mute"), () => this.#set("notify", (room) => (isMuted(this.items, room) ? "all" : "none")));
  #settings = h("a", { class: "set" }, icon("edit"), h("span", {}, gettext("Room settings")));
  #copied = h("small", { role: "status" });
  body = h(
    "div",
    {},
    this.#topic,
    h("h3", {}, gettext("For me")),
    this.#favourite,
    this.#mute,
    h("h3", {}, gettext("For everyone")),
    this.#settings,
    button({ class: "set" }, () => void this.#copyLink(), icon("link"), h("span", {}, gettext("Copy the link to this room"), this.#copied)),
  );
  /** @type {Room | null} */
  #room = null;

  /**
   * @param {object} how
   * @param {import("../state/items.js").Items} how.items
   * @param {Record<string, string>} how.urls
   */
  constructor({ items, urls }) {
    this.items = items;
    this.urls = urls;
  }

  /** @param {Room} room */
  about({ summary }) {
    return summary.name;
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room !== room) this.#copied.textContent = "";
    this.#room = room;
    const { topic, slug } = room.summary;
    this.#topic.replaceChildren(h("span", written(topic), topic || gettext("No topic.")));
    this.#favourite.setAttribute("aria-checked", String(isFavourite(this.items, room.id)));
    this.#mute.setAttribute("aria-checked", String(isMuted(this.items, room)));
    this.#settings.href = roomAddress(this.urls.room_settings, slug);
  }

  /**
   * @param {string} kind of item
   * @param {(room: Room) => unknown} value
   */
  #set(kind, value) {
    if (this.#room) void this.items.set(kind, this.#room.id, value(this.#room));
  }

  async #copyLink() {
    if (!this.#room) return;
    const address = new URL(roomAddress(this.urls.room, this.#room.summary.slug), location.href);
    const done = await copy(address.href);
    this.#copied.textContent = done ? gettext("Copied") : gettext("Your browser does not allow this page to copy.");
  }
}

/**
 * @param {string} name of an icon
 * @param {string} text
 * @param {() => void} pressed
 */
function toggle(name, text, pressed) {
  return button({ class: "set", role: "switch", "aria-checked": "false" }, pressed, icon(name), h("span", {}, text), h("i", { class: "switch" }));
}
