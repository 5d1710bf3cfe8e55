/**
 * The page of the settings of notifications. Every choice is stored at once, and follows what is chosen on other devices; whether this
 * device shows notifications is up to the device.
 */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { defaultLevel, NOTIFY_DEFAULT, SETTING } from "../state/items.js";
import { playSound } from "./notice_sound.js";
import { toggle } from "./switch.js";

/** @typedef {import("../state/items.js").Level} Level */
/** @typedef {import("./desktop_notices.js").State} State */

/** @type {[Level, string][]} */
const LEVELS = [
  ["all", gettext("Every message")],
  ["mentions", gettext("Mentions and direct messages")],
  ["none", gettext("Nothing")],
];
/** @type {Record<State, string>} */
const STATES = {
  off: gettext("This device does not show notifications."),
  on: gettext("This device shows notifications while this site is open in a tab."),
  blocked: gettext("This browser blocks the notifications of this site. Allow them in the settings of the site, next to the address, and reload this page."),
  unsupported: gettext("This browser can’t show notifications of a page."),
  insecure: gettext("Browsers show notifications only for sites with an https address."),
};
const DAY_MS = 86_400_000;
/** A Monday. */
const MONDAY_MS = Date.UTC(2024, 0, 1);
const NIGHT = { from: 22 * 60, to: 8 * 60 };

export class NotifySettings {
  #state = h("p", { role: "status" });
  #enable = button({ class: "button" }, () => void this.#setDesktop(true), gettext("Notify me"));
  #disable = button({ class: "button quiet" }, () => void this.#setDesktop(false), gettext("Turn off"));
  #desktop = h("div", { class: "actions" }, this.#enable, this.#disable);
  /** @type {Map<Level, HTMLInputElement>} */
  #levels = new Map();
  #sound = toggle("bell", gettext("Play a sound"), () => void this.preferences.setSound(!this.preferences.sound));
  #pause = h("p", { role: "status" });
  #hour = button({ class: "button quiet" }, () => this.#paused(this.preferences.pauseForAnHour()), gettext("Pause for an hour"));
  #tomorrow = button({ class: "button quiet" }, () => this.#paused(this.preferences.pauseUntilTomorrow()), gettext("Pause until tomorrow"));
  #resume = button({ class: "button quiet" }, () => this.#paused(this.preferences.resume()), gettext("Resume"));
  #quiet = toggle("moon", gettext("Quiet hours"), () => void this.preferences.setQuietHours(this.preferences.quietHours ? null : NIGHT));
  #from = timeField("quiet-from");
  #to = timeField("quiet-to");
  /** From Monday to Sunday. @type {HTMLInputElement[]} */
  #days = [];
  #hours = h("div", { class: "form" });
  #wrong = h("p", { class: "wrong", role: "alert" });
  #stop;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} place
   * @param {object} how
   * @param {import("../state/items.js").Items} how.items
   * @param {import("../state/notify_preferences.js").NotifyPreferences} how.preferences
   * @param {import("./desktop_notices.js").DesktopNotices} how.desktop
   * @param {import("../lib/dates.js").Dates} how.dates
   */
  constructor(place, { items, preferences, desktop, dates }) {
    this.place = place;
    this.items = items;
    this.preferences = preferences;
    this.desktop = desktop;
    this.dates = dates;
    place.replaceChildren(this.#device(), this.#default(), this.#soundSection(), this.#times());
    const stops = [items.on("change", (kind) => kind === SETTING && this.#changed()), items.on("refused", ({ kind, error }) => kind === SETTING && this.#refused(error.message))];
    this.#stop = () => stops.forEach((stop) => stop());
    this.#draw();
  }

  #device() {
    return section(gettext("On this device"), this.#state, this.#desktop);
  }

  #default() {
    const group = h("fieldset", { class: "field choices" }, h("legend", {}, gettext("Notify me of")));
    for (const [level, text] of LEVELS) {
      const radio = h("input", { type: "radio", name: "notify-default", value: level });
      radio.addEventListener("change", () => void this.items.set(SETTING, NOTIFY_DEFAULT, level));
      this.#levels.set(level, radio);
      group.append(h("label", { class: "check" }, radio, h("span", {}, text)));
    }
    const help = gettext("A room can have a level of its own: choose it in the details of the room. A muted room shows only that you were mentioned.");
    return section(gettext("In all rooms"), group, h("p", { class: "help" }, help));
  }

  #soundSection() {
    const listen = button({ class: "button quiet" }, () => playSound({ always: true }), gettext("Listen to it"));
    return section(gettext("Sound"), this.#sound, h("div", { class: "actions" }, listen));
  }

  #times() {
    const names = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", timeZone: "UTC" });
    const days = h("fieldset", { class: "field" }, h("legend", {}, gettext("On these days")));
    const row = h("div", { class: "weekdays" });
    for (let day = 0; day < 7; day += 1) {
      const box = h("input", { type: "checkbox" });
      box.addEventListener("change", () => this.#setHours());
      this.#days.push(box);
      row.append(h("label", { class: "check" }, box, h("span", {}, names.format(MONDAY_MS + day * DAY_MS))));
    }
    days.append(row);
    for (const input of [this.#from, this.#to]) input.addEventListener("change", () => this.#setHours());
    const between = h("div", { class: "from-to" }, field(gettext("From"), this.#from), field(gettext("To"), this.#to));
    this.#hours.append(between, days);
    const help = gettext("During a pause and in quiet hours nothing pops up or sounds. Badges stay.");
    return section(
      gettext("Do not disturb"),
      this.#pause,
      h("div", { class: "actions" }, this.#hour, this.#tomorrow, this.#resume),
      this.#quiet,
      this.#hours,
      this.#wrong,
      h("p", { class: "help" }, help),
    );
  }

  /** @param {boolean} isOn */
  async #setDesktop(isOn) {
    if (isOn) await this.desktop.enable(gettext("Notifications are on"), gettext("New messages look like this."));
    else this.desktop.disable();
    this.#draw();
    const { state } = this.desktop;
    if (state === "on") this.#disable.focus();
    else if (state === "off") this.#enable.focus();
  }

  /**
   * The pressed button may be gone now.
   * @param {Promise<boolean>} stored
   */
  #paused(stored) {
    void stored;
    (this.preferences.pausedUntil ? this.#resume : this.#hour).focus();
  }

  /** Stores valid quiet hours, and otherwise says what is wrong. */
  #setHours() {
    const [from, to] = [this.#from, this.#to].map((input) => minutesOf(input.value));
    const days = this.#days.flatMap((box, index) => (box.checked ? [index + 1] : []));
    this.#wrong.textContent =
      from === null || to === null ? gettext("Enter both times.") : from === to ? gettext("The end must be another time than the beginning.") : days.length ? "" : gettext("Choose at least one day.");
    if (!this.#wrong.textContent && from !== null && to !== null) void this.preferences.setQuietHours(days.length === 7 ? { from, to } : { from, to, days });
  }

  #changed() {
    if (this.place.isConnected) this.#draw();
    else this.#stop();
  }

  /** @param {string} message */
  #refused(message) {
    this.#draw();
    this.#wrong.textContent = message;
  }

  #draw() {
    const { preferences } = this;
    const { state } = this.desktop;
    this.#state.textContent = STATES[state];
    this.#enable.hidden = state !== "off";
    this.#disable.hidden = state !== "on";
    this.#desktop.hidden = state !== "off" && state !== "on";
    const level = this.#levels.get(defaultLevel(this.items));
    if (level) level.checked = true;
    this.#sound.setAttribute("aria-checked", String(preferences.sound));
    this.#drawPause(preferences.pausedUntil);
    this.#drawHours(preferences.quietHours);
  }

  /** @param {number} until ms, or 0 */
  #drawPause(until) {
    const iso = new Date(until).toISOString();
    const values = { day: this.#dayOf(iso), time: this.dates.time(iso) };
    this.#pause.textContent = until ? interpolate(gettext("Paused until %(time)s · %(day)s"), values) : gettext("Notifications are not paused.");
    this.#hour.hidden = this.#tomorrow.hidden = until > 0;
    this.#resume.hidden = !until;
    clearTimeout(this.#timer);
    if (until) this.#timer = setTimeout(() => this.#changed(), Math.min(until - Date.now() + 1_000, DAY_MS));
  }

  /** @param {string} iso */
  #dayOf(iso) {
    const now = Date.now();
    const tomorrow = this.dates.day(new Date(now + DAY_MS).toISOString());
    return this.dates.day(iso) === tomorrow ? gettext("Tomorrow") : this.dates.dayLabel(iso, now);
  }

  /**
   * Fields that are wrong keep what was entered.
   * @param {import("../state/notify_preferences.js").QuietHours | null} hours
   */
  #drawHours(hours) {
    this.#quiet.setAttribute("aria-checked", String(hours !== null));
    this.#hours.hidden = !hours;
    if (!hours) this.#wrong.textContent = "";
    if (!hours || this.#wrong.textContent) return;
    this.#from.value = timeOf(hours.from);
    this.#to.value = timeOf(hours.to);
    this.#days.forEach((box, index) => (box.checked = !hours.days || hours.days.includes(index + 1)));
  }
}

/**
 * @param {string} title
 * @param {...Node} content
 */
function section(title, ...content) {
  return h("section", {}, h("h2", {}, title), ...content);
}

/** @param {string} id */
function timeField(id) {
  return h("input", { id, type: "time", required: true });
}

/**
 * @param {string} label
 * @param {HTMLElement} input
 */
function field(label, input) {
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input);
}

/** @param {string} time as a field has it; null if it has none */
function minutesOf(time) {
  const [hours, minutes] = time.split(":").map(Number);
  return time ? hours * 60 + minutes : null;
}

/** @param {number} minutes of the day */
function timeOf(minutes) {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
