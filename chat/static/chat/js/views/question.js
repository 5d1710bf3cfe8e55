/** "Are you sure?" in place: a sentence that says what will happen, and two buttons. */
import { button, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { refusal } from "./form_field.js";

/**
 * @param {object} how
 * @param {string} how.text what will happen
 * @param {string} how.yes label of the button that does it
 * @param {() => Promise<unknown>} how.act rejects with FormRefused
 * @param {() => void} how.cancel
 * @param {Node[]} [how.more] fields between the text and the buttons
 */
export function question({ text, yes, act, cancel, more = [] }) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  let isActing = false;
  const acting = async () => {
    if (isActing) return;
    isActing = true;
    wrong.textContent = "";
    await act().catch((error) => (wrong.textContent = refusal(error)));
    isActing = false;
  };
  const no = button({ class: "button quiet" }, cancel, gettext("Cancel"));
  const box = h("div", { class: "question", role: "group", "aria-label": yes }, h("p", {}, text), ...more, wrong, h("div", { class: "in-place" }, no, button({ class: "button danger" }, acting, yes)));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    cancel();
  });
  return box;
}

/** A row that asks a question below itself before it acts. */
export class AskingRow {
  /** @type {HTMLElement | null} */
  #box = null;

  /**
   * @param {object} how
   * @param {Node[]} how.label
   * @param {boolean} [how.isDangerous]
   * @param {string} how.yes
   * @param {() => string} how.text
   * @param {() => Promise<unknown>} how.act
   * @param {Node[]} [how.more]
   */
  constructor({ label, isDangerous = false, yes, text, act, more = [] }) {
    this.opener = button({ class: isDangerous ? "set danger" : "set", "aria-expanded": "false" }, () => (this.#box ? this.close() : this.#open()), ...label);
    this.element = h("div", {}, this.opener);
    this.yes = yes;
    this.text = text;
    this.act = act;
    this.more = more;
  }

  /** @param {{focus?: boolean}} [how] */
  close({ focus = true } = {}) {
    this.#box?.remove();
    this.#box = null;
    this.opener.setAttribute("aria-expanded", "false");
    if (focus) this.opener.focus();
  }

  #open() {
    this.#box = question({ text: this.text(), yes: this.yes, act: this.act, cancel: () => this.close(), more: this.more });
    this.element.append(this.#box);
    this.opener.setAttribute("aria-expanded", "true");
    this.#box.querySelector("input, button")?.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement | null} */ (this.#box.querySelector("input, button"))?.focus();
  }
}
