/** The actions that the reader may perform on a message, through the outbox, so that they also work without a connection. */
import { copy } from "../lib/plain_http.js";
import { gettext } from "../lib/i18n.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./message_toolbar.js").Action} Action */

export const UNDO_MS = 5_000;

export class MessageCommands {
  /**
   * @param {object} how
   * @param {() => import("../state/room.js").Room | null} how.room the one that is shown
   * @param {number} how.me my user id
   * @param {import("../net/outbox.js").Outbox} how.outbox
   * @param {import("./composer.js").Composer} how.composer
   * @param {import("./timeline.js").Timeline} how.timeline
   * @param {import("./sentences.js").Announcer} how.announcer
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {import("../state/read_tracker.js").ReadTracker} how.readTracker
   * @param {(message: Message) => Promise<void>} how.showReaders
   * @param {(message: Message) => Promise<void>} how.report
   * @param {(position: number) => void} how.openThread
   */
  constructor({ room, me, outbox, composer, timeline, announcer, router, readTracker, showReaders, report, openThread }) {
    this.report = report;
    this.room = room;
    this.me = me;
    this.outbox = outbox;
    this.composer = composer;
    this.timeline = timeline;
    this.announcer = announcer;
    this.router = router;
    this.readTracker = readTracker;
    this.showReaders = showReaders;
    this.openThread = openThread;
  }

  /**
   * @param {MessageRow} row
   * @returns {Action[]}
   */
  possible({ message, act, previews }) {
    const room = this.room();
    if (!room || message.deleted || message.kind === "system" || act?.kind === "delete") return [];
    const isOwn = message.author.id === this.me;
    /** @type {Action[]} */
    const actions = ["copy", "link"];
    if (room.may("post")) actions.unshift("reply");
    if (room.may("react")) actions.unshift("react");
    if (room.summary.parent === null) actions.push("unread");
    if (room.summary.parent === null && (room.may("post") || message.extras.thread)) actions.push("thread");
    if (room.may("pin")) actions.push(message.extras.pinned ? "unpin" : "pin");
    if (room.reads && room.summary.shows_reads) actions.push("readers");
    if (!isOwn) actions.push("report");
    if (previews?.length && room.may("post") && (isOwn || room.may("moderate"))) actions.push("previews");
    if (isOwn && room.may("post") && !message.extras.poll) actions.push("edit");
    if ((isOwn && !room.summary.archived && !room.summary.closed) || room.may("moderate")) actions.push("delete");
    return actions;
  }

  /**
   * Performs the action. Resolves to true if it has no visible effect.
   * @param {Action} action
   * @param {MessageRow} row
   * @param {boolean} byKey whether the pressed element has the focus
   * @param {HTMLElement} anchor beside which something may be opened
   */
  async run(action, row, byKey, anchor) {
    const { id, message } = row;
    if (action === "react") await this.pick(row, anchor);
    else if (action === "reply") this.composer.startReply(message);
    else if (action === "thread") this.openThread(message.position);
    else if (action === "edit") this.edit(message);
    else if (action === "delete") this.#delete(id, message, byKey);
    else if (action === "report") await this.report(message);
    else if (action === "unread") this.#markUnread(message);
    else if (action === "readers") await this.showReaders(message);
    else if (action === "previews") row.previews.forEach(({ url }) => this.outbox.removePreview(message, url));
    else if (action === "pin" || action === "unpin") this.#pin(message, action === "pin");
    else return this.#copy(action === "link" ? new URL(this.router.messageAddress(message), location.href).href : message.body);
    return false;
  }

  /**
   * Adds the reader's reaction to a message, or takes it back.
   * @param {MessageRow} row
   * @param {string} emoji
   */
  react({ message, reactions }, emoji) {
    const isOn = reactions.some((reaction) => reaction.emoji === emoji && reaction.own);
    this.outbox.react(message, emoji, !isOn);
  }

  /**
   * Lets the reader choose an emoji to react with.
   * @param {MessageRow} row
   * @param {HTMLElement} anchor
   */
  async pick(row, anchor) {
    const { openEmojiPicker } = await import("./emoji_picker.js");
    await openEmojiPicker({ anchor, withCustom: true, onPick: (emoji) => this.outbox.react(row.message, emoji, true) });
  }

  /** @param {Message} message */
  edit(message) {
    const waiting = this.outbox.items.find((item) => item.kind === "edit" && item.message === message.id);
    this.composer.startEdit(message, waiting?.kind === "edit" ? waiting.body : message.body);
    this.timeline.reveal(message);
  }

  /** Edits the reader's last message that the page holds. */
  editLast() {
    const last = this.room()?.messages.findLast((message) => this.#isEditable(message));
    if (last) this.edit(last);
  }

  /** @param {Message} message */
  #isEditable(message) {
    if (message.author.id !== this.me || message.kind !== "text" || message.deleted || message.extras.poll) return false;
    if (!this.room()?.may("post")) return false;
    return !this.outbox.items.some((item) => item.kind === "delete" && item.message === message.id);
  }

  /**
   * @param {Message} message
   * @param {boolean} on
   */
  #pin(message, on) {
    this.outbox.pin(message, on);
    this.announcer.say(on ? gettext("Pinned to the room") : gettext("Unpinned"));
  }

  /** @param {Message} message */
  #markUnread(message) {
    this.readTracker.mark(message);
    this.announcer.say(gettext("Marked as unread from here"));
  }

  /** @param {string} text */
  async #copy(text) {
    const copied = await copy(text);
    this.announcer.say(copied ? gettext("Copied") : gettext("Your browser does not allow this page to copy."));
    return copied;
  }

  /**
   * @param {string} rowId
   * @param {Message} message
   * @param {boolean} byKey
   */
  #delete(rowId, message, byKey) {
    this.outbox.delete(message, UNDO_MS);
    this.announcer.say(gettext("Message deleted. You can undo this for five seconds."));
    this.timeline.draw();
    if (byKey) this.timeline.elementOf(rowId)?.querySelector(/** @type {"button"} */ (".undo"))?.focus();
  }
}
