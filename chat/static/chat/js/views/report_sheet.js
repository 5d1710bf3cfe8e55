/** A sheet in which the reader reports a message to the administrators, for a reason and with a note. */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { quotedText, written } from "../lib/text.js";
import { DISCONNECTED } from "../net/connection.js";
import { FormField } from "./form_field.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("../net/protocol.js").Message} Message */

/** The server has the same limit (`chat.models.report`). */
const NOTE_CHARS = 500;
const EXCERPT_CHARS = 200;

/** @returns {[string, string][]} reason and text */
const reasons = () => [
  ["spam", gettext("Advertising or spam")],
  ["unkind", gettext("Unkind to someone")],
  ["private", gettext("Private information")],
  ["other", gettext("Something else")],
];

/**
 * @typedef {object} Opening
 * @property {Message} message
 * @property {string} styles address of the late styles
 * @property {string} time of the message
 * @property {(report: {message: number, reason: string, note: string}) => Promise<unknown>} send rejects with a CommandError
 * @property {(text: string) => void} said called with what the reader should know after it was sent
 */

/**
 * Opens the sheet. Rejects if its styles could not be loaded.
 * @param {Opening} opening
 */
export async function openReport(opening) {
  await lateStyles(opening.styles);
  new ReportSheet(opening).open();
}

class ReportSheet {
  #sheet = new Sheet(gettext("Report this message"));
  #wrong = h("p", { class: "wrong", role: "alert" });
  #note = new FormField({ label: gettext("Anything to add (optional)"), input: h("textarea", { class: "input", name: "note", rows: 3, maxlength: NOTE_CHARS }) });
  #reasons = h("fieldset", { class: "choices-in-place" }, h("legend", {}, gettext("What is wrong with it?")));
  #isSending = false;

  /** @param {Opening} opening */
  constructor({ message, time, send, said }) {
    this.message = message;
    this.send = send;
    this.said = said;
    const { author, body, extras } = message;
    const excerpt = Array.from(quotedText({ text: body, files: extras.attachments?.length })).slice(0, EXCERPT_CHARS).join("");
    const quoted = h("blockquote", { class: "report-quote" }, h("p", {}, h("b", written(author.name), author.name), " ", h("small", {}, time)), h("p", written(excerpt), excerpt));
    for (const [value, text] of reasons()) {
      const radio = h("input", { type: "radio", name: "reason", value, checked: value === "spam" });
      this.#reasons.append(h("label", { class: "check" }, radio, h("span", {}, text)));
    }
    const promise = interpolate(gettext("The administrators look at reports. %(name)s will not learn who sent it."), { name: author.name });
    const form = h("form", { class: "sheet-form", novalidate: true }, quoted, this.#reasons, this.#note.element, h("p", { class: "said", ...written(promise) }, promise), this.#wrong);
    const cancel = button({ class: "button quiet" }, () => this.#sheet.close(), gettext("Cancel"));
    form.id = "report-form";
    this.#sheet.pad.append(form);
    this.#sheet.dialog.append(h("footer", {}, cancel, h("button", { class: "button", form: form.id }, gettext("Send report"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(form);
    });
  }

  open() {
    this.#sheet.open();
    /** @type {HTMLElement | null} */ (this.#reasons.querySelector("input:checked"))?.focus();
  }

  /** @param {HTMLFormElement} form */
  async #submit(form) {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#wrong.textContent = "";
    const fields = new FormData(form);
    try {
      await this.send({ message: this.message.id, reason: String(fields.get("reason")), note: String(fields.get("note")).trim() });
      this.#sheet.close();
      this.said(gettext("Thank you. The administrators will look at it, and you will be notified of the result."));
    } catch (error) {
      const { code, message } = /** @type {import("../net/connection.js").CommandError} */ (error);
      this.#wrong.textContent = code === DISCONNECTED ? gettext("You are not connected.") : message;
    } finally {
      this.#isSending = false;
    }
  }
}
