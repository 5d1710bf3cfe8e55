/** Draws the state of the connection: beside my name, in the bar of a narrow page, and as a banner where it wants attention. */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { statusText } from "../state/status.js";

/** @typedef {import("../state/status.js").Status} Status */

export class StatusView {
  #drawn = "";

  /**
   * @param {object} parts
   * @param {HTMLElement[]} parts.places where the word stands
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
   * @param {string} [reason] why it ended for good
   */
  draw(status, unsent, reason) {
    const look = `${status} ${unsent} ${reason}`;
    if (look === this.#drawn) return;
    this.#drawn = look;
    for (const place of this.places) {
      place.className = `state ${status}`;
      place.replaceChildren(h("i", { class: "dot" }), h("span", {}, statusText(status, unsent)));
    }
    this.banner.hidden = status !== "offline" && status !== "stopped";
    if (status === "offline") this.#offline(unsent);
    if (status === "stopped") this.banner.replaceChildren(h("span", {}, reason ?? ""), reload());
  }

  /** @param {number} unsent */
  #offline(unsent) {
    const waiting = ngettext(
      "%(count)s unsent message goes out as soon as you are back.",
      "%(count)s unsent messages go out as soon as you are back.",
      unsent,
    );
    const text = unsent ? interpolate(waiting, { count: unsent }) : gettext("What you write is kept and goes out as soon as you are back.");
    this.banner.replaceChildren(
      h("span", {}, h("strong", {}, gettext("Offline.")), " ", text),
      button({ class: "linklike" }, this.tryNow, gettext("Try now")),
    );
  }
}

function reload() {
  return button({ class: "linklike" }, () => location.reload(), gettext("Reload the page"));
}
