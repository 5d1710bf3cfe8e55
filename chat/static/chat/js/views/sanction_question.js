/** Asks below the row of a person for how long to mute or ban them, and says what that means. */
import { h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { question } from "./question.js";

/** The durations that are offered. */
const HOURS = [1, 24, 7 * 24, 30 * 24];
const HOURS_OF_A_DAY = 24;

/** @param {number} hours */
function durationText(hours) {
  const days = hours / HOURS_OF_A_DAY;
  if (days > 1) return interpolate(ngettext("%(count)s day", "%(count)s days", days), { count: days });
  return interpolate(ngettext("%(count)s hour", "%(count)s hours", hours), { count: hours });
}

/**
 * @param {object} how
 * @param {string} how.name of the person
 * @param {"mute" | "ban"} how.act
 * @param {(fields: {act: string, hours: string}) => Promise<unknown>} how.send
 * @param {() => void} how.cancel
 */
export function sanctionQuestion({ name, act, send, cancel }) {
  const select = h("select", { class: "input", "aria-label": gettext("For how long") }, ...HOURS.map((hours) => h("option", { value: hours, selected: hours === HOURS_OF_A_DAY }, durationText(hours))));
  const text =
    act === "mute"
      ? gettext("%(name)s can read this room, but not write in it or react until then. Only they are notified.")
      : gettext("%(name)s is removed from this room and can join again only then.");
  const filled = interpolate(text, { name });
  const box = question({
    text: filled,
    yes: act === "mute" ? gettext("Mute this person") : gettext("Ban this person"),
    act: () => send({ act, hours: select.value }),
    cancel,
    more: [select],
  });
  for (const [attribute, value] of Object.entries(written(filled))) if (value) box.setAttribute(attribute, value);
  return box;
}
