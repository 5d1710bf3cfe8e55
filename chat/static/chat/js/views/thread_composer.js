/** The composer of a thread, which can also send to the room, with who types above, and a notice in an archived room. */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { ThreadDrafts } from "../state/thread_drafts.js";
import { Composer } from "./composer.js";
import { ComposerMenu } from "./composer_menu.js";
import { ComposerTools } from "./composer_tools.js";
import { FormatBar } from "./format_bar.js";
import { typingText } from "./people.js";
import { PostingLimits } from "./posting_limits.js";

export class ThreadComposer {
  #note = h("p", { class: "note", role: "status" });
  #strip = h("p", { class: "editing", hidden: true });
  #field = /** @type {HTMLTextAreaElement} */ (h("textarea", { class: "field", rows: "1", enterkeyhint: "send", autocomplete: "off", dir: "auto" }));
  #count = h("span", { class: "count", role: "status" });
  #add = iconButton("plus", gettext("Add"));
  #mention = iconButton("at", gettext("Mention somebody"), "mention");
  #emoji = iconButton("smile", gettext("Emoji"));
  #send = /** @type {HTMLButtonElement} */ (h("button", { class: "send", "aria-label": gettext("Send"), title: gettext("Send") }, icon("send")));
  #also = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox" }));
  #alsoText = h("span");
  #form = /** @type {HTMLFormElement} */ (
    h("form", { class: "composer" }, this.#strip, h("div", { class: "line" }, this.#add, this.#field, this.#count, this.#mention, this.#emoji, this.#send))
  );
  #option = h("label", { class: "also" }, this.#also, this.#alsoText);
  #reason = h("p", {});
  #closed = h("div", { class: "archived-note", hidden: true }, icon("lock"), this.#reason);
  #typists = h("p", { class: "typing" });
  #hint = h("small", { class: "hint", hidden: true }, gettext("Enter to send, Shift+Enter for a new line"));
  #under = h("div", { class: "under" }, this.#typists, this.#hint);
  element = h("div", { class: "write" }, this.#note, this.#form, this.#option, this.#closed, this.#under);
  composer;

  /** @param {import("./shell_parts.js").Shell & {attaching: import("./attaching.js").Attaching}} shell */
  constructor(shell) {
    this.composer = new Composer({
      form: this.#form,
      field: this.#field,
      count: this.#count,
      hint: this.#hint,
      strip: this.#strip,
      send: this.#send,
      drafts: new ThreadDrafts(shell.storage),
    });
    this.limits = new PostingLimits(this.composer, this.#closed, shell);
    new FormatBar(this.#form, this.#field);
    const tray = shell.attaching.follow({ composer: this.composer, form: this.#form, under: this.#under, name: () => gettext("this thread") });
    new ComposerMenu(shell, { opener: this.#add, attaching: shell.attaching, tray, withPoll: false });
    new ComposerTools(shell, { form: this.#form, field: this.#field, emoji: this.#emoji, mention: this.#mention });
  }

  /**
   * @param {import("../state/room.js").Room} thread to which the draft belongs
   * @param {number} limit most characters
   */
  show(thread, limit) {
    this.#also.checked = false;
    this.composer.show(thread, limit);
    this.#field.placeholder = gettext("Reply…");
    this.#field.setAttribute("aria-label", gettext("Reply in a thread"));
  }

  /** Whether the reply is also sent to the room; the next one is not. */
  takeAlso() {
    const also = this.#also.checked;
    this.#also.checked = false;
    return also;
  }

  /** @param {string} text the reason of a refusal */
  note(text) {
    this.#note.textContent = text;
  }

  /** @param {import("../state/room.js").Room} room */
  draw(room) {
    const mayPost = room.may("post");
    this.#form.hidden = this.#option.hidden = !mayPost;
    this.#closed.hidden = mayPost || !(room.summary.archived || room.summary.closed);
    this.#reason.textContent = reason(room);
    this.#alsoText.textContent = interpolate(gettext("Also send to %(room)s"), { room: roomName(room) });
    this.limits.draw(room); // the rules of the room hold in its threads, and the wait in slow mode is one
  }

  /** @param {import("../net/protocol.js").User[]} people */
  drawTypists(people) {
    const text = typingText(people);
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.#typists.replaceChildren(...(text ? [dots, " ", text] : []));
  }
}

/** @param {import("../state/room.js").Room} room with the sign that the list of rooms has for most */
export function roomName({ summary }) {
  return summary.kind === "public" ? `# ${summary.name}` : summary.name;
}

/** @param {import("../state/room.js").Room} room in which the reader may not write */
function reason({ summary }) {
  if (summary.archived) return gettext("This room is archived: you can read the thread, but not reply.");
  return gettext("You can read the thread, but not reply now.");
}

/**
 * @param {string} drawing
 * @param {string} label
 * @param {string} [more] class
 */
function iconButton(drawing, label, more = "") {
  return /** @type {HTMLButtonElement} */ (h("button", { type: "button", class: `icon ${more}`.trim(), "aria-label": label, title: label }, icon(drawing)));
}
