/** The people of the room, with a field to search them. */
import { byId, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";
import { memberRow, peopleText } from "./people.js";

/** Rows at most: who looks for somebody in a larger room searches. */
const MOST_ROWS = 300;

/** @typedef {import("./side_panel.js").PanelView} PanelView */

/** @implements {PanelView} */
export class PeoplePanel {
  opener = byId("people-open", HTMLElement);
  title = gettext("People");
  #search = h("input", { class: "input", type: "search", autocomplete: "off", spellcheck: "false", "aria-label": gettext("Find a person"), placeholder: gettext("Find a person") });
  #list = h("ul", { "aria-label": gettext("People") });
  #nothing = h("p", { class: "nothing", role: "status" });
  body = h("div", { class: "people" }, this.#search, this.#list, this.#nothing);

  constructor() {
    this.#search.addEventListener("input", () => this.#room && this.draw(this.#room));
  }

  /** @type {import("../state/room.js").Room | null} */
  #room = null;

  /**
   * Searches, while the panel is open.
   * @param {string} name
   */
  find(name) {
    this.#search.value = name;
    if (this.#room) this.draw(this.#room);
  }

  /** @param {import("../state/room.js").Room} room */
  about(room) {
    return interpolate(gettext("%(people)s in %(room)s"), { people: peopleText(room.members.size), room: room.summary.name });
  }

  /** @param {import("../state/room.js").Room} room */
  draw(room) {
    if (this.#room !== room) this.#search.value = "";
    this.#room = room;
    const named = [...room.members.values()].map((member) => ({ member, name: member.user.name, also: member.user.username }));
    named.sort((a, b) => a.name.localeCompare(b.name));
    const found = matching(named, this.#search.value);
    this.#list.replaceChildren(...found.slice(0, MOST_ROWS).map(({ member }) => memberRow(member)));
    const more = found.length - MOST_ROWS;
    if (!found.length) this.#nothing.textContent = gettext("Nobody here has such a name.");
    else this.#nothing.textContent = more > 0 ? interpolate(gettext("And %(count)s more: search for them by name."), { count: more }) : "";
  }
}
