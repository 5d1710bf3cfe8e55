/** In the place of the composer: why nobody can write in a conversation, and, for who has blocked the other, the way out. */
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { BLOCKS, isBlocked } from "../state/items.js";

/** @typedef {import("../state/room.js").Room} Room */

export class ClosedNote {
  #element = h("div", { class: "archived-note", role: "note", hidden: true });
  #drawn = "";

  /** @param {import("../state/items.js").Items} items */
  constructor(items) {
    this.items = items;
    byId("archived", HTMLElement).after(this.#element);
  }

  /** @param {Room | null} room */
  draw(room) {
    const closed = room?.summary.closed ?? "";
    const blocked = closed === "refused" ? room?.summary.people.find(({ id }) => isBlocked(this.items, id)) : undefined;
    const look = [room?.id, closed, blocked?.name].join("\n");
    if (look === this.#drawn) return;
    this.#drawn = look;
    this.#element.hidden = !closed;
    if (!room || !closed) return;
    const text = blocked ? interpolate(gettext("You have blocked %(name)s."), { name: blocked.name }) : reason(room);
    const unblock = blocked && button({ class: "button bare" }, () => void this.items.set(BLOCKS, blocked.id, null), gettext("Unblock"));
    this.#element.replaceChildren(icon("lock"), h("p", {}, text), ...(unblock ? [unblock] : []));
  }
}

/** @param {Room} room that is closed */
function reason({ summary }) {
  if (summary.closed === "refused") return gettext("You cannot send messages to this person.");
  if (summary.people.length > 1) return gettext("The others in this conversation are deactivated: you can read it, but not write in it.");
  return gettext("This account is deactivated: you can read the conversation, but not write in it.");
}
