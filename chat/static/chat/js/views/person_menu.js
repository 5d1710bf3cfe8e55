/** The menu on the row of a person: their role in the room, muting, banning and removing them. */
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
  #sanctions = h("hr");
  #mute = button({ class: "item", role: "menuitem" }, () => this.#chooseSanction("mute"), icon("mute"), gettext("Mute for a time…"));
  #ban = button({ class: "item danger", role: "menuitem" }, () => this.#chooseSanction("ban"), icon("close"), gettext("Ban for a time…"));
  #remove = button({ class: "item danger", role: "menuitem" }, () => this.#chooseRemoval(), icon("delete"), gettext("Remove from the room"));
  element = h("div", { class: "menu in-panel", role: "menu", hidden: true }, ...this.#roles, this.#sanctions, this.#mute, this.#ban, this.#rule, this.#remove);
  /** `opener` is replaced by the button of each row that opens the menu. */
  #menu = new Menu({ opener: h("button"), menu: this.element });

  /**
   * @param {object} how
   * @param {(user: number, role: string) => void} how.setRole
   * @param {(user: number) => void} how.remove
   * @param {(user: number, act: "mute" | "ban") => void} how.sanction
   */
  constructor({ setRole, remove, sanction }) {
    this.setRole = setRole;
    this.remove = remove;
    this.sanction = sanction;
    byId("panel", HTMLElement).append(this.element); // not in the panel's body, which scrolls
  }

  /**
   * Opens the menu of a person, or closes it if it is open.
   * @param {HTMLElement} opener
   * @param {Member} member
   * @param {{administer: boolean, sanction: boolean}} may what the reader may do to them
   */
  toggle(opener, { user, role }, may) {
    const isOpenHere = this.#menu.isOpen && this.#menu.opener === opener;
    this.close();
    if (isOpenHere) return;
    this.#user = user.id;
    for (const item of this.#roles) {
      item.hidden = !may.administer;
      item.setAttribute("aria-checked", String(item.dataset.role === role));
    }
    this.#sanctions.hidden = !may.administer || !may.sanction;
    this.#mute.hidden = this.#ban.hidden = !may.sanction;
    this.#rule.hidden = this.#remove.hidden = !may.administer || !may.sanction;
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

  /** @param {"mute" | "ban"} act */
  #chooseSanction(act) {
    this.#menu.close();
    this.sanction(this.#user, act);
  }

  #chooseRemoval() {
    this.#menu.close();
    this.remove(this.#user);
  }
}
