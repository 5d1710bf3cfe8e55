/** The header of the room, the list of its people, and the notice that replaces the messages of a lost room. */
import { byId, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { FAVOURITE, isFavourite } from "../state/favourites.js";
import { peopleText } from "./people.js";
import { sign } from "./sidebar.js";

/** @typedef {import("../state/room.js").Room} Room */

export class RoomHeader {
  #name = byId("room-name", HTMLElement);
  #about = byId("room-about", HTMLElement);
  #number = byId("people-number", HTMLElement);
  #pins = byId("pins-number", HTMLElement);
  #star = byId("favourite", HTMLElement);
  #tools = byId("tools", HTMLElement);
  #drawn = "";

  /**
   * @param {import("../state/items.js").Items} items
   * @param {() => Room | null} room that is shown
   */
  constructor(items, room) {
    this.items = items;
    this.#star.addEventListener("click", () => this.#toggleFavourite(room()));
  }

  /** @param {Room} room */
  draw({ id, summary, members }) {
    const { name, topic, kind, emoji, archived, pins, people } = summary;
    this.#star.setAttribute("aria-pressed", String(isFavourite(this.items, id)));
    const look = [name, topic, kind, emoji, archived, members.size, pins, people.map(({ avatar, username }) => `${username} ${avatar}`)].join("\n");
    if (look === this.#drawn) return;
    this.#drawn = look;
    this.#name.replaceChildren(sign({ summary }), h("span", { class: "name", ...written(summary.name), title: summary.name }, summary.name));
    const about = summary.topic || (people.length === 1 ? `@${people[0].username}` : members.size ? peopleText(members.size) : "");
    this.#about.replaceChildren(h("span", { ...written(about), title: about }, about));
    this.#tools.ariaBusy = "false";
    this.#number.textContent = members.size ? String(members.size) : "";
    this.#pins.textContent = pins ? String(pins) : "";
  }

  /** @param {Room | null} room */
  #toggleFavourite(room) {
    if (room) void this.items.set(FAVOURITE, room.id, isFavourite(this.items, room.id) ? null : true);
  }
}

/** Covers the messages of a room to which the reader has lost access. */
export class GoneNotice {
  #panel = byId("gone", HTMLElement);

  /**
   * @param {HTMLElement} main
   * @param {string} roomsAddress
   */
  constructor(main, roomsAddress) {
    this.main = main;
    this.roomsAddress = roomsAddress;
  }

  get isShown() {
    return !this.#panel.hidden;
  }

  hide() {
    this.#panel.hidden = true;
    this.main.classList.remove("is-gone");
  }

  /**
   * @param {string} name of the room
   * @param {"left" | "removed" | "deleted"} reason
   */
  show(name, reason) {
    const sentences = {
      left: gettext("You have left this room."),
      removed: gettext("You are no longer in this room."),
      deleted: gettext("This room was deleted."),
    };
    this.main.classList.add("is-gone");
    this.#panel.hidden = false;
    this.#panel.replaceChildren(
      h("h1", written(name), name),
      h("p", {}, sentences[reason]),
      h("p", {}, h("a", { class: "button", href: this.roomsAddress }, gettext("Browse all rooms"))),
    );
  }
}
