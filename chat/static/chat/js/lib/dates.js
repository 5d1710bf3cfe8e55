/** Times in the page's language and the reader's time zone. */
import { gettext } from "./i18n.js";

const DAY_MS = 86_400_000;
/** The time zones of today change their day at a multiple of this. */
const QUARTER_MS = 900_000;

/**
 * The reader's own variant of the page's language (a British reader of an English page has the 24-hour clock), or that language.
 * @param {string} pageLanguage
 * @param {readonly string[]} readerLanguages by preference
 */
export function localeFor(pageLanguage, readerLanguages) {
  const language = pageLanguage.split("-")[0].toLowerCase();
  return readerLanguages.find((tag) => tag.split("-")[0].toLowerCase() === language) ?? pageLanguage;
}

/**
 * The zone that a person chose, if this browser knows it; undefined for the browser's own.
 * @param {string} chosen IANA name or ""
 */
export function zoneFor(chosen) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: chosen }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

export class Dates {
  #day;
  #time;
  #thisYear;
  #otherYear;
  #full;
  /** Formatting is slow, and a timeline repeats it. By quarter of an hour. @type {Map<number, string>} */
  #days = new Map();

  /**
   * @param {string} locale
   * @param {string} [timeZone] IANA name; the browser's own without one
   */
  constructor(locale, timeZone) {
    this.locale = locale;
    this.timeZone = timeZone;
    /** @param {Intl.DateTimeFormatOptions} options */
    const format = (options, tag = locale) => new Intl.DateTimeFormat(tag, { timeZone, ...options });
    this.#day = format({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
    // 02:40 above 18:03, but 2:40 PM
    const is24Hour = format({ hour: "numeric" }).resolvedOptions().hourCycle === "h23";
    this.#time = format({ hour: is24Hour ? "2-digit" : "numeric", minute: "2-digit" });
    this.#thisYear = format({ weekday: "long", day: "numeric", month: "long" });
    this.#otherYear = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
    this.#full = format({ dateStyle: "full", timeStyle: "short" });
  }

  /**
   * The reader's calendar day, as YYYY-MM-DD.
   * @param {string} iso
   */
  day(iso) {
    const quarter = Math.floor(Date.parse(iso) / QUARTER_MS);
    const known = this.#days.get(quarter);
    if (known) return known;
    const day = this.#day.format(new Date(iso));
    this.#days.set(quarter, day);
    return day;
  }

  /** @param {string} iso */
  time(iso) {
    return this.#time.format(new Date(iso));
  }

  /**
   * The time without AM and PM, for a narrow column.
   * @param {string} iso
   */
  shortTime(iso) {
    const parts = this.#time.formatToParts(new Date(iso));
    return parts.filter(({ type }) => type === "hour" || type === "minute").map(({ value }) => value).join(":");
  }

  /** @param {string} iso */
  full(iso) {
    return this.#full.format(new Date(iso));
  }

  /**
   * @param {string} iso any time on that day
   * @param {number} now ms
   */
  dayLabel(iso, now) {
    const day = this.day(iso);
    const today = new Date(now).toISOString();
    if (day === this.day(today)) return gettext("Today");
    if (day === this.day(new Date(now - DAY_MS).toISOString())) return gettext("Yesterday");
    const sameYear = day.slice(0, 4) === this.day(today).slice(0, 4);
    return (sameYear ? this.#thisYear : this.#otherYear).format(new Date(iso));
  }
}
