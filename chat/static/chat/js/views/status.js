/** The state of the connection: next to the reader's name, in the header of a narrow page, and as a banner if action is required. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

/** A connection that is restored within this time does not count as lost. */
export const SHORT_ABSENCE_MS = 2_000;

/** @typedef {"live" | "catching-up" | "offline" | "stopped"} Status */

/**
 * @param {object} facts
 * @param {import("../net/connection.js").State} facts.state
 * @param {boolean} facts.caughtUp
 * @param {boolean} facts.online whether the browser considers itself online
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
  if (status === "live") return "";
  if (status === "catching-up") return gettext("catching up");
  if (!unsent) return gettext("offline");
  return interpolate(ngettext("offline (%(count)s unsent)", "offline (%(count)s unsent)", unsent), { count: unsent });
}

export class StatusView {
  #drawn = "";

  /**
   * @param {object} parts
   * @param {HTMLElement[]} parts.places elements that show the state; it is also in the data of their parents, for style sheets
   * @param {HTMLElement} parts.banner
   * @param {() => void} parts.tryNow
   */
  constructor({ places, banner, tryNow }) {
    this.places = places;
    this.banner = banner;
    this.tryNow = tryNow;
  }

  /**
   * @param {Status} status
   * @param {number} unsent
   * @param {string} [reason] why it ended permanently
   */
  draw(status, unsent, reason) {
    const look = `${status} ${unsent} ${reason}`;
    if (look === this.#drawn) return;
    this.#drawn = look;
    for (const place of this.places) {
      place.className = `state ${status}`;
      if (place.parentElement) place.parentElement.dataset.connection = status;
      const text = statusText(status, unsent);
      const label = text ? h("span", {}, text) : h("span", { class: "visually-hidden" }, gettext("live"));
      place.replaceChildren(h("i", { class: "dot" }), label);
    }
    this.banner.hidden = status !== "offline" && status !== "stopped";
    if (status === "offline") this.#offline(unsent);
    if (status === "stopped") this.banner.replaceChildren(h("span", {}, reason ?? ""), reload());
  }

  /** @param {number} unsent */
  #offline(unsent) {
    const waiting = ngettext(
      "%(count)s unsent message will be sent as soon as you are online.",
      "%(count)s unsent messages will be sent as soon as you are online.",
      unsent,
    );
    const text = unsent ? interpolate(waiting, { count: unsent }) : gettext("What you write is kept, and sent as soon as you are online.");
    this.banner.replaceChildren(
      icon("offline"),
      h("span", {}, h("strong", {}, gettext("Offline.")), " ", text),
      button({ class: "button bare" }, this.tryNow, gettext("Try now")),
    );
  }
}

function reload() {
  return button({ class: "button bare" }, () => location.reload(), gettext("Reload the page"));
}
