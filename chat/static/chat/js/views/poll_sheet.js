/** A new poll: the question, its choices, and how people vote. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { localTimeOf, timeOfLocal } from "../lib/zoned_time.js";
import { FormField } from "./form_field.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("../net/protocol.js").NewPoll} NewPoll */

/** The limits of polls; the server has the same (`chat.models.poll`). */
const QUESTION_CHARS = 300;
const CHOICE_CHARS = 100;
const FEWEST = 2;
const MOST = 10;
const FIRST = 3;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The server accepts a day more: its clock may differ. */
const LONGEST_MS = 365 * DAY_MS;
/** Of a time that the person picks. */
const OWN = "own";

/** When a poll closes, in ms from now; 0: never by itself. @type {[number, string][]} */
const TIMES = [
  [0, gettext("When somebody closes it")],
  [HOUR_MS, gettext("In an hour")],
  [DAY_MS, gettext("In a day")],
  [3 * DAY_MS, gettext("In three days")],
  [7 * DAY_MS, gettext("In a week")],
];

export class PollSheet {
  #sheet = new Sheet(gettext("New poll"));
  #question = new FormField({
    label: gettext("Question"),
    input: h("input", { class: "input", type: "text", name: "question", autocomplete: "off", maxlength: QUESTION_CHARS, dir: "auto" }),
  });
  #choices = h("fieldset", { class: "poll-choices" }, h("legend", {}, gettext("Choices")));
  #add = button({ class: "button bare" }, () => this.#addChoice("").focus(), icon("plus"), gettext("Add a choice"));
  #multiple = check(gettext("People may choose several"));
  #anonymous = check(gettext("Do not show who voted for what"));
  #hidden = check(gettext("Show results only when it is closed"));
  #closes = h("select", { class: "input", id: "poll-closes" }, ...TIMES.map(([ms, text]) => h("option", { value: ms }, text)));
  #at = new FormField({ label: gettext("Date and time"), input: h("input", { class: "input", type: "datetime-local", name: "closes_at", required: true }) });
  #wrong = h("p", { class: "wrong", role: "alert" });
  #form = h(
    "form",
    { class: "sheet-form", id: "new-poll", novalidate: true },
    this.#question.element,
    this.#choices,
    h("div", {}, this.#add),
    h("div", {}, this.#multiple.element, this.#anonymous.element, this.#hidden.element),
    h("div", { class: "form-field" }, h("label", { for: "poll-closes" }, gettext("Closes")), this.#closes),
    this.#at.element,
    this.#wrong,
  );

  /**
   * @param {object} how
   * @param {{question: string, poll: NewPoll}} [how.begun] that was not sent
   * @param {string} [how.timeZone] of the person, if not the browser's own
   * @param {(question: string, poll: NewPoll) => void} how.send
   */
  constructor({ begun, timeZone, send }) {
    this.send = send;
    this.timeZone = timeZone;
    this.#question.input.value = begun?.question ?? "";
    for (const text of begun?.poll.choices ?? Array(FIRST).fill("")) this.#addChoice(text);
    this.#multiple.input.checked = begun?.poll.multiple ?? false;
    this.#anonymous.input.checked = begun?.poll.anonymous ?? false;
    this.#hidden.input.checked = begun?.poll.hidden ?? false;
    this.#closes.append(h("option", { value: OWN }, gettext("At a time that I pick")));
    this.#closes.addEventListener("change", () => this.#drawTime());
    this.#at.input.addEventListener("input", () => this.#at.refuse(""));
    if (timeZone && timeZone !== new Intl.DateTimeFormat().resolvedOptions().timeZone) {
      this.#at.element.querySelector("label")?.append(` (${timeZone.replaceAll("_", " ")})`);
    }
    if (begun?.poll.closes_at) this.#closes.value = OWN;
    this.#drawTime(begun?.poll.closes_at);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#sheet.pad.append(this.#form);
    const cancel = button({ class: "button quiet" }, () => this.#sheet.close(), gettext("Cancel"));
    this.#sheet.dialog.append(h("footer", {}, cancel, h("button", { class: "button", form: "new-poll" }, gettext("Send"))));
  }

  open() {
    this.#sheet.open();
    this.#question.input.focus();
  }

  get #inputs() {
    return /** @type {HTMLInputElement[]} */ ([...this.#choices.querySelectorAll("input")]);
  }

  /** @param {string} text */
  #addChoice(text) {
    const input = h("input", { class: "input", type: "text", autocomplete: "off", maxlength: CHOICE_CHARS, dir: "auto" });
    input.value = text;
    const remove = button({ class: "icon" }, () => this.#remove(row), icon("close"));
    const row = h("div", { class: "poll-choice" }, input, remove);
    this.#choices.append(row);
    this.#number();
    return input;
  }

  /** @param {HTMLElement} row */
  #remove(row) {
    const index = this.#inputs.indexOf(/** @type {HTMLInputElement} */ (row.querySelector("input")));
    row.remove();
    this.#number();
    this.#inputs[Math.max(0, index - 1)]?.focus();
  }

  #number() {
    const inputs = this.#inputs;
    for (const [index, input] of inputs.entries()) {
      const name = interpolate(gettext("Choice %(number)s"), { number: index + 1 });
      input.setAttribute("aria-label", name);
      input.placeholder = name;
      const remove = /** @type {HTMLButtonElement} */ (input.nextElementSibling);
      const text = interpolate(gettext("Remove choice %(number)s"), { number: index + 1 });
      remove.setAttribute("aria-label", text);
      remove.title = text;
      remove.hidden = inputs.length <= FEWEST;
    }
    this.#add.hidden = inputs.length >= MOST;
  }

  /**
   * Offers to pick a time, at first a full hour tomorrow.
   * @param {string} [at] that was picked
   */
  #drawTime(at) {
    const { input, element } = this.#at;
    element.hidden = this.#closes.value !== OWN;
    if (element.hidden) return;
    const now = Date.now();
    input.setAttribute("min", localTimeOf(now + MINUTE_MS, this.timeZone));
    input.setAttribute("max", localTimeOf(now + LONGEST_MS, this.timeZone));
    input.value ||= at ? localTimeOf(Date.parse(at), this.timeZone) : `${localTimeOf(now + DAY_MS + HOUR_MS, this.timeZone).slice(0, -2)}00`;
  }

  /** When it closes: NaN if that is no time in the bounds, 0 for never. */
  #closesAt() {
    const now = Date.now();
    if (this.#closes.value !== OWN) return Number(this.#closes.value) && now + Number(this.#closes.value);
    const at = timeOfLocal(this.#at.input.value, this.timeZone);
    return at > now && at <= now + LONGEST_MS ? at : NaN;
  }

  #submit() {
    const question = this.#question.input.value.trim();
    const choices = this.#inputs.map(({ value }) => value.trim()).filter(Boolean);
    this.#question.refuse(question ? "" : gettext("Write a question."));
    this.#wrong.textContent = question ? wrongIn(choices) : "";
    if (!question) return this.#question.input.focus();
    if (this.#wrong.textContent) return (this.#inputs.find(({ value }) => !value.trim()) ?? this.#inputs[0])?.focus();
    const at = this.#closesAt();
    this.#at.refuse(Number.isNaN(at) ? gettext("A poll closes in the future, within a year.") : "");
    if (Number.isNaN(at)) return this.#at.input.focus();
    const poll = { choices, multiple: this.#multiple.input.checked, anonymous: this.#anonymous.input.checked, hidden: this.#hidden.input.checked };
    this.#sheet.close();
    this.send(question, at ? { ...poll, closes_at: new Date(at).toISOString() } : poll);
  }
}

/** @param {string[]} choices */
function wrongIn(choices) {
  if (choices.length < FEWEST) return gettext("Write at least two choices.");
  const texts = new Set(choices.map((choice) => choice.replace(/\s+/gu, " ").toLowerCase()));
  return texts.size < choices.length ? gettext("Two of the choices are the same.") : "";
}

/** @param {string} text */
function check(text) {
  const input = h("input", { type: "checkbox" });
  return { input, element: h("label", { class: "check" }, input, h("span", {}, text)) };
}
