/** Follows the ways in which the page is connected, and says so while the network blocks the usual one. Loaded when that fails. */
import { byId, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { Fallback } from "../net/fallback.js";

/**
 * @param {import("../net/connection.js").Connection} connection
 * @param {{user: number, name: string}} person `name` begins what tabs of this person share
 */
export function followWays(connection, { user, name }) {
  const note = h("span", { class: "way", role: "status" });
  byId("state", HTMLElement).after(note);
  return new Fallback({
    connection,
    socket: {
      user,
      name,
      token: () => document.querySelector("[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "",
      locks: navigator.locks,
      channel: (channel) => ("BroadcastChannel" in globalThis ? new BroadcastChannel(channel) : null),
    },
    changed: (way) => {
      const isLimited = way !== "websocket";
      note.textContent = isLimited ? gettext("limited network") : "";
      note.title = isLimited ? gettext("This network blocks WebSockets. Messages arrive all the same; others are not shown that you are typing.") : "";
    },
  });
}
