/** A new room: name, topic, and who can find it. A room with a similar name is a hint: perhaps it is the one that was wanted. */
import { roomAddress } from "../lib/addresses.js";
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { ask, FormRefused, send } from "../net/forms.js";
import { FormField, refusal, ROOM_NAME_CHARS, ROOM_TOPIC_CHARS } from "./form_field.js";
import { Sheet } from "./sheet.js";

/** After the last letter, before the server is asked for similar names. */
const PAUSE_MS = 300;

/** @type {Record<string, [string, string]>} icon and text by kind */
const KINDS = {
  public: ["hash", gettext("Public: everybody here can find it and join")],
  private: ["lock", gettext("Private: only invited people know that it exists")],
};

export class NewRoomSheet {
  #sheet = new Sheet(gettext("New room"));
  #similar = h("p", { class: "said", role: "status" });
  #name = new FormField({
    label: gettext("Name"),
    input: h("input", { class: "input", type: "text", name: "name", autocomplete: "off", required: true, maxlength: ROOM_NAME_CHARS }),
    below: [this.#similar],
  });
  #topic = new FormField({
    label: gettext("Topic"),
    input: h("input", { class: "input", type: "text", name: "topic", autocomplete: "off", maxlength: ROOM_TOPIC_CHARS }),
    below: [h("p", { class: "said" }, gettext("What this room is for, in one line."))],
  });
  #kinds = h("fieldset", { class: "choices-in-place" }, h("legend", {}, gettext("Who can find it")));
  #wrong = h("p", { class: "wrong", role: "alert" });
  #form = h("form", { class: "sheet-form", novalidate: true }, this.#name.element, this.#topic.element, this.#kinds, this.#wrong);
  #footer = h("footer", {}, button({ class: "button quiet" }, () => this.#sheet.close(), gettext("Cancel")), h("button", { class: "button" }, gettext("Create the room")));
  #isSending = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /**
   * @param {object} how
   * @param {Record<string, string>} how.urls
   * @param {(room: {id: number, slug: string}) => void} how.created
   */
  constructor({ urls, created }) {
    this.urls = urls;
    this.created = created;
    for (const [kind, [name, text]] of Object.entries(KINDS)) {
      const radio = h("input", { type: "radio", name: "kind", value: kind, checked: kind === "public" });
      this.#kinds.append(h("label", { class: "check" }, radio, icon(name), h("span", {}, text)));
    }
    this.#name.input.addEventListener("input", () => this.#typed());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#create();
    });
    const submit = /** @type {HTMLButtonElement} */ (this.#footer.lastElementChild);
    this.#form.id = "new-room";
    submit.setAttribute("form", this.#form.id);
    this.#sheet.pad.append(this.#form);
    this.#sheet.dialog.append(this.#footer);
  }

  open() {
    this.#sheet.open();
    this.#name.input.focus();
    void this.#ask("").then((answer) => answer && this.#offer(answer.kinds));
  }

  /**
   * Only the kinds that the reader may create are offered.
   * @param {string[]} kinds
   */
  #offer(kinds) {
    for (const radio of this.#kinds.querySelectorAll("input")) {
      const label = /** @type {HTMLElement} */ (radio.closest("label"));
      label.hidden = !kinds.includes(radio.value);
    }
    const chosen = this.#kinds.querySelector("label:not([hidden]) input");
    if (chosen instanceof HTMLInputElement) chosen.checked = true;
    if (kinds.length) return;
    this.#footer.hidden = true;
    this.#sheet.pad.replaceChildren(h("p", {}, gettext("Only administrators may create rooms here.")));
  }

  #typed() {
    this.#name.refuse("");
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#hint(), PAUSE_MS);
  }

  async #hint() {
    const name = this.#name.input.value.trim();
    const answer = name ? await this.#ask(name) : null;
    if (name !== this.#name.input.value.trim()) return;
    const similar = /** @type {{name: string, slug: string}[]} */ (answer?.similar ?? []);
    const links = similar.flatMap((room) => [" ", h("a", { href: roomAddress(this.urls.room, room.slug), ...written(room.name) }, `#${room.slug}`)]);
    this.#similar.replaceChildren(...(links.length ? [gettext("Rooms with a similar name:"), ...links] : []));
  }

  /**
   * What the server says about a name; null if it says nothing, because a hint is not worth an error.
   * @param {string} name
   * @returns {Promise<{kinds: string[], similar: {name: string, slug: string}[]} | null>}
   */
  #ask(name) {
    return ask(`${this.urls.room_create}?${new URLSearchParams({ name })}`).catch(() => null);
  }

  async #create() {
    if (this.#isSending) return;
    this.#isSending = true;
    for (const field of [this.#name, this.#topic]) field.refuse("");
    this.#wrong.textContent = "";
    const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(this.#form)));
    try {
      const room = await send(this.urls.room_create, { ...fields, confirmed_name: fields.name });
      this.#sheet.close();
      this.created(room);
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#isSending = false;
    }
  }

  /** @param {unknown} error */
  #refuse(error) {
    const errors = error instanceof FormRefused ? error.errors : {};
    const { name, topic } = errors;
    if (name) this.#name.refuse(name.join(" "));
    if (topic) this.#topic.refuse(topic.join(" "));
    if (!name && !topic) this.#wrong.textContent = refusal(error);
    (topic && !name ? this.#topic : this.#name).input.focus();
  }
}
