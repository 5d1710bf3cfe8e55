/** The area below the messages: who is typing, the reason of a refusal, and the composer, or why the reader can't write. */
import { roomAddress } from "../lib/addresses.js";
import { byId, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { Composer } from "./composer.js";
import { typingText } from "./people.js";

/** A name that means everybody. */
const CALL = /(?<![\p{L}\p{N}/@.])@(?:all|here)(?![a-z0-9_.-])/iu;

export class ComposerPanel {
  #form = byId("composer", HTMLFormElement);
  #archived = byId("archived", HTMLElement);
  #reopen = byId("reopen", HTMLFormElement);
  #typists = byId("typing", HTMLElement);
  #note = byId("note", HTMLElement);
  /** @type {import("../state/room.js").Room | null} */
  #room = null;

  /** @type {Promise<import("./posting_limits.js").PostingLimits> | null} */
  limits = null;

  /**
   * @param {import("../state/drafts.js").Drafts} drafts
   * @param {import("./posting_limits.js").State} state
   * @param {(files: File[], target: EventTarget | null, isPaste: boolean) => void} attach called with files that were pasted or dropped
   */
  constructor(drafts, state, attach) {
    this.state = state;
    this.composer = new Composer({
      form: this.#form,
      field: byId("field", HTMLTextAreaElement),
      count: byId("count", HTMLElement),
      hint: byId("hint", HTMLElement),
      strip: byId("editing", HTMLElement),
      send: byId("send", HTMLButtonElement),
      drafts,
    });
    followFiles(attach);
    this.composer.field.addEventListener("input", () => this.note(this.#warning()));
  }

  /** @param {string} text the reason of a refusal, shown until the reader continues to write */
  note(text) {
    if (this.#note.textContent !== text) this.#note.textContent = text;
  }

  /** What the reader should know before sending this text. */
  #warning() {
    if (this.#room?.may("mention_all") !== false || !CALL.test(this.composer.field.value)) return "";
    return gettext("Only owners and moderators can mention everybody in this room. Your message will mention nobody.");
  }

  /** @param {import("../state/room.js").Room} room */
  draw(room) {
    const { summary } = room;
    this.#room = room;
    this.#form.hidden = !room.may("post");
    this.#archived.hidden = !summary.archived;
    this.#reopen.hidden = !room.may("administer");
    this.#reopen.action = roomAddress(this.#reopen.dataset.action ?? "", summary.slug);
    this.composer.rename(summary.name);
    if (this.limits || summary.slow_seconds || (!room.may("post") && !summary.archived && !summary.closed)) void this.#limit(room);
  }

  /**
   * Shows for how long the reader must wait, or why they may not write. The module is loaded for the first room where that is so.
   * @param {import("../state/room.js").Room} room
   */
  async #limit(room) {
    try {
      this.limits ??= import("./posting_limits.js").then(({ PostingLimits }) => new PostingLimits(this.composer, this.#archived, this.state));
      const limits = await this.limits;
      if (this.#room === room) limits.draw(room);
    } catch {
      this.limits = null; // without a network: the next drawing tries again
    }
  }

  /** @param {import("../net/protocol.js").User[]} people */
  drawTypists(people) {
    const text = typingText(people);
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.#typists.replaceChildren(...(text ? [dots, " ", text] : []));
  }
}

/**
 * Attaches files that are pasted or dropped on the page; pasting text still works. A dropped file would otherwise replace the page.
 * @param {(files: File[], target: EventTarget | null, isPaste: boolean) => void} attach
 */
function followFiles(attach) {
  document.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (!data?.files.length || data.types.includes("text/plain")) return; // office programs copy a picture together with the text
    event.preventDefault();
    attach([...data.files], event.target, true);
  });
  document.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    attach([...(event.dataTransfer?.files ?? [])], event.target, false);
  });
}

/** @param {DragEvent} event */
function hasFiles({ dataTransfer }) {
  return dataTransfer?.types.includes("Files") ?? false;
}
