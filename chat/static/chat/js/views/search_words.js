/** How operators of a search, their values and days are called in the reader's language. */
import { gettext } from "../lib/i18n.js";
import { DATES } from "../lib/query.js";

const DAY_MS = 86_400_000;

/** @typedef {import("../lib/query.js").Operator} Operator */
/** What can follow an operator: as it is typed, as it is shown, and other names that find it. @typedef {{value: string, name: string, also: string}} Choice */

/** @param {string} kind */
export function operatorName(kind) {
  /** @type {Record<string, string>} */
  const names = {
    from: gettext("from:"),
    in: gettext("in:"),
    with: gettext("with:"),
    before: gettext("before:"),
    after: gettext("after:"),
    on: gettext("on:"),
    has: gettext("has:"),
    is: gettext("is:"),
  };
  return names[kind] ?? kind;
}

/**
 * The operators with what they are for, in the order of the list.
 * @returns {{kind: Operator, about: string}[]}
 */
export function explainedOperators() {
  return [
    { kind: "from", about: gettext("someone’s messages") },
    { kind: "in", about: gettext("one room or direct message") },
    { kind: "with", about: gettext("conversations with someone, and threads in which they wrote") },
    { kind: "before", about: gettext("sent earlier than a day, such as 2026-11-15 or “last week”") },
    { kind: "after", about: gettext("sent on a day or later") },
    { kind: "on", about: gettext("sent on a day, or in a week or month") },
    { kind: "has", about: gettext("file, image, link, code, reaction, pin") },
    { kind: "is", about: gettext("unread, in a thread, a mention of you") },
  ];
}

/**
 * What can follow these operators, but people and rooms.
 * @param {string} kind
 * @returns {Choice[]}
 */
export function choices(kind) {
  if (DATES.includes(kind)) return days();
  if (kind === "has") {
    return [
      { value: "file", name: gettext("file"), also: "file 파일" },
      { value: "image", name: gettext("image"), also: "image picture photo 사진 그림" },
      { value: "link", name: gettext("link"), also: "link 링크" },
      { value: "code", name: gettext("code"), also: "code 코드" },
      { value: "reaction", name: gettext("reaction"), also: "reaction emoji 반응" },
      { value: "pin", name: gettext("pin"), also: "pin 고정" },
    ];
  }
  if (kind !== "is") return [];
  return [
    { value: "unread", name: gettext("unread"), also: "unread 안읽음" },
    { value: "thread", name: gettext("thread"), also: "thread 스레드" },
    { value: "mention", name: gettext("mention"), also: "mention 멘션" },
  ];
}

/** @returns {Choice[]} */
function days() {
  return [
    { value: "today", name: gettext("today"), also: "today 오늘" },
    { value: "yesterday", name: gettext("yesterday"), also: "yesterday 어제" },
    { value: "this-week", name: gettext("this week"), also: "this week this-week 이번주" },
    { value: "last-week", name: gettext("last week"), also: "last week last-week 지난주 저번주" },
    { value: "this-month", name: gettext("this month"), also: "this month this-month 이번달" },
    { value: "last-month", name: gettext("last month"), also: "last month last-month 지난달 저번달" },
  ];
}

/**
 * A value as it is shown: a word that is known, else as it was typed.
 * @param {string} kind
 * @param {string} value
 */
export function valueName(kind, value) {
  const typed = value.toLowerCase();
  return choices(kind).find((choice) => choice.value === typed)?.name ?? value;
}

/**
 * Days that were understood.
 * @param {string} locale
 * @param {string} day YYYY-MM-DD
 * @param {string} [until]
 */
export function dayName(locale, day, until) {
  const format = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const [first, last] = [new Date(day), new Date(until ?? day)];
  return until ? format.formatRange(first, last) : format.format(first);
}

/**
 * The day of a message, in a few letters.
 * @param {string} at
 * @param {import("../lib/dates.js").Dates} dates
 * @param {number} now ms
 */
export function shortDay(at, dates, now) {
  const isLate = now - Date.parse(at) < 2 * DAY_MS;
  const label = isLate ? dates.dayLabel(at, now) : "";
  if (label === gettext("Today") || label === gettext("Yesterday")) return label;
  const isThisYear = dates.day(at).slice(0, 4) === dates.day(new Date(now).toISOString()).slice(0, 4);
  const year = isThisYear ? undefined : /** @type {const} */ ("numeric");
  return new Intl.DateTimeFormat(dates.locale, { weekday: "short", day: "numeric", month: "short", year, timeZone: dates.timeZone }).format(new Date(at));
}
