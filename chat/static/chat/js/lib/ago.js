/** How long ago something was, in words, as the pages of the server say it. */
import { gettext } from "./i18n.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The longest first. @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["week", 7 * DAY_MS],
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
];

/**
 * “4 minutes ago”; “just now” for less than a minute, or if the clocks of the server and of this browser differ.
 * @param {string} at ISO 8601
 * @param {number} now ms
 * @param {string} locale
 */
export function ago(at, now, locale) {
  const past = now - Date.parse(at);
  const unit = UNITS.find(([, ms]) => past >= ms);
  if (!unit) return gettext("just now");
  return new Intl.RelativeTimeFormat(locale).format(-Math.floor(past / unit[1]), unit[0]);
}
