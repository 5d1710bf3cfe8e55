/**
 * What keeps the reader from writing in a room: slow mode, which counts down in the button for sending, and being muted or not among
 * those who may write, which a notice in the place of the composer says.
 */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { slowText } from "./slow_text.js";

/** @typedef {import("../state/room.js").Room} Room */

/**
 * @typedef {object} State
 * @property {import("../state/store.js").Store} store
 * @property {import("../net/outbox.js").Outbox} outbox
 * @property {import("../lib/dates.js").Dates} dates
 * @property {Record<string, string>} urls
 */

/** When the reader may write again, by room: ms by this browser's clock. A room and its threads have one wait. @type {Map<number, number>} */
const waits = new Map();

const TICK_MS = 1_000;
/** Longer timers overflow. */
const LONGEST_TIMER_MS = 86_400_000;

export class PostingLimits {
  #notice = h("p", {});
  #box = h("div", { class: "archived-note", hidden: true }, icon("lock"), this.#notice);
  #hint = h("small", { class: "slow-hint", hidden: true });
  /** @type {Room | null} */
  #room = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #unmuting;
  #arrow = h("span", {});

  /**
   * @param {import("./composer.js").Composer} composer of the room, or of one of its threads
   * @param {HTMLElement} before the notice that the room is archived
   * @param {State} state
   */
  constructor(composer, before, { store, outbox, dates, urls }) {
    this.composer = composer;
    this.outbox = outbox;
    this.store = store;
    this.dates = dates;
    void lateStyles(urls.late_styles);
    before.after(this.#box);
    composer.hint.after(this.#hint);
    this.#arrow.append(...composer.sendButton.childNodes);
    composer.sendButton.append(this.#arrow);
    composer.on("send", () => this.#sent());
    outbox.on("change", () => this.#refused());
    for (const event of /** @type {const} */ (["messages", "changed"])) store.on(event, (room) => this.#isSlow && this.#roomOf(room) === this.#room?.id && this.#count());
  }

  /** @param {Room} room */
  draw(room) {
    this.#room = room;
    const { archived, closed, muted_until: mutedUntil, slow_seconds: slow } = room.summary;
    this.#box.hidden = archived || Boolean(closed) || room.may("post"); // of a closed conversation, another notice says why
    const text = this.#reason(mutedUntil);
    if (this.#notice.textContent !== text) this.#notice.textContent = text;
    clearTimeout(this.#unmuting);
    if (mutedUntil) this.#unmuting = setTimeout(() => this.#ended(room, mutedUntil), Math.min(LONGEST_TIMER_MS, Math.max(TICK_MS, Date.parse(mutedUntil) - Date.now())));
    this.#hint.hidden = !this.#isSlow;
    this.#hint.textContent = slowText(slow);
    this.#count();
  }

  /** @param {string | null} mutedUntil */
  #reason(mutedUntil) {
    if (!mutedUntil) return gettext("Only moderators and owners write in this room.");
    const sameDay = this.dates.day(mutedUntil) === this.dates.day(new Date().toISOString());
    const time = sameDay ? this.dates.time(mutedUntil) : this.dates.full(mutedUntil);
    return interpolate(gettext("You can read this room, but not write in it until %(time)s: somebody who looks after it has muted you."), { time });
  }

  /**
   * The room is opened again for what the reader may do now.
   * @param {Room} room
   * @param {string} mutedUntil
   */
  #ended(room, mutedUntil) {
    if (room !== this.#room) return;
    if (Date.parse(mutedUntil) > Date.now()) this.draw(room);
    else this.store.emit("gap", room.id);
  }

  get #isSlow() {
    const room = this.#room;
    return Boolean(room && room.summary.slow_seconds && room.may("post") && !room.may("moderate"));
  }

  #sent() {
    const room = this.#room;
    if (room && this.#isSlow) this.#wait(room.id, Date.now() + room.summary.slow_seconds * 1_000);
  }

  /** A message that another tab or device has overtaken: the server says how long to wait. */
  #refused() {
    for (const { room, error } of this.outbox.items) if (error?.code === "slow" && error.until) this.#wait(this.#roomOf(room), error.until);
    if (this.#isSlow) this.#count(); // the other composer of the room may have sent something
  }

  /**
   * The room, or that of a thread.
   * @param {number} id
   */
  #roomOf(id) {
    return this.store.threads.get(id)?.summary.parent ?? id;
  }

  /**
   * @param {number} room
   * @param {number} until ms
   */
  #wait(room, until) {
    waits.set(room, Math.max(waits.get(room) ?? 0, until));
    this.#count();
  }

  /** From the reader's last message in the room and its threads, of whatever device, and from what was sent here. */
  #waitsUntil() {
    const room = this.#room;
    if (!room || !this.#isSlow) return 0;
    const slowMs = room.summary.slow_seconds * 1_000;
    const threads = [...this.store.threads.values()].filter(({ summary }) => summary.parent === room.id);
    const sent = [room, ...threads].map(({ messages }) => messages.findLast(({ author, kind }) => author.id === this.store.user.id && kind === "text"));
    const last = Math.max(0, ...sent.map((message) => (message ? Date.parse(message.created_at) : 0)));
    const bySlow = last ? Math.min(last, Date.now()) + slowMs : 0;
    return Math.min(Math.max(bySlow, waits.get(room.id) ?? 0), Date.now() + slowMs);
  }

  /** Draws the countdown, and again each second while there is one. */
  #count() {
    clearTimeout(this.#timer);
    const seconds = Math.ceil((this.#waitsUntil() - Date.now()) / 1_000);
    const { sendButton } = this.composer;
    if (seconds <= 0) {
      if (sendButton.dataset.wait) this.#over();
      return;
    }
    sendButton.dataset.wait = String(seconds);
    sendButton.classList.add("counting");
    this.#name(interpolate(gettext("You can send your next message in %(time)s"), { time: clock(seconds) }));
    sendButton.replaceChildren(h("span", { class: "countdown" }, clock(seconds)));
    this.#timer = setTimeout(() => this.#count(), TICK_MS);
  }

  /** The wait is over: a message that was refused because of it is sent now. */
  #over() {
    const { sendButton } = this.composer;
    delete sendButton.dataset.wait;
    sendButton.classList.remove("counting");
    sendButton.replaceChildren(this.#arrow);
    this.#name(gettext("Send"));
    const room = this.#room;
    if (!room) return;
    waits.delete(room.id);
    const refused = this.outbox.items.find((item) => item.error?.code === "slow" && this.#roomOf(item.room) === room.id);
    if (refused && room.may("post")) this.outbox.retry(refused.id);
  }

  /** @param {string} text */
  #name(text) {
    this.composer.sendButton.title = text;
    this.composer.sendButton.setAttribute("aria-label", text);
  }
}

/**
 * 0:18, 12:05 or 1:00:00.
 * @param {number} seconds
 */
export function clock(seconds) {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}
