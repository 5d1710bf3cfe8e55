/** What the connection is, in a word: live, catching up, offline. Pure. */
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

/** A connection that is back within this was never away. */
export const SHORT_ABSENCE_MS = 2_000;

/** @typedef {"live" | "catching-up" | "offline" | "stopped"} Status */

/**
 * @param {object} facts
 * @param {import("../net/connection.js").State} facts.state
 * @param {boolean} facts.caughtUp
 * @param {boolean} facts.online what the browser thinks of its network
 * @param {number} facts.away ms since the connection was last open
 * @returns {Status}
 */
export function statusOf({ state, caughtUp, online, away }) {
  if (state === "stopped") return "stopped";
  if (state === "open") return caughtUp ? "live" : "catching-up";
  return online && away < SHORT_ABSENCE_MS ? "catching-up" : "offline";
}

/**
 * @param {Status} status
 * @param {number} unsent
 */
export function statusText(status, unsent) {
  if (status === "live") return gettext("live");
  if (status === "catching-up") return gettext("catching up");
  if (!unsent) return gettext("offline");
  return interpolate(ngettext("offline (%(count)s unsent)", "offline (%(count)s unsent)", unsent), { count: unsent });
}
