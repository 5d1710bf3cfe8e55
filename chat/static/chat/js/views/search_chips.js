/** The operators of a search as chips, each with a button that removes it. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { isOperator, terms } from "../lib/query.js";
import { written } from "../lib/text.js";
import { choices, dayName, operatorName, valueName } from "./search_words.js";

/** `text` is what was typed; `name` is what it stands for, once that is known. @typedef {{kind: string, text: string, value: string, negated: boolean, name: string, problem: string}} Chip */

/**
 * Divides a query into chips and what stays text.
 * @param {string} query
 * @param {Record<string, string>} [names] what chips stand for, by their texts
 */
export function divided(query, names = {}) {
  const all = terms(query);
  const chips = all.filter((term) => isOperator(term) && term.value).map((term) => chipOf(term, names[term.text]));
  const rest = all.filter((term) => !isOperator(term) || !term.value).map(({ text }) => text);
  return { chips, text: rest.join(" ") };
}

/**
 * @param {{kind: string, text: string, value: string, negated: boolean}} term
 * @param {string} [name]
 * @returns {Chip}
 */
export function chipOf({ kind, text, value, negated }, name) {
  return { kind, text, value, negated, name: name ?? valueName(kind, value), problem: "" };
}

/**
 * A chip as the server understood it.
 * @param {Chip} chip
 * @param {import("../net/protocol.js").QueryTerm} word
 * @param {string} locale
 * @returns {Chip}
 */
export function understood(chip, { user, room, day, until, problem }, locale) {
  const isNamed = choices(chip.kind).some(({ value }) => value === chip.value.toLowerCase());
  const date = day && !isNamed ? dayName(locale, day, chip.kind === "on" ? until : undefined) : "";
  const place = room ? (room.kind === "direct" ? room.name : `#${room.name}`) : "";
  return { ...chip, name: user?.name ?? (place || date || chip.name), problem: problem ?? "" };
}

/**
 * @param {Chip} chip
 * @param {() => void} remove
 */
export function chipElement(chip, remove) {
  const label = labelOf(chip);
  return h(
    "li",
    { class: chip.problem ? "chip faulty" : "chip", title: problemOf(chip) },
    ...chipParts(chip),
    chip.problem && h("span", { class: "visually-hidden" }, ` (${problemOf(chip)})`),
    button({ "aria-label": interpolate(gettext("Remove %(filter)s"), { filter: label }), title: gettext("Remove") }, remove, icon("close")),
  );
}

/** @param {Chip} chip */
export function chipParts({ kind, name, negated }) {
  return [h("span", { class: "operator" }, (negated ? "−" : "") + operatorName(kind)), " ", h("span", { class: "value", ...written(name) }, name)];
}

/** @param {Chip} chip */
export function labelOf({ kind, name, negated }) {
  const label = `${operatorName(kind)} ${name}`;
  return negated ? interpolate(gettext("without %(filter)s"), { filter: label }) : label;
}

/**
 * Why nothing is found because of a chip.
 * @param {Chip} chip
 */
export function problemOf({ kind, name, problem }) {
  if (problem === "unknown") return interpolate(kind === "in" ? gettext("You are in no room called “%(name)s”.") : gettext("You know nobody called “%(name)s”."), { name });
  if (problem === "invalid") return interpolate(["before", "after", "on"].includes(kind) ? gettext("“%(name)s” is not a day.") : gettext("“%(name)s” means nothing here."), { name });
  return null;
}
