/** When a status ends by itself. Days and weeks are those of the person's time zone; a week ends on Sunday. */

/** @typedef {"half" | "hour" | "hours" | "today" | "week" | "never"} StatusEnd */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MINUTES = 1_440;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/**
 * @param {StatusEnd} end
 * @param {number} now ms
 * @param {string} [timeZone] the browser's own without one
 * @returns {string | null} ISO 8601; null if it does not end
 */
export function endOf(end, now, timeZone) {
  if (end === "never") return null;
  if (end === "half") return iso(now + 30 * MINUTE_MS);
  if (end === "hour") return iso(now + HOUR_MS);
  if (end === "hours") return iso(now + 4 * HOUR_MS);
  const { weekday, minute } = localTime(now, timeZone);
  const days = end === "week" ? WEEKDAYS.length - 1 - weekday : 0;
  const minutes = days * DAY_MINUTES + DAY_MINUTES - minute;
  return iso(Math.floor(now / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS);
}

/**
 * @param {number} now ms
 * @param {string | undefined} timeZone
 */
function localTime(now, timeZone) {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "numeric", minute: "numeric", hourCycle: "h23" });
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return { weekday: WEEKDAYS.indexOf(parts.get("weekday") ?? ""), minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
}

/** @param {number} ms */
function iso(ms) {
  return new Date(ms).toISOString();
}
