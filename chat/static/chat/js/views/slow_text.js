/** Slow mode in words. */
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

/**
 * A time between two messages in words.
 * @param {number} seconds
 */
export function slowText(seconds) {
  if (!seconds) return gettext("Off");
  return interpolate(gettext("One message every %(time)s"), { time: durationText(seconds) });
}

/** @param {number} seconds */
function durationText(seconds) {
  if (seconds % 3_600 === 0) return interpolate(ngettext("%(count)s hour", "%(count)s hours", seconds / 3_600), { count: seconds / 3_600 });
  if (seconds % 60 === 0) return interpolate(ngettext("%(count)s minute", "%(count)s minutes", seconds / 60), { count: seconds / 60 });
  return interpolate(ngettext("%(count)s second", "%(count)s seconds", seconds), { count: seconds });
}
