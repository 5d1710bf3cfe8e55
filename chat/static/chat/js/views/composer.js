/** The field for writing messages. Keeps a draft for each room. Messages are edited in the same field, which then restores the draft. */
import { button, h, icon } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { clean, overLimit, quotedText, written } from "../lib/text.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").Quote} Quote */
/** @typedef {import("../net/outbox.js").AttachedFile} AttachedFile */

/** The number of remaining characters is shown once it is at most this. */
const COUNT_FROM = 500;
const DRAFT_MS = 250;
const QUOTE_CHARS = 140;
/** The key code of keys that an input method handles. */
const IME_KEY_CODE = 229;
const FITS_ITSELF = CSS.supports("field-sizing", "content");

/**
 * @typedef {object} Events
 * @property {{room: number, body: string, quote: Quote | null, files: AttachedFile[]}} send
 * @property {null} shown another room is shown
 * @property {{message: Message, body: string}} edit
 * @property {{room: number, writing: boolean}} input
 * @property {null} editLast
 * @property {number} draft the draft of this room changed
 */

/** @extends {Emitter<Events>} */
export class Composer extends Emitter {
  /** @type {number | null} */
  #room = null;
  /** @type {Message | null} */
  #editing = null;
  /** The message to which the text replies. @type {Quote | null} */
  #quote = null;
  #limit = Infinity;
  /** The text when the draft was last read or saved; a different text was typed since. */
  #saved = "";
  #isComposing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #draftTimer;
  /** What is attached to the text, once that part of the page is loaded. @type {import("./attachment_tray.js").AttachmentTray | null} */
  attached = null;

  /**
   * @param {object} parts
   * @param {HTMLFormElement} parts.form
   * @param {HTMLTextAreaElement} parts.field
   * @param {HTMLElement} parts.count
   * @param {HTMLElement} parts.hint shown from the second line on
   * @param {HTMLElement} parts.strip shown while a message is edited, or replied to
   * @param {HTMLButtonElement} parts.send
   * @param {import("../state/thread_drafts.js").ComposerDrafts} parts.drafts
   */
  constructor({ form, field, count, hint, strip, send, drafts }) {
    super();
    this.field = field;
    this.count = count;
    this.hint = hint;
    this.strip = strip;
    this.sendButton = send;
    this.drafts = drafts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    field.addEventListener("input", () => this.#changed());
    field.addEventListener("keydown", (event) => this.#pressed(event));
    field.addEventListener("compositionstart", () => (this.#isComposing = true));
    field.addEventListener("compositionend", () => (this.#isComposing = false));
  }

  #drawStrip() {
    const quote = this.#editing ? null : this.#quote;
    this.strip.hidden = !this.#editing && !quote;
    this.strip.className = quote ? "editing replying" : "editing";
    if (quote) this.strip.replaceChildren(...replyingTo(quote, () => this.cancelReply()));
    else {
      const cancel = button({ class: "linklike" }, () => this.cancelEdit(), gettext("Cancel"));
      this.strip.replaceChildren(h("span", {}, gettext("Editing a message")), cancel);
    }
  }

  /**
   * @param {import("../state/room.js").Room | null} room
   * @param {number} limit most characters
   */
  show(room, limit) {
    this.saveDraft();
    this.#editing = null;
    this.#room = room?.id ?? null;
    this.#limit = limit;
    this.rename(room?.summary.name ?? "");
    this.#fillWithDraft();
    this.emit("shown", null);
  }

  /** Where it writes to: a room, or the place of a thread. */
  get room() {
    return this.#room;
  }

  /** Something was attached, or removed. */
  refresh() {
    this.#drawCount();
  }

  /**
   * Shows the draft of this room as another device or tab left it, unless something was typed here since.
   * @param {number} room
   */
  offerDraft(room) {
    const isUntouched = !this.#editing && !this.#isComposing && this.field.value === this.#saved;
    if (room !== this.#room || !isUntouched || this.drafts.get(room) === this.#saved) return;
    this.#fillWithDraft();
  }

  /** @param {string} name of the room */
  rename(name) {
    const label = interpolate(gettext("Message %(room)s"), { room: name });
    if (this.field.placeholder === label) return; // setting it again would cost a layout
    this.field.placeholder = label;
    this.field.setAttribute("aria-label", label);
  }

  get editing() {
    return this.#editing;
  }

  /**
   * @param {Message} message
   * @param {string} body as the person last edited it
   */
  startEdit(message, body) {
    this.saveDraft();
    this.#editing = message;
    this.#fill(body);
    this.focus();
  }

  /**
   * The text replies to a message from now on.
   * @param {Message} message
   */
  startReply({ id, position, author, body, extras }) {
    this.cancelEdit();
    this.#setQuote({ id, position, author, text: Array.from(body).slice(0, QUOTE_CHARS).join(""), files: extras.attachments?.length });
    this.focus();
  }

  cancelReply() {
    this.#setQuote(null);
    this.focus();
  }

  /** @param {Quote | null} quote */
  #setQuote(quote) {
    this.#quote = quote;
    if (this.#room !== null) this.drafts.setQuote(this.#room, quote);
    this.#drawStrip();
  }

  /**
   * Puts the text of an unsent message back, above newer text.
   * @param {string} body
   * @param {Quote | null} [quote] of the message to which it replied
   */
  takeBack(body, quote = null) {
    this.cancelEdit();
    if (quote) this.#setQuote(quote);
    this.#fill([body, this.field.value].filter(Boolean).join("\n"));
    this.saveDraft();
    this.focus();
  }

  cancelEdit() {
    if (!this.#editing || this.#room === null) return;
    this.#editing = null;
    this.#fillWithDraft();
    this.focus();
  }

  focus() {
    this.field.focus();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
  }

  saveDraft() {
    clearTimeout(this.#draftTimer);
    if (this.#room === null || this.#editing || this.field.value === this.#saved) return;
    this.#saved = this.field.value;
    this.drafts.set(this.#room, this.#saved);
    this.emit("draft", this.#room);
  }

  #fillWithDraft() {
    this.#saved = this.#room === null ? "" : this.drafts.get(this.#room);
    this.#quote = this.#room === null ? null : this.drafts.quote(this.#room);
    this.#fill(this.#saved);
  }

  /** @param {string} text */
  #fill(text) {
    this.field.value = text;
    this.field.dispatchEvent(new Event("select")); // browsers do not report that the selection has gone with the text
    this.#drawStrip();
    this.#fit();
    this.#drawCount();
  }

  #changed() {
    this.#fit();
    this.#drawCount();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.saveDraft(), DRAFT_MS);
    if (this.#room !== null && !this.#editing) {
      this.emit("input", { room: this.#room, writing: this.field.value.trim() !== "" });
    }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.keyCode === IME_KEY_CODE) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#editing) {
      event.preventDefault();
      this.cancelEdit();
    } else if (event.key === "Escape" && this.#quote) {
      event.preventDefault();
      this.cancelReply();
    } else if (event.key === "ArrowUp" && this.field.value === "" && !this.#editing) {
      event.preventDefault();
      this.emit("editLast", null);
    }
  }

  #submit() {
    const body = clean(this.field.value);
    if (this.#room === null || (!body && !this.#hasFiles) || overLimit(body, this.#limit) > 0) return;
    if (this.sendButton.dataset.wait && !this.#editing) return; // slow mode
    if (this.#editing) {
      this.emit("edit", { message: this.#editing, body });
      this.cancelEdit();
      return;
    }
    const quote = this.#quote;
    const files = this.attached?.files ?? [];
    this.#fill("");
    this.saveDraft();
    this.#setQuote(null);
    this.emit("send", { room: this.#room, body, quote, files });
  }

  /** Whether what is written has files, with which it needs no text. */
  get #hasFiles() {
    const files = this.#editing ? this.#editing.extras.attachments : this.attached?.files;
    return Boolean(files?.length);
  }

  /** Makes the field as high as its text, up to the ten lines that the style sheet allows, in browsers that do not do so themselves. */
  #fit() {
    if (!FITS_ITSELF) {
      this.field.style.blockSize = "auto";
      this.field.style.blockSize = `${this.field.scrollHeight}px`;
    }
    this.hint.hidden = !this.field.value.includes("\n") && this.field.scrollHeight < 2 * parseFloat(getComputedStyle(this.field).lineHeight);
  }

  #drawCount() {
    const text = clean(this.field.value);
    const over = overLimit(text, this.#limit);
    this.count.textContent = over > -COUNT_FROM ? countText(over) : "";
    this.count.classList.toggle("over", over > 0);
    this.sendButton.setAttribute("aria-disabled", String((!text && !this.#hasFiles) || over > 0));
  }
}

/**
 * @param {Quote} quote
 * @param {() => void} cancel
 */
function replyingTo(quote, cancel) {
  const { author } = quote;
  const shown = quotedText(quote);
  const label = gettext("Cancel the reply");
  const [before, after = ""] = gettext("Reply to %(name)s").split("%(name)s");
  return [
    icon("reply"),
    h("span", { class: "to" }, before, h("b", written(author.name), author.name), after),
    h("span", { class: "cut", ...written(shown) }, shown),
    button({ class: "icon", "aria-label": label, title: label }, cancel, icon("close")),
  ];
}

/** @param {number} over characters over the limit; below zero, those left */
function countText(over) {
  const count = Math.abs(over);
  const text =
    over > 0
      ? ngettext("%(count)s character too many", "%(count)s characters too many", count)
      : ngettext("%(count)s character left", "%(count)s characters left", count);
  return interpolate(text, { count });
}
