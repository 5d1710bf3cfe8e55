/**
 * Formatting in the composer: a bar over the selection, the keys Ctrl B, I, E and K, lists that continue on a new line, code in which
 * Enter makes a new line, and pasted HTML as markup. Changes go through the browser's editing commands, so that they can be undone.
 */
import { button, h, icon } from "../lib/dom.js";
import { SIGNS, continued, isInFence, linked, marked, toggled } from "../lib/formatting.js";
import { gettext } from "../lib/i18n.js";
import { markupOf } from "../lib/pasted_html.js";
import { IS_MAC } from "./navigation.js";

/** @typedef {import("../lib/formatting.js").Change} Change */
/** @typedef {import("../lib/formatting.js").Text} Text */
/** @typedef {"bold" | "italic" | "strike" | "code" | "link" | "list" | "quote"} Format */

/** @type {Record<string, Format>} */
const KEYS = { b: "bold", i: "italic", e: "code", k: "link" };
const IME_KEY_CODE = 229;

export class FormatBar {
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLTextAreaElement} field
   */
  constructor(form, field) {
    this.field = field;
    const key = (/** @type {string} */ letter) => (IS_MAC ? `⌘${letter}` : `Ctrl ${letter}`);
    this.bar = h(
      "div",
      { class: "format-bar", role: "toolbar", "aria-label": gettext("Formatting"), hidden: true },
      this.#tool("bold", gettext("Bold"), key("B")),
      this.#tool("italic", gettext("Italic"), key("I")),
      this.#tool("strike", gettext("Strikethrough")),
      this.#tool("code", gettext("Code"), key("E")),
      this.#tool("link", gettext("Link"), key("K")),
      h("span", { class: "rule" }),
      this.#tool("list", gettext("List")),
      this.#tool("quote", gettext("Quote")),
    );
    form.prepend(this.bar);
    // A click leaves the selection as it is.
    this.bar.addEventListener("mousedown", (event) => event.preventDefault());
    this.bar.addEventListener("keydown", (event) => this.#moved(event));
    form.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    form.addEventListener("focusout", ({ relatedTarget }) => this.#show(form.contains(/** @type {Node | null} */ (relatedTarget))));
    document.addEventListener("selectionchange", () => document.activeElement === field && this.#show(true));
    field.addEventListener("select", () => this.#show(true));
    field.addEventListener("paste", (event) => this.#pasted(event));
  }

  /** @param {Format} format */
  apply(format) {
    const text = this.#text();
    if (format === "link") this.#change(linked(text));
    else if (format === "list") this.#change(marked(text, "- "));
    else if (format === "quote") this.#change(marked(text, "> "));
    else this.#change(toggled(text, SIGNS[format]));
  }

  /**
   * @param {Format} format
   * @param {string} label
   * @param {string} [key]
   */
  #tool(format, label, key) {
    const tool = button({ class: "icon", tabindex: "-1", "aria-label": label, title: key ? `${label} (${key})` : label }, () => this.apply(format), icon(format));
    return tool;
  }

  /** @returns {Text} */
  #text() {
    const { value, selectionStart: start, selectionEnd: end } = this.field;
    return { value, start, end };
  }

  /** @param {boolean} hasFocus */
  #show(hasFocus) {
    const { value, start, end } = this.#text();
    this.bar.hidden = !hasFocus || !value.slice(start, end).trim();
    const tools = this.bar.querySelectorAll("button");
    if (![...tools].some((tool) => tool.tabIndex === 0)) tools[0].tabIndex = 0;
  }

  /** @param {Change} change */
  #change({ from, to, text, start, end }) {
    const { field } = this;
    field.focus();
    field.setSelectionRange(from, to);
    const isDone = document.execCommand(text ? "insertText" : "delete", false, text);
    if (!isDone) {
      field.setRangeText(text, from, to, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field.setSelectionRange(start, end);
    this.#show(true);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.target !== this.field || event.isComposing || event.keyCode === IME_KEY_CODE) return;
    const format = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey ? KEYS[event.key.toLowerCase()] : undefined;
    const text = this.#text();
    // Without a selection, Ctrl K opens the palette, as everywhere.
    if (format && (format !== "link" || text.start < text.end)) return this.#run(event, () => this.apply(format));
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey) return;
    const isCode = isInFence(text.value, text.start);
    if (!event.shiftKey && !isCode) return;
    const change = continued(text) ?? (isCode ? { from: text.start, to: text.end, text: "\n", start: text.start + 1, end: text.start + 1 } : null);
    if (change) this.#run(event, () => this.#change(change));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {() => void} act
   */
  #run(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /**
   * The arrow keys move in the bar, as in every toolbar; Escape returns to the text.
   * @param {KeyboardEvent} event
   */
  #moved(event) {
    const tools = [...this.bar.querySelectorAll("button")];
    const at = tools.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = tools[(at + step + tools.length) % tools.length];
      for (const tool of tools) tool.tabIndex = tool === next ? 0 : -1;
      next.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.field.focus();
    }
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const html = event.clipboardData?.getData("text/html") ?? "";
    const { value, start, end } = this.#text();
    if (!html || isInFence(value, start)) return;
    const markup = markupOf(html);
    if (markup === null) return;
    event.preventDefault();
    this.#change({ from: start, to: end, text: markup, start: start + markup.length, end: start + markup.length });
  }
}
