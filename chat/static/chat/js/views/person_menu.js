/** The menu on the row of a person: their role in the room, and removing them. */
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { Menu } from "./menu.js";

/** @typedef {import("../net/protocol.js").Member} Member */

/** @type {[import("../net/protocol.js").Role, string][]} */
const ROLES = [["owner", gettext("Owner")], ["moderator", gettext("Moderator")], ["member", gettext("Member")]];

export class PersonMenu {
  #user = 0;
  #roles = ROLES.map(([role, text]) => button({ class: "item", role: "menuitemradio", "data-role": role }, () => this.#choose(role), text));
  #rule = h("hr");
  #remove = button({ class: "item danger", role: "menuitem" }, () => this.#chooseRemoval(), icon("delete"), gettext("Remove from the room"));
  element = h("div", { class: "menu in-panel", role: "menu", hidden: true }, ...this.#roles, this.#rule, this.#remove);
  /** `opener` is replaced by the button of each row that opens the menu. */
  #menu = new Menu({ opener: h("button"), menu: this.element });

  /**
   * @param {object} how
   * @param {(user: number, role: string) => void} how.setRole
   * @param {(user: number) => void} how.remove
   */
  constructor({ setRole, remove }) {
    this.setRole = setRole;
    this.remove = remove;
    byId("panel", HTMLElement).append(this.element); // not in the panel's body, which scrolls
  }

  /**
   * Opens the menu of a person, or closes it if it is open.
   * @param {HTMLElement} opener
   * @param {Member} member
   * @param {boolean} mayRemove
   */
  toggle(opener, { user, role }, mayRemove) {
    const isOpenHere = this.#menu.isOpen && this.#menu.opener === opener;
    this.close();
    if (isOpenHere) return;
    this.#user = user.id;
    for (const item of this.#roles) item.setAttribute("aria-checked", String(item.dataset.role === role));
    this.#rule.hidden = this.#remove.hidden = !mayRemove;
    this.element.setAttribute("aria-label", user.name);
    this.#menu.opener = opener;
    this.#menu.open();
  }

  close() {
    this.#menu.close({ focus: false });
  }

  /** @param {string} role */
  #choose(role) {
    this.#menu.close();
    this.setRole(this.#user, role);
  }

  #chooseRemoval() {
    this.#menu.close();
    this.remove(this.#user);
  }
}
