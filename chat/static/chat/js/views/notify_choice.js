/** What I am notified of in a room: a row that opens the choice below itself, and a switch that mutes the room. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { defaultLevel, NOTIFY, ownLevel } from "../state/items.js";
import { toggle } from "./switch.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("../state/items.js").Level} Level */

/** @type {Record<Level, string>} */
const LEVELS = { all: gettext("Every message"), mentions: gettext("Mentions"), none: gettext("Nothing") };
/** The value of the radio button for rooms without a level. */
const DEFAULT = "default";

export class NotifyChoice {
  #now = h("small", {});
  #opener = button({ class: "set", "aria-expanded": "false" }, () => this.#toggle(), icon("bell"), h("span", {}, gettext("Notify me of"), this.#now), icon("chevron"));
  #choices = h("div", { class: "choices-in-place", role: "radiogroup", "aria-label": gettext("Notify me of"), hidden: true });
  #default = h("span", {});
  element = h("div", {}, this.#opener, this.#choices);
  mute = toggle("mute", gettext("Mute"), () => this.#toggleMute());
  /** The room's own level before it was muted. @type {Level | null} */
  #before = null;
  /** @type {Room | null} */
  #room = null;
  /** @type {Map<string, HTMLInputElement>} */
  #radios = new Map();

  /** @param {import("../state/items.js").Items} items */
  constructor(items) {
    this.items = items;
    this.#add(DEFAULT, this.#default, () => this.#set(null));
    for (const level of /** @type {Level[]} */ (Object.keys(LEVELS))) this.#add(level, h("span", {}, LEVELS[level]), () => this.#set(level));
    const page = document.getElementById("notifications-link");
    if (page instanceof HTMLAnchorElement) this.#choices.append(h("a", { class: "check", href: page.href }, gettext("Change my default")));
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room !== room) {
      this.#before = null;
      this.#show(false);
    }
    this.#room = room;
    const own = ownLevel(this.items, room);
    const standard = interpolate(gettext("My default (%(level)s)"), { level: LEVELS[defaultLevel(this.items)] });
    if (own !== "none") this.#before = own;
    this.#default.textContent = standard;
    this.#now.textContent = own === null ? standard : LEVELS[own];
    this.mute.setAttribute("aria-checked", String((own ?? defaultLevel(this.items)) === "none"));
    const radio = this.#radios.get(own ?? DEFAULT);
    if (radio) radio.checked = true;
  }

  /**
   * @param {string} value
   * @param {HTMLElement} label
   * @param {() => void} chosen
   */
  #add(value, label, chosen) {
    const radio = h("input", { type: "radio", name: "notify-level", value });
    radio.addEventListener("change", chosen);
    this.#radios.set(value, radio);
    this.#choices.append(h("label", { class: "check" }, radio, label));
  }

  /** Where nothing is the default, a room that is not muted needs a level of its own. */
  #toggleMute() {
    const isMuted = this.mute.getAttribute("aria-checked") === "true";
    const isDefault = this.#before === null && defaultLevel(this.items) === "none";
    if (isMuted) this.#set(isDefault ? "all" : this.#before);
    else this.#set("none");
  }

  /** @param {Level | null} level */
  #set(level) {
    if (this.#room) void this.items.set(NOTIFY, this.#room.id, level);
  }

  #toggle() {
    this.#show(this.#choices.hidden === true);
    if (!this.#choices.hidden && this.#room) this.#radios.get(ownLevel(this.items, this.#room) ?? DEFAULT)?.focus();
  }

  /** @param {boolean} isShown */
  #show(isShown) {
    this.#choices.hidden = !isShown;
    this.#opener.setAttribute("aria-expanded", String(isShown));
  }
}
