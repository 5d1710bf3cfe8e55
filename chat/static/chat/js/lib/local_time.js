/** The present time where somebody is, and how far it is ahead of the reader's. */
import { Dates } from "./dates.js";
import { gettext, interpolate } from "./i18n.js";

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;

/**
 * "11:46 · 2 h ahead"; nothing for a zone that this browser does not know.
 * @param {string} zone
 * @param {Dates} dates the reader's own
 * @param {number} [now] ms
 */
export function localTime(zone, dates, now = Date.now()) {
  const iso = new Date(now).toISOString();
  try {
    const there = new Dates(dates.locale, zone);
    const minutes = offsetMinutes(zone, now) - offsetMinutes(dates.timeZone, now);
    if (minutes === 0) return there.time(iso);
    const hours = Math.abs(minutes) / HOUR_MINUTES;
    const sentence = minutes > 0 ? gettext("%(time)s · %(hours)s h ahead") : gettext("%(time)s · %(hours)s h behind");
    return interpolate(sentence, { time: there.time(iso), hours: Number(hours.toFixed(2)) });
  } catch {
    return "";
  }
}

/**
 * @param {string | undefined} timeZone
 * @param {number} now ms
 */
function offsetMinutes(timeZone, now) {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" });
  /** @type {Map<string, number>} */
  const part = new Map(format.formatToParts(now).map(({ type, value }) => [type, Number(value)]));
  const [year, month, day, hour, minute] = ["year", "month", "day", "hour", "minute"].map((name) => part.get(name) ?? 0);
  return Math.round((Date.UTC(year, month - 1, day, hour, minute) - Math.floor(now / MINUTE_MS) * MINUTE_MS) / MINUTE_MS);
}
