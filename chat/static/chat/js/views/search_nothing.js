/** What the page of search shows when nothing was found: what was asked, and wider searches. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { terms } from "../lib/query.js";
import { labelOf, problemOf } from "./search_chips.js";

/** @typedef {import("./search_chips.js").Chip} Chip */

const MOST_OFFERS = 2;

/**
 * @param {object} asked
 * @param {Chip[]} asked.chips
 * @param {string} asked.text
 * @param {(chips: Chip[]) => void} asked.without searches without these
 * @param {(text: string) => void} asked.retype searches for other words
 */
export function nothingElement({ chips, text, without, retype }) {
  const wrong = chips.filter(({ problem }) => problem === "unknown" || problem === "invalid");
  const offers = offersFor(wrong.length ? wrong : chips).slice(0, MOST_OFFERS);
  const buttons = offers.map(({ label, chips: dropped }, index) => button({ class: index ? "button quiet" : "button" }, () => without(dropped), label));
  const loose = withoutQuotes(text);
  if (loose !== text) buttons.push(button({ class: buttons.length ? "button quiet" : "button" }, () => retype(loose), gettext("Without quotation marks")));
  return h(
    "div",
    { class: "empty-note search-nothing" },
    icon("search"),
    h("h2", {}, text ? gettext("Nothing by that word") : gettext("Nothing found")),
    h("p", {}, wrong.length ? wrong.map(problemOf).join(" ") : askedText(chips, text)),
    text && !wrong.length && h("p", {}, gettext("Try fewer words, only the beginning of a word, or another spelling. Only the rooms that you are in are searched.")),
    h("div", { class: "offers" }, ...buttons),
  );
}

/**
 * @param {Chip[]} chips
 * @param {string} text
 */
function askedText(chips, text) {
  const filters = chips.map(labelOf).join(", ");
  if (!filters) return interpolate(gettext("No message in your rooms contains “%(words)s”."), { words: text });
  if (!text) return interpolate(gettext("No message matches: %(filters)s."), { filters });
  return interpolate(gettext("No message contains “%(words)s” with: %(filters)s."), { words: text, filters });
}

/**
 * Wider searches, the widest first.
 * @param {Chip[]} chips
 */
function offersFor(chips) {
  /** @param {string} label @param {(chip: Chip) => boolean} isDropped */
  const offer = (label, isDropped) => ({ label, chips: chips.filter(isDropped) });
  return [
    offer(gettext("Search all rooms"), ({ kind }) => kind === "in" || kind === "with"),
    offer(gettext("From anyone"), ({ kind }) => kind === "from"),
    offer(gettext("At any time"), ({ kind }) => ["before", "after", "on"].includes(kind)),
    offer(gettext("Without these filters"), ({ kind }) => kind === "has" || kind === "is"),
  ].filter(({ chips: dropped }) => dropped.length);
}

/**
 * The words of phrases, in any order.
 * @param {string} text
 */
function withoutQuotes(text) {
  return terms(text)
    .map(({ kind, text: typed, value, negated }) => (kind === "phrase" && !negated ? value : typed))
    .join(" ");
}
