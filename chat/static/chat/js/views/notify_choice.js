/** What I am notified of in a room: a row that opens the choice below itself, and a switch that mutes the room. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { toggle } from "./switch.js";

/** @typedef {import("../state/room.js").Room} Room */

const NOTIFY = "notify";

/** @type {Record<string, string>} */
const LEVELS = { all: gettext("Every message"), mentions: gettext("Mentions"), none: gettext("Nothing") };

export class NotifyChoice {
  #now = h("small", {});
  #opener = button({ class: "set", "aria-expanded": "false" }, () => this.#toggle(), icon("bell"), h("span", {}, gettext("Notify me of"), this.#now), icon("chevron"));
  #choices = h("div", { class: "choices-in-place", role: "radiogroup", "aria-label": gettext("Notify me of"), hidden: true });
  element = h("div", {}, this.#opener, this.#choices);
  mute = toggle("mute", gettext("Mute"), () => this.#room && this.#set(this.#level(this.#room) === "none" ? this.#before : "none"));
  /** The level before the room was muted. */
  #before = "all";
  /** @type {Room | null} */
  #room = null;
  /** @type {Map<string, HTMLInputElement>} */
  #radios = new Map();

  /** @param {import("../state/items.js").Items} items */
  constructor(items) {
    this.items = items;
    for (const [level, text] of Object.entries(LEVELS)) {
      const radio = h("input", { type: "radio", name: "notify-level", value: level });
      radio.addEventListener("change", () => this.#set(level));
      this.#radios.set(level, radio);
      this.#choices.append(h("label", { class: "check" }, radio, h("span", {}, text)));
    }
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room !== room) {
      this.#before = "all";
      this.#show(false);
    }
    this.#room = room;
    const level = this.#level(room);
    if (level !== "none") this.#before = level;
    this.#now.textContent = LEVELS[level];
    this.mute.setAttribute("aria-checked", String(level === "none"));
    const radio = this.#radios.get(level);
    if (radio) radio.checked = true;
  }

  /** @param {Room} room */
  #level(room) {
    const level = this.items.value(NOTIFY, room.id);
    const known = level === undefined ? room.summary.notify : level;
    return known in LEVELS ? known : "all";
  }

  /** @param {string} level */
  #set(level) {
    if (this.#room) void this.items.set(NOTIFY, this.#room.id, level);
  }

  #toggle() {
    this.#show(this.#choices.hidden === true);
    if (!this.#choices.hidden && this.#room) this.#radios.get(this.#level(this.#room))?.focus();
  }

  /** @param {boolean} isShown */
  #show(isShown) {
    this.#choices.hidden = !isShown;
    this.#opener.setAttribute("aria-expanded", String(isShown));
  }
}
