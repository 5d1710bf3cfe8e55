/** The sheet in which the person sets their status: an emoji, a few words, until when; and whether others see that they are here. */
import { button, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { endOf } from "../lib/status_ends.js";
import { DISCONNECTED } from "../net/connection.js";
import { SETTING } from "../state/items.js";
import { EmojiChoice } from "./emoji_choice.js";
import { FormField } from "./form_field.js";
import { Sheet } from "./sheet.js";

export const HIDES_PRESENCE = "hides_presence";
const STATUS_CHARS = 80;

/** @typedef {import("../lib/status_ends.js").StatusEnd} StatusEnd */

/** @type {[emoji: string, text: string, until: StatusEnd][]} */
const PRESETS = [
  ["💬", gettext("In a meeting"), "hour"],
  ["🎧", gettext("Focusing"), "hours"],
  ["🍚", gettext("Out for lunch"), "hour"],
  ["🏠", gettext("Working from home"), "today"],
  ["🤒", gettext("Off sick"), "today"],
  ["🌴", gettext("On holiday"), "week"],
];

/** @type {Record<StatusEnd, string>} */
const ENDS = {
  half: gettext("30 minutes"),
  hour: gettext("1 hour"),
  hours: gettext("4 hours"),
  today: gettext("Today"),
  week: gettext("This week"),
  never: gettext("Until I change it"),
};

export class StatusSheet {
  #sheet = new Sheet(gettext("Your status"));
  #emoji = new EmojiChoice((emoji) => (this.#chosen = emoji));
  #chosen = "";
  #text = new FormField({
    label: gettext("What are you up to?"),
    input: h("input", { class: "input", type: "text", name: "text", autocomplete: "off", maxlength: STATUS_CHARS, dir: "auto" }),
  });
  #presets = h("div", { class: "presets", role: "group", "aria-label": gettext("Suggestions") });
  #ends = h("select", { class: "input", id: "status-until", name: "until" });
  #hide = h("input", { type: "checkbox" });
  #wrong = h("p", { class: "wrong", role: "alert" });
  #isSending = false;

  /**
   * @param {object} how
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {import("../state/items.js").Items} how.items
   * @param {import("../net/protocol.js").Status | null} how.status the present one
   * @param {string | undefined} how.timeZone the person's own
   */
  constructor({ request, items, status, timeZone }) {
    this.request = request;
    this.items = items;
    this.timeZone = timeZone;
    /** The present end, as long as nothing else is chosen. */
    this.until = status?.until ?? null;
    for (const [name, text] of Object.entries(ENDS)) this.#ends.append(h("option", { value: name }, text));
    if (this.until) this.#ends.prepend(h("option", { value: "" }, gettext("As before")));
    this.#ends.value = this.until ? "" : "never";
    for (const preset of PRESETS) this.#presets.append(button({ class: "button quiet" }, () => this.#take(preset), `${preset[0]} ${preset[1]}`));
    this.#hide.checked = items.value(SETTING, HIDES_PRESENCE) === true;
    this.#hide.addEventListener("change", () => items.set(SETTING, HIDES_PRESENCE, this.#hide.checked || null));
    this.#draw(status?.emoji ?? "", status?.text ?? "");
    this.#sheet.pad.append(this.#form(status !== null));
  }

  open() {
    this.#sheet.open();
    this.#text.input.focus();
  }

  /** @param {boolean} isSet */
  #form(isSet) {
    const until = h("div", { class: "form-field" }, h("label", { for: this.#ends.id }, gettext("Until")), this.#ends);
    const hide = h("label", { class: "check" }, this.#hide, h("span", {}, gettext("Do not show others whether I am here")));
    const form = h("form", { class: "sheet-form", id: "status-form", novalidate: true }, this.#emoji.element, this.#text.element, this.#presets, until, hide, this.#wrong);
    const clear = isSet && button({ class: "button quiet" }, () => void this.#send("", "", null), gettext("Clear the status"));
    this.#sheet.dialog.append(h("footer", {}, clear, h("button", { class: "button", form: form.id }, gettext("Save"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const end = /** @type {StatusEnd | ""} */ (this.#ends.value);
      const ends = end === "" ? this.until : endOf(end, Date.now(), this.timeZone);
      void this.#send(this.#chosen, this.#text.input.value.trim(), ends);
    });
    return form;
  }

  /** @param {typeof PRESETS[number]} preset */
  #take([emoji, text, end]) {
    this.#draw(emoji, text);
    this.#ends.value = end;
    this.#text.input.focus();
  }

  /**
   * @param {string} emoji
   * @param {string} text
   */
  #draw(emoji, text) {
    this.#chosen = emoji;
    this.#emoji.draw(emoji);
    this.#text.input.value = text;
  }

  /**
   * @param {string} emoji
   * @param {string} text
   * @param {string | null} until
   */
  async #send(emoji, text, until) {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#wrong.textContent = "";
    try {
      await this.request({ type: "set_status", emoji, text, ...(until ? { until } : {}) });
      this.#sheet.close();
    } catch (error) {
      const { code, message } = /** @type {import("../net/connection.js").CommandError} */ (error);
      this.#wrong.textContent = code === DISCONNECTED ? gettext("You are not connected.") : message;
    } finally {
      this.#isSending = false;
    }
  }
}

