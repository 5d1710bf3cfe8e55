/** Times in fields for a date and a time, `datetime-local`, in a person's time zone instead of the browser's. */

/**
 * @param {number} ms
 * @param {string} [timeZone] IANA name; the browser's own without one
 * @returns {string} such as 2026-12-01T09:30
 */
export function localTimeOf(ms, timeZone) {
  return new Date(wallClock(ms, timeZone)).toISOString().slice(0, 16);
}

/**
 * The time that a clock in the zone shows like this. Of a time that comes twice when clocks are set back, one of the two; of one that they
 * skip, as much later as they skip, or earlier.
 * @param {string} local such as 2026-12-01T09:30
 * @param {string} [timeZone] IANA name; the browser's own without one
 * @returns {number} ms, NaN if it is no time
 */
export function timeOfLocal(local, timeZone) {
  const shown = Date.parse(`${local}Z`);
  if (Number.isNaN(shown)) return NaN;
  const offset = /** @param {number} ms */ (ms) => wallClock(ms, timeZone) - ms;
  return shown - offset(shown - offset(shown));
}

/**
 * What a clock in the zone shows, to the minute, as if it were UTC.
 * @param {number} ms
 * @param {string | undefined} timeZone
 */
function wallClock(ms, timeZone) {
  const numbers = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" };
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", .../** @type {Intl.DateTimeFormatOptions} */ (numbers) });
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = /** @param {Intl.DateTimeFormatPartTypes} type */ (type) => parts.get(type) ?? 0;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
}
