/** The header of the room, the list of its people, and the notice that replaces the messages of a lost room. */
import { byId, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { FAVOURITE, isFavourite } from "../state/favourites.js";
import { drawPeople, peopleText } from "./people.js";
import { sign } from "./sidebar.js";

/** @typedef {import("../state/room.js").Room} Room */

export class RoomHeader {
  #name = byId("room-name", HTMLElement);
  #about = byId("room-about", HTMLElement);
  #settings = byId("settings", HTMLAnchorElement);
  #star = byId("favourite", HTMLElement);

  /**
   * @param {import("../state/items.js").Items} items
   * @param {() => Room | null} room that is shown
   */
  constructor(items, room) {
    this.items = items;
    this.#star.addEventListener("click", () => this.#toggleFavourite(room()));
  }

  /**
   * @param {Room} room
   * @param {string} settingsAddress
   */
  draw({ id, summary, members }, settingsAddress) {
    this.#name.replaceChildren(sign({ summary }), h("span", { class: "name", ...written(summary.name), title: summary.name }, summary.name));
    const people = members.size ? peopleText(members.size) : "";
    const topic = summary.topic && h("span", { ...written(summary.topic), title: summary.topic }, summary.topic);
    this.#about.replaceChildren(...[topic, topic && people && " · ", people].filter(Boolean));
    this.#settings.href = settingsAddress;
    this.#star.setAttribute("aria-pressed", String(isFavourite(this.items, id)));
  }

  /** @param {Room | null} room */
  #toggleFavourite(room) {
    if (room) void this.items.set(FAVOURITE, room.id, isFavourite(this.items, room.id) ? null : true);
  }
}

export class PeopleDialog {
  #count = byId("people-count", HTMLElement);
  #list = byId("people-list", HTMLElement);

  constructor() {
    const dialog = byId("people", HTMLDialogElement);
    byId("people-open", HTMLElement).addEventListener("click", () => dialog.showModal());
    byId("people-close", HTMLElement).addEventListener("click", () => dialog.close());
  }

  /** @param {Room} room */
  draw({ members }) {
    this.#count.textContent = peopleText(members.size);
    drawPeople(this.#list, members.values());
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
