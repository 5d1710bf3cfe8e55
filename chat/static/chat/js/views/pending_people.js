/** The people who are invited into a private room and have neither accepted nor declined, below the people who are in it. */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { ask, send } from "../net/forms.js";
import { refusal } from "./form_field.js";
import { avatar } from "./people.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {{user: import("../net/protocol.js").User, by: string, may_withdraw: boolean}} Pending */

export class PendingPeople {
  #heading = h("h3", { id: "pending-heading" });
  #list = h("ul", { "aria-labelledby": "pending-heading" });
  #wrong = h("p", { class: "wrong", role: "alert" });
  element = h("section", { class: "pending-people", "aria-labelledby": "pending-heading", hidden: true }, this.#heading, this.#list, this.#wrong);
  /** @type {Pending[]} */
  #pending = [];
  /** @type {Room | null} */
  #room = null;

  /**
   * @param {object} how
   * @param {() => string} how.address of the room's pending invitations
   * @param {() => void} how.emptied called after the last row with the focus was removed
   */
  constructor({ address, emptied }) {
    this.address = address;
    this.emptied = emptied;
  }

  /** Another room is shown. Nobody is invited into a public one: people are added to it at once. @param {Room} room */
  begin(room) {
    this.#room = room;
    this.#pending = [];
    this.#wrong.textContent = "";
    this.element.hidden = true;
    void this.load();
  }

  /** Reads the invitations. Without an answer none are shown: the page of the room's settings has them, too. */
  async load() {
    const address = this.address();
    if (this.#room?.summary.kind !== "private") return;
    const { invited } = await ask(address).catch(() => ({ invited: [] }));
    if (address !== this.address()) return;
    this.#pending = invited;
    this.draw();
  }

  /** Who has accepted is in the room. */
  draw() {
    const members = this.#room?.members;
    const waiting = this.#pending.filter(({ user }) => !members?.has(user.id));
    this.#heading.textContent = interpolate(gettext("Invited · %(count)s"), { count: waiting.length });
    this.#list.replaceChildren(...waiting.map((one) => this.#row(one)));
    this.element.hidden = !waiting.length;
  }

  /** @param {Pending} pending */
  #row({ user, by, may_withdraw }) {
    const about = h("small", {}, interpolate(gettext("invited by %(name)s"), { name: by }));
    const who = h("span", { class: "who" }, h("b", written(user.name), user.name), " ", about);
    const label = interpolate(gettext("Withdraw the invitation of %(name)s"), { name: user.name });
    const withdraw = may_withdraw && button({ class: "button bare", "aria-label": label }, () => void this.#withdraw(user.id), gettext("Withdraw"));
    return h("li", { class: "person-row" }, avatar(user), who, withdraw);
  }

  /** @param {number} user */
  async #withdraw(user) {
    this.#wrong.textContent = "";
    try {
      await send(this.address(), { user });
    } catch (error) {
      this.#wrong.textContent = refusal(error);
      return;
    }
    this.#pending = this.#pending.filter((one) => one.user.id !== user);
    this.draw();
    const next = this.#list.querySelector("button");
    if (next) next.focus();
    else this.emptied();
  }
}
