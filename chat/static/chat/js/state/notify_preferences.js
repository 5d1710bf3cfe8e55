/** What the person set about notifications, for all their devices: quiet hours, a pause, the sound. Their local time is that of the pages. */
import { systemClock } from "../lib/clock.js";
import { isQuietAt } from "../lib/notify_decision.js";
import { SETTING } from "./items.js";

/** @typedef {import("../lib/notify_decision.js").QuietHours} QuietHours */

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** A pause until tomorrow ends at this minute of the day. */
const MORNING = 9 * 60;

export class NotifyPreferences {
  #local;

  /**
   * @param {import("./items.js").Items} items
   * @param {string} [timeZone] the browser's own without one
   * @param {import("../lib/clock.js").Clock} [clock]
   */
  constructor(items, timeZone, clock = systemClock) {
    this.items = items;
    this.clock = clock;
    this.#local = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "numeric", minute: "numeric", hourCycle: "h23" });
  }

  get sound() {
    return this.items.value(SETTING, "sound") === true;
  }

  /** @returns {QuietHours | null} */
  get quietHours() {
    return this.items.value(SETTING, "quiet_hours") ?? null;
  }

  /** When the pause ends, in ms; 0 without one. */
  get pausedUntil() {
    const until = Date.parse(this.items.value(SETTING, "paused_until") ?? "");
    return until > this.clock.now() ? until : 0;
  }

  /** Whether nothing may interrupt the person now. */
  get isQuiet() {
    const { quietHours } = this;
    return this.pausedUntil > 0 || (quietHours !== null && isQuietAt(quietHours, this.#localTime()));
  }

  /** @param {boolean} isOn */
  setSound(isOn) {
    return this.items.set(SETTING, "sound", isOn ? true : null);
  }

  /** @param {QuietHours | null} hours */
  setQuietHours(hours) {
    return this.items.set(SETTING, "quiet_hours", hours);
  }

  pauseForAnHour() {
    return this.#pauseUntil(this.clock.now() + HOUR_MS);
  }

  /** Until tomorrow morning. */
  pauseUntilTomorrow() {
    const now = this.clock.now();
    const minutes = DAY_MINUTES - this.#localTime().minute + MORNING;
    return this.#pauseUntil(Math.floor(now / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS);
  }

  resume() {
    return this.items.set(SETTING, "paused_until", null);
  }

  /** @param {number} until ms */
  #pauseUntil(until) {
    return this.items.set(SETTING, "paused_until", new Date(until).toISOString());
  }

  #localTime() {
    const parts = new Map(this.#local.formatToParts(this.clock.now()).map(({ type, value }) => [type, value]));
    const weekday = WEEKDAYS.indexOf(parts.get("weekday") ?? "") + 1;
    return { weekday, minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
  }
}
