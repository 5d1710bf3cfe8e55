/**
 * A message to some people: a field that finds them, and the text. The first message creates their conversation; if there is one, it can
 * be opened without a text.
 */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { uuid } from "../lib/plain_http.js";
import { clean, written } from "../lib/text.js";
import { Finder, foundAt } from "../net/finder.js";
import { directWith } from "../state/direct.js";
import { FormField } from "./form_field.js";
import { avatar, face } from "./people.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("../net/protocol.js").User} User */

/** The server accepts no larger groups; the reader is one of them. */
const MOST_PEOPLE = 12;
const MOST_SHOWN = 6;
/** The place of files that are attached to a new conversation: no room has this id. */
const NEW_PLACE = 0;
const OPTION = "new-message-option-";

export class NewMessageSheet {
  #sheet = new Sheet(gettext("New message"));
  #chips = h("ul", { class: "chips", "aria-label": gettext("Recipients") });
  #input = h("input", { type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: 100, "aria-label": gettext("To: a name or username"), placeholder: gettext("To: a name or username"), "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "new-message-options" });
  #options = h("ul", { id: "new-message-options", class: "options", role: "listbox", "aria-label": gettext("People"), hidden: true });
  #said = h("p", { class: "said", role: "status" });
  #text = new FormField({ label: gettext("Your message"), input: h("textarea", { class: "input", rows: 3, autocomplete: "off", dir: "auto" }) });
  #send = h("button", { class: "button" });
  /** Where attached files are shown. */
  #attached = h("div", { class: "line" });
  #under = h("div", { class: "under" });
  #form = h(
    "form",
    { class: "sheet-form", id: "new-message", novalidate: true },
    h("div", { class: "to" }, h("div", { class: "input recipients" }, this.#chips, this.#input), this.#options, this.#said),
    this.#attached,
    this.#text.element,
    this.#under,
  );
  /** @type {User[]} */
  #chosen = [];
  /** @type {User[]} */
  #shown = [];
  #active = -1;
  #isSending = false;
  /** The same for every try, so that none stores the message twice. */
  #key = uuid();

  /**
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {string} how.findAddress
   * @param {(room: number) => void} how.enter shows a room, which the socket may not have described yet
   * @param {() => void} how.drawn called when other people are shown
   * @param {import("./attaching.js").Attaching} how.attaching
   */
  constructor({ store, request, findAddress, enter, drawn, attaching }) {
    this.store = store;
    this.request = request;
    this.enter = enter;
    this.drawn = drawn;
    this.finder = new Finder({ request: foundAt(findAddress) });
    this.finder.on("found", () => this.#suggest());
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#text.input.addEventListener("input", () => this.#draw());
    this.#text.input.addEventListener("keydown", (event) => this.#pressedInText(/** @type {KeyboardEvent} */ (event)));
    this.#options.addEventListener("click", (event) => this.#clicked(event));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#send.setAttribute("form", this.#form.id);
    this.#sheet.pad.append(this.#form);
    this.attaching = attaching;
    const writing = { room: NEW_PLACE, refresh: () => this.#draw(), focus: () => this.#text.input.focus(), attached: null, on: () => {} };
    this.tray = attaching.follow({ composer: writing, form: this.#form, under: this.#under, room: () => null, name: () => gettext("the new message") });
    this.#sheet.dialog.addEventListener("close", () => attaching.leave(this.tray));
    const label = gettext("Attach files");
    const attach = button({ class: "icon attach", "aria-label": label, title: label }, () => attaching.pick(this.tray), icon("attach"));
    this.#sheet.dialog.append(h("footer", {}, attach, button({ class: "button quiet" }, () => this.#sheet.close(), gettext("Cancel")), this.#send));
    this.#sheet.dialog.addEventListener("close", () => this.finder.ask(""));
  }

  /** @param {User} [person] to whom to write */
  open(person) {
    this.#sheet.open();
    if (person) this.#choose(person);
    else this.#draw();
    (person ? this.#text.input : this.#input).focus();
  }

  /** Their conversation, if there is one. */
  get #room() {
    return this.#chosen.length ? directWith(this.store, this.#chosen.map(({ id }) => id)) : null;
  }

  #draw() {
    const isFull = this.#chosen.length >= MOST_PEOPLE - 1;
    this.#input.hidden = isFull;
    this.#input.placeholder = this.#chosen.length ? "" : gettext("To: a name or username");
    const room = this.#room;
    const hasText = clean(this.#text.input.value) !== "" || Boolean(this.tray?.files.length);
    this.#send.textContent = room && !hasText ? gettext("Open") : gettext("Send");
    this.#said.textContent = room ? gettext("You have a conversation already.") : this.#chosen.length > 1 || isFull ? gettext("Up to 12 people with you. With more, make a room.") : "";
  }

  #drawChips() {
    this.#chips.replaceChildren(
      ...this.#chosen.map((user) => {
        const label = interpolate(gettext("Remove %(name)s"), { name: user.name });
        const remove = button({ class: "icon", "aria-label": label, title: label }, () => this.#drop(user), icon("close"));
        return h("li", { class: "chip" }, avatar(user, { small: true }), h("span", written(user.name), user.name), remove);
      }),
    );
    this.#draw();
  }

  /** @param {User} user */
  #choose(user) {
    // One writes to oneself alone, for notes.
    const others = this.#chosen.filter(({ id }) => id !== user.id && id !== this.store.user.id);
    this.#chosen = user.id === this.store.user.id && others.length ? others : [...others, user];
    this.#input.value = "";
    this.finder.ask("");
    this.#show([]);
    this.#drawChips();
  }

  /** @param {User} user */
  #drop(user) {
    this.#chosen = this.#chosen.filter(({ id }) => id !== user.id);
    this.#drawChips();
    this.#input.focus();
  }

  #typed() {
    this.#text.refuse("");
    this.finder.ask(this.#input.value);
    if (!this.#input.value.trim()) this.#show([]);
  }

  #suggest() {
    const isChosen = new Set(this.#chosen.map(({ id }) => id));
    const people = this.finder.found.people.filter(({ id }) => !isChosen.has(id)).slice(0, MOST_SHOWN);
    this.#show(people);
    this.#said.textContent = people.length ? "" : gettext("Nobody here has such a name.");
  }

  /** @param {User[]} people */
  #show(people) {
    this.#shown = people;
    this.#options.replaceChildren(...people.map((user, index) => option(user, index, this.store.user.id)));
    this.#options.hidden = !people.length;
    this.#input.setAttribute("aria-expanded", String(people.length > 0));
    this.#mark(people.length ? 0 : -1);
    this.drawn();
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
    const last = this.#chosen.at(-1);
    if (step && length) this.#mark((this.#active + step + length) % length);
    else if (event.key === "Enter" && length) this.#choose(this.#shown[this.#active]);
    else if (event.key === "Enter" && this.#chosen.length) this.#text.input.focus();
    else if (event.key === "Escape" && length) this.#show([]);
    else if (event.key === "Backspace" && !this.#input.value && last) this.#drop(last);
    else if (event.key !== "Enter") return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #pressedInText(event) {
    if (event.isComposing || event.key !== "Enter" || event.shiftKey || !matchMedia("(hover: hover)").matches) return;
    event.preventDefault();
    void this.#submit();
  }

  /** @param {Event} event */
  #clicked(event) {
    const chosen = /** @type {Element} */ (event.target).closest("[role=option]");
    const user = chosen && this.#shown[[...this.#options.children].indexOf(chosen)];
    if (!user) return;
    this.#choose(user);
    this.#input.focus();
  }

  async #submit() {
    if (this.#isSending) return;
    const room = this.#room;
    const body = clean(this.#text.input.value);
    if (!this.#chosen.length) {
      this.#said.textContent = gettext("Choose to whom you write.");
      return this.#input.focus();
    }
    if (room && !body && !this.tray.files.length) return this.#enter(room.id);
    if (!body && !this.tray.files.length) return this.#refuse(gettext("Write something first."));
    this.#isSending = true;
    this.#text.refuse("");
    try {
      const keys = await this.#uploaded();
      const files = keys.map((key) => this.attaching.uploads.get(key)?.id);
      const reply = await this.request({ type: "direct", people: this.#chosen.map(({ id }) => id), key: this.#key, body, ...(files.length && { files }) });
      this.store.acked(reply.message);
      for (const key of keys) this.attaching.uploads.forget(key); // the message has them now
      this.#enter(reply.room);
    } catch (error) {
      this.#refuse(/** @type {Error} */ (error).message);
    } finally {
      this.#isSending = false;
    }
  }

  /**
   * The keys of what is attached, once all of it is there or has failed.
   * @returns {Promise<string[]>}
   */
  #uploaded() {
    const keys = () => this.tray.files.flatMap(({ key }) => key ?? []);
    return new Promise((resolve) => {
      if (!this.tray.isWaiting) return resolve(keys());
      const stop = this.attaching.uploads.on("change", () => {
        if (this.tray.isWaiting) return;
        stop();
        resolve(keys());
      });
    });
  }

  /** @param {string} sentence */
  #refuse(sentence) {
    this.#text.refuse(sentence);
    this.#text.input.focus();
  }

  /** @param {number} room */
  #enter(room) {
    this.#sheet.close();
    this.enter(room);
  }
}

/**
 * @param {User} user
 * @param {number} index
 * @param {number} me
 */
function option(user, index, me) {
  const note = user.id === me ? gettext("you, for notes") : `@${user.username}`;
  const who = h("span", { class: "who" }, h("b", written(user.name), user.name), " ", h("small", {}, note));
  return h("li", { class: "person-row", role: "option", id: OPTION + index, "aria-selected": "false" }, face(user, { small: true }), who, h("kbd", { "aria-hidden": "true" }, "Enter"));
}
