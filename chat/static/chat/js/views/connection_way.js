/** Follows the ways in which the page is connected, and says so while the network blocks the usual one. Loaded when that fails. */
import { byId, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { Fallback } from "../net/fallback.js";

/**
 * @param {import("../net/connection.js").Connection} connection
 * @param {{user: number, name: string, styles: string}} page `name` begins what tabs of this person share
 */
export function followWays(connection, { user, name, styles }) {
  const note = h("p", { class: "way", role: "status" });
  const place = () => byId("state", HTMLElement).closest("footer")?.after(note);
  void lateStyles(styles).then(place, place);
  const fallback = new Fallback({
    connection,
    socket: {
      user,
      name,
      token: () => document.querySelector("[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "",
      locks: navigator.locks,
      channel: (channel) => ("BroadcastChannel" in globalThis ? new BroadcastChannel(channel) : null),
    },
    changed: (way) => {
      note.textContent = way === "websocket" ? "" : gettext("Connected another way: this network blocks WebSockets.");
    },
  });
  // Another tab leads while this one is frozen, or kept for the back button.
  document.addEventListener("freeze", () => fallback.rest());
  addEventListener("pagehide", () => fallback.rest());
  return fallback;
}
