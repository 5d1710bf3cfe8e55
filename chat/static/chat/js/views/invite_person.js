/**
 * Brings somebody into the room: a field with suggestions (any part of a name, in Korean also initial consonants). A text that could
 * mean several people makes the server ask which.
 */
import { h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";
import { written } from "../lib/text.js";
import { ask, FormRefused, send } from "../net/forms.js";
import { FormField, refusal } from "./form_field.js";
import { avatar } from "./people.js";

/** @typedef {import("../net/protocol.js").User} User */

const MOST = 6;
/** The server accepts no longer text. */
const TYPED_CHARS = 254;
const OPTION = "invite-option-";

export class InvitePerson {
  #input = h("input", { class: "input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: TYPED_CHARS, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "invite-options" });
  #options = h("ul", { id: "invite-options", class: "options", role: "listbox", "aria-label": gettext("People"), hidden: true });
  #said = h("p", { class: "said", role: "status" });
  #field = new FormField({ label: gettext("Name or username"), input: this.#input, below: [this.#options, this.#said] });
  element = h("form", { class: "invite-person", hidden: true }, this.#field.element);
  /** @type {User[]} */
  #people = [];
  /** @type {User[]} */
  #shown = [];
  #active = -1;
  #isSending = false;

  /**
   * @param {object} how
   * @param {() => string} how.address
   * @param {() => import("../state/room.js").Room | null} how.room
   * @param {() => void} how.close
   * @param {() => void} how.asked called after somebody was invited who accepts or declines
   */
  constructor({ address, room, close, asked }) {
    this.address = address;
    this.room = room;
    this.close = close;
    this.asked = asked;
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#options.addEventListener("click", (event) => this.#clicked(event));
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  get isShown() {
    return !this.element.hidden;
  }

  show() {
    this.element.hidden = false;
    this.#people = [];
    this.#clear();
    this.#said.textContent = "";
    this.#input.focus();
    void this.#load();
  }

  hide() {
    this.element.hidden = true;
    this.#clear();
  }

  /** Without suggestions the whole name can still be typed. */
  async #load() {
    const address = this.address();
    const { people } = await ask(address).catch(() => ({ people: [] }));
    if (address !== this.address()) return;
    this.#people = people;
    if (this.#input.value) this.#suggest();
  }

  #typed() {
    this.#field.refuse("");
    this.#said.textContent = "";
    this.#suggest();
  }

  #suggest() {
    const text = this.#input.value.trim();
    const typed = text.startsWith("@") ? text.slice(1) : text;
    const inside = this.room()?.members;
    const outside = this.#people.filter((user) => !inside?.has(user.id));
    const named = outside.map((user) => ({ user, name: user.name, also: user.username }));
    this.#show(typed ? matching(named, typed).slice(0, MOST).map(({ user }) => user) : []);
  }

  /** @param {User[]} people */
  #show(people) {
    this.#shown = people;
    this.#options.replaceChildren(...people.map(option));
    this.#options.hidden = !people.length;
    this.#input.setAttribute("aria-expanded", String(people.length > 0));
    this.#mark(-1);
  }

  /** @param {number} index */
  #mark(index) {
    this.#active = index;
    for (const [at, element] of [...this.#options.children].entries()) element.setAttribute("aria-selected", String(at === index));
    if (index < 0) this.#input.removeAttribute("aria-activedescendant");
    else this.#input.setAttribute("aria-activedescendant", OPTION + index);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { length } = this.#shown;
    if (step && length) this.#mark(step > 0 ? (this.#active + 1) % length : (Math.max(this.#active, 0) - 1 + length) % length);
    else if (event.key === "Escape" && length) this.#show([]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }

  /** @param {Event} event */
  #clicked(event) {
    const chosen = /** @type {Element} */ (event.target).closest("[role=option]");
    const user = chosen && this.#shown[[...this.#options.children].indexOf(chosen)];
    if (user) void this.#invite({ user: user.id }, user.name);
  }

  #submit() {
    const active = this.#shown[this.#active];
    const typed = this.#input.value.trim();
    if (active) void this.#invite({ user: active.id }, active.name);
    else if (typed) void this.#invite({ person: typed }, typed);
  }

  /**
   * @param {Record<string, string | number>} fields
   * @param {string} name
   */
  async #invite(fields, name) {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#field.refuse("");
    try {
      const answer = await send(this.address(), fields);
      this.#clear();
      const said = answer?.asked ? gettext("%(name)s is invited, and can accept or decline.") : gettext("%(name)s is in the room.");
      this.#said.textContent = interpolate(said, { name });
      if (answer?.asked) this.asked();
    } catch (error) {
      this.#field.refuse(refusal(error, "person"));
      this.#show(error instanceof FormRefused ? (error.answer.meant ?? []) : []);
    } finally {
      this.#isSending = false;
      this.#input.focus();
    }
  }

  #clear() {
    this.#input.value = "";
    this.#field.refuse("");
    this.#show([]);
  }
}

/**
 * @param {User} user
 * @param {number} index
 */
function option(user, index) {
  const who = h("span", { class: "who" }, h("b", written(user.name), user.name), " ", h("small", {}, user.username));
  return h("li", { class: "person-row", role: "option", id: OPTION + index, "aria-selected": "false" }, avatar(user, { small: true }), who);
}
