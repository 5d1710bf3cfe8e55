/** What the page of search shows before anything is typed: recent searches, and the operators with what they are for. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { chipParts, divided, labelOf } from "./search_chips.js";
import { explainedOperators, operatorName } from "./search_words.js";

/** @typedef {import("../state/recent_searches.js").Entry} Entry */

/**
 * @param {object} how
 * @param {import("../state/recent_searches.js").RecentSearches} how.recent
 * @param {(entry: Entry) => void} how.search
 * @param {(kind: string) => void} how.begin types an operator
 * @param {() => void} how.emptied called when no recent search is left
 */
export function startElement({ recent, search, begin, emptied }) {
  const list = h("ul", { class: "search-rows", "aria-labelledby": "search-recent" });
  const forget = button({ class: "forget" }, () => (recent.clear(), draw(), emptied()), gettext("Clear all"));
  const section = h("section", {}, h("header", {}, h("h2", { id: "search-recent" }, gettext("Recent")), forget), list);
  const draw = () => {
    list.replaceChildren(...recent.all.map((entry, index) => recentRow(entry, search, () => remove(entry, index))));
    section.hidden = !list.children.length;
  };
  /** @param {Entry} entry @param {number} index */
  const remove = (entry, index) => {
    recent.remove(entry);
    draw();
    const row = list.children[Math.min(index, list.children.length - 1)];
    if (row) /** @type {HTMLElement | null} */ (row.querySelector(".icon"))?.focus();
    else emptied();
  };
  draw();
  const rows = explainedOperators().map(({ kind, about }) => h("li", {}, button({ class: "search-row explained" }, () => begin(kind), h("span", { class: "chip" }, h("span", { class: "operator" }, operatorName(kind))), h("span", {}, about))));
  return h("div", { class: "search-start" }, section, h("section", {}, h("h2", { id: "search-narrow" }, gettext("Narrow it")), h("ul", { class: "search-rows", "aria-labelledby": "search-narrow" }, ...rows)));
}

/**
 * @param {Entry} entry
 * @param {(entry: Entry) => void} search
 * @param {() => void} remove
 */
function recentRow(entry, search, remove) {
  const { chips, text } = divided(entry.query, entry.names);
  const label = [...chips.map(labelOf), text].filter(Boolean).join(", ");
  const shown = chips.map((chip) => h("span", { class: "chip" }, ...chipParts(chip)));
  return h(
    "li",
    {},
    button({ class: "search-row" }, () => search(entry), icon("clock"), ...shown, text && h("span", written(text), text)),
    button({ class: "icon", "aria-label": interpolate(gettext("Remove “%(query)s” from the recent searches"), { query: label }), title: gettext("Remove") }, remove, icon("close")),
  );
}
