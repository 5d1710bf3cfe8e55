/**
 * A thread beside the room: the message to which it replies, the replies, and a composer, which can also send to the room. It begins with
 * its first reply; until then, the panel is empty. Loaded when a thread is opened first.
 */
import { button, h, icon, perFrame } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { systemClock } from "../lib/clock.js";
import { customEmojiList } from "../net/custom_emoji_list.js";
import { threadPlace } from "../net/outbox.js";
import { isBlocked } from "../state/items.js";
import { Room } from "../state/room.js";
import { Sync } from "../state/sync.js";
import { TypingNotice } from "../state/typing.js";
import { MessageCommands } from "./message_commands.js";
import { MessageEmoji } from "./message_emoji.js";
import { MessageToolbar } from "./message_toolbar.js";
import { closeThread, threadAddress } from "./thread_address.js";
import { roomName, ThreadComposer } from "./thread_composer.js";
import { drawThreadTop } from "./thread_top.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./side_panel.js").PanelView} PanelView */
/** @typedef {import("../net/protocol.js").Message} Message */

const READ_MS = 500;
/** What may be done in a thread by those who may do it in its room. */
const IN_A_THREAD = new Set(["post", "react", "moderate", "mention_all"]);

const EVERYONE = /** @type {const} */ ("everyone");

/** @implements {PanelView} */
export class ThreadPanel {
  title = gettext("Thread");
  #top = h("div", { class: "thread-top" });
  #list = h("div", { class: "messages" });
  #scroller = h("section", { class: "timeline", role: "log", "aria-live": "off", "aria-label": gettext("Replies"), tabindex: "0" }, this.#top, this.#list);
  tool = button({ class: "icon follow-thread", "aria-pressed": "false" }, () => void this.#follow(), icon("bell"));
  body;
  /** The message of the thread, once it is known. @type {Message | null} */
  #message = null;
  /** Position of that message in the room; 0 while no thread is shown. */
  #position = 0;
  /** Position of the message whose thread was shown last. */
  #lastPosition = 0;
  /** The thread; before its first reply an empty one that only this page knows. @type {Room | null} */
  #thread = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reading;
  #furthest = 0;

  /** @param {import("./shell_parts.js").Shell & {attaching: import("./attaching.js").Attaching}} shell */
  constructor(shell) {
    const { store, sync, outbox, router, announcer } = shell;
    this.shell = shell;
    this.sync = new Sync(sync.connection, store);
    this.#followConnection();
    this.typing = new TypingNotice((command) => sync.connection.send(command), systemClock);
    this.write = new ThreadComposer(shell);
    this.composer = this.write.composer;
    this.body = h("div", { class: "thread-view" }, this.#scroller, this.write.element);
    new MessageEmoji(this.#scroller, customEmojiList(shell.urls.emoji), store);
    this.timeline = this.#makeTimeline();
    const room = () => this.#thread;
    this.commands = new MessageCommands({
      room,
      me: store.user.id,
      outbox,
      composer: this.composer,
      timeline: this.timeline,
      announcer,
      router: /** @type {any} */ ({ messageAddress: (/** @type {Message} */ { position }) => threadAddress(router, this.#position, position) }),
      openThread: () => {}, // a reply has no thread
      showReaders: async () => {}, // threads do not show who has read
      report: (message) => this.#report(message),
      readTracker: /** @type {any} */ (null), // no thread is marked as unread
    });
    this.toolbar = new MessageToolbar({
      scroller: this.#scroller,
      timeline: this.timeline,
      possible: (row) => this.commands.possible(row),
      run: (action, row, byKey, anchor) => this.commands.run(action, row, byKey, anchor),
      react: (row, emoji) => this.commands.react(row, emoji),
      leave: () => this.composer.focus(),
      failed: shell.failed,
    });
    this.#followState();
  }

  /** What opened the thread gets the focus when it is closed. */
  get opener() {
    const row = document.querySelector(`#messages [data-position="${this.#lastPosition}"]`);
    const opener = row?.querySelector(".thread-row") ?? row ?? document.querySelector("#field");
    return /** @type {HTMLElement} */ (opener ?? document.body);
  }

  /** The thread, if it has begun. */
  get room() {
    return this.#thread && this.#thread.id > 0 ? this.#thread : null;
  }

  /** @param {Room} room */
  about(room) {
    return roomName(room);
  }

  /** By finger, the keyboard on the screen would cover the replies. */
  focus() {
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
    else document.getElementById("panel-title")?.focus({ preventScroll: true });
  }

  left() {
    this.typing.stop();
    this.composer.saveDraft();
    this.timeline.show(null);
    this.#position = 0;
    this.#message = this.#thread = null;
    void this.sync.show(null);
    closeThread(this.shell.router);
  }

  /**
   * Shows the thread of a message of the room, at a reply.
   * @param {{position: number, reply: number}} place
   */
  show({ position, reply }) {
    const isSame = this.#position === position && this.#thread?.summary.parent === this.shell.router.current;
    if (isSame) {
      if (reply && this.#thread?.revision !== null) this.timeline.goTo(reply);
      return;
    }
    this.#position = this.#lastPosition = position;
    this.#message = null;
    this.#thread = null;
    this.write.note("");
    this.timeline.show(null);
    void this.#find(position, reply);
  }

  /** @param {Room} room that is shown, of which something may have changed */
  draw(room) {
    const thread = this.#thread;
    if (!thread || thread.summary.parent !== room.id) return;
    thread.summary.may = /** @type {any[]} */ (room.summary.may.filter((what) => IN_A_THREAD.has(what)));
    thread.summary.archived = room.summary.archived;
    this.write.draw(room);
    this.#drawTool(thread);
    const held = messageAt(room, this.#position);
    if (held) this.#message = held;
    const begun = this.#message?.extras.thread?.room;
    if (begun && thread.id < 0) this.#begin(begun, 0);
    this.#refresh();
  }

  #refresh = perFrame(() => {
    this.timeline.drawTop();
    this.toolbar.refresh();
  });

  /** Reads the message, unless the page holds it, and shows its thread. */
  async #find(/** @type {number} */ position, /** @type {number} */ reply) {
    const { room } = this.shell.router;
    if (!room) return;
    this.#message = messageAt(room, position);
    try {
      this.#message ??= await this.#read(room.id, position);
    } catch {
      if (this.#position === position) this.write.note(gettext("The thread could not be loaded. Try again when you are online."));
      return;
    }
    if (this.#position !== position || this.shell.router.current !== room.id) return;
    const message = this.#message;
    if (!message || message.kind === "system") {
      this.write.note(gettext("There is no such message."));
      return;
    }
    const begun = message.extras.thread?.room;
    if (begun) this.#begin(begun, reply);
    else this.#showEmpty(message);
    this.write.show(this.#composed(message), this.shell.store.limits.body_chars);
    this.draw(room);
  }

  /**
   * @param {number} room
   * @param {number} position
   * @returns {Promise<Message | null>}
   */
  async #read(room, position) {
    const page = await this.shell.request({ type: "history", room, around: position, limit: 2 });
    const found = page.messages.find((/** @type {Message} */ message) => message.position === position);
    return found ? { ...found, room } : null;
  }

  /**
   * What the composer writes to: its draft belongs to the message.
   * @param {Message} message
   */
  #composed({ id }) {
    return this.#emptyThread(threadPlace(id));
  }

  /**
   * @param {number} id
   * @returns {Room}
   */
  #emptyThread(id) {
    const { room } = this.shell.router;
    const may = /** @type {any[]} */ (room?.summary.may.filter((what) => IN_A_THREAD.has(what)) ?? []);
    const numbers = { revision: 0, message_count: 0, counted: 0, last_read: 0, unread: 0, mentions: 0, pins: 0 };
    const parent = { parent: room?.id ?? 0, parent_message: this.#message?.id ?? 0 };
    const words = { slug: "", name: "", topic: "", emoji: "", notify: "all", closed: /** @type {""} */ ("") };
    const rules = { shows_reads: false, who_posts: EVERYONE, who_mentions_all: EVERYONE, who_invites: EVERYONE, slow_seconds: 0, people: [], muted_until: null };
    return new Room({
      ...{ id, kind: "thread", role: "member", archived: false, last_message: null, may },
      ...{ threads: { unread: 0, mentions: 0 }, follows: false, ...numbers, ...parent, ...words, ...rules },
    });
  }

  /** @param {Message} message without a thread */
  #showEmpty({ id }) {
    const thread = this.#emptyThread(threadPlace(id));
    thread.revision = 0;
    this.#thread = thread;
    void this.sync.show(null);
    this.timeline.show(thread);
  }

  /**
   * Shows a thread that has begun.
   * @param {number} id
   * @param {number} reply position of the reply to go to, 0 for the newest
   */
  #begin(id, reply) {
    const { store } = this.shell;
    const thread = store.threads.get(id) ?? this.#emptyThread(id);
    store.threads.set(id, thread);
    this.#thread = thread;
    this.#furthest = 0;
    this.timeline.show(thread, reply || null);
    void this.sync.show(id);
  }

  #makeTimeline() {
    const { store, outbox, context, urls, router } = this.shell;
    return new Timeline({
      scroller: this.#scroller,
      list: this.#list,
      top: this.#top,
      store,
      outbox: { in: (id) => [...outbox.in(id), ...(id > 0 && this.#message ? outbox.in(threadPlace(this.#message.id)) : [])] },
      context: {
        ...context,
        address: (position) => threadAddress(router, this.#position, position),
        mayReact: () => this.#thread?.may("react") ?? false,
        unfold: (row) => (context.unfold(row), this.timeline.refresh()),
        react: (row, emoji) => this.commands.react(row, emoji),
        pick: (row, anchor) => void this.commands.pick(row, anchor ?? this.#scroller).catch(this.shell.failed),
        rewrite: (id) => this.#rewrite(id),
        redraw: () => this.timeline.refresh(),
      },
      urls,
      drawAbove: (element, thread) => this.#drawTop(element, thread),
    });
  }

  #followState() {
    const { store, outbox, router } = this.shell;
    const { timeline, composer } = this;
    /** @param {number | null} id */
    const isShown = (id) => id !== null && id === this.#thread?.id;
    store.on("rooms", (id) => isShown(id) && this.#thread && this.#drawTool(this.#thread));
    store.on("reset", (id) => isShown(id) && timeline.keepPlace());
    for (const name of /** @type {const} */ (["messages", "changed"])) store.on(name, (id) => isShown(id) && timeline.refresh());
    store.on("messages", (id) => id === router.current && this.#drawParent());
    store.on("changed", (id) => id === router.current && this.#drawParent());
    store.on("typing", (id) => isShown(id) && this.#drawTypists());
    store.on("arrived", (message) => this.#arrived(message));
    store.on("followed", (state) => this.#followed(state));
    this.sync.on("caughtUp", (caughtUp) => caughtUp && timeline.completed());
    this.sync.on("stale", (id) => isShown(id) && timeline.reread());
    this.sync.on("refused", () => this.write.note(gettext("This thread is no longer yours to see.")));
    outbox.on("change", () => timeline.refresh());
    outbox.on("acked", ({ item, message }) => this.#acked(item, message));
    outbox.on("refused", ({ item, error }) => isShown(item.room) && this.write.note(error.message));
    composer.on("send", ({ body, quote, files }) => this.#sent(body, quote, files));
    composer.on("edit", ({ message, body }) => body !== message.body && outbox.edit(message, body));
    composer.on("editLast", () => this.commands.editLast());
    composer.on("input", ({ writing }) => this.#thread && this.#thread.id > 0 && this.typing.input(this.#thread.id, writing));
    timeline.on("seen", ({ last }) => this.#seen(last));
    timeline.on("older", (id) => void this.sync.older(id));
    timeline.on("newer", (id) => void this.sync.newer(id));
    timeline.on("around", ({ room, position }) => room > 0 && void this.sync.around(room, position));
    timeline.on("moved", () => this.toolbar.refresh());
    this.#list.addEventListener("click", (event) => router.followWritten(event));
    this.#list.addEventListener("mousedown", (event) => event.target instanceof Element && event.target.closest(".react") && event.preventDefault());
    this.#scroller.addEventListener("focusin", ({ target }) => setReachable(target, 0));
    this.#scroller.addEventListener("focusout", ({ target }) => setReachable(target, -1));
  }

  /** Opens the thread again on every connection. It gets no changes before the reply to that. */
  #followConnection() {
    const connection = /** @type {import("../net/connection.js").Connection} */ (this.shell.sync.connection);
    connection.on("frame", ({ type }) => type === "hello" && void this.sync.reopen());
    connection.on("state", (state) => state !== "open" && this.sync.lost());
    connection.on("pong", (revisions) => this.sync.pong(revisions));
  }

  /**
   * The reader follows a thread or not, and has read it up to a position, perhaps on another device.
   * @param {{room: number, follows: boolean, last_read: number}} state
   */
  #followed({ room, follows, last_read: position }) {
    const thread = this.shell.store.threads.get(room);
    if (!thread) return;
    thread.summary.follows = follows;
    thread.read(position);
    if (thread === this.#thread) this.#drawTool(thread);
  }

  #drawParent() {
    const { room } = this.shell.router;
    if (room && this.#position) this.draw(room);
  }

  /** @param {Room} thread */
  #drawTool(thread) {
    const { follows } = thread.summary;
    const label = follows ? gettext("You follow this thread. Stop following it") : gettext("Follow this thread");
    this.tool.hidden = thread.id < 0;
    this.tool.setAttribute("aria-pressed", String(follows));
    this.tool.setAttribute("aria-label", label);
    this.tool.title = label;
  }

  async #follow() {
    const thread = this.#thread;
    if (!thread || thread.id < 0) return;
    const on = !thread.summary.follows;
    try {
      const { room } = await this.shell.request({ type: "follow", room: thread.id, on });
      this.#followed({ ...room, room: thread.id });
      this.shell.announcer.say(on ? gettext("You follow this thread") : gettext("You do not follow this thread any more"));
    } catch (error) {
      this.write.note(/** @type {Error} */ (error).message);
    }
  }

  /**
   * @param {string} body
   * @param {import("../net/protocol.js").Quote | null} quote
   * @param {import("../net/outbox.js").AttachedFile[]} attached
   */
  #sent(body, quote, attached) {
    const { outbox, router } = this.shell;
    const thread = this.#thread;
    if (!thread || !this.#message || router.current === null) return;
    this.typing.stop();
    const also = this.write.takeAlso();
    const files = attached.length ? { files: attached } : {};
    if (thread.id > 0 && !also) outbox.send(thread.id, body, quote, files);
    else outbox.send(router.current, body, quote, { thread: this.#message.id, ...(also && { also }), ...files });
    this.timeline.answered();
  }

  /**
   * A first reply was stored: the thread has begun.
   * @param {import("../net/outbox.js").Item} item
   * @param {Message} message
   */
  #acked(item, message) {
    const isFirst = item.kind === "send" && item.thread !== undefined && item.thread === this.#message?.id;
    if (isFirst && this.#thread && this.#thread.id < 0) this.#begin(message.room, 0);
  }

  /** @param {Message} message */
  #arrived(message) {
    const { store, announcer, items } = this.shell;
    if (message.room !== this.#thread?.id || message.author.id === store.user.id) return;
    this.timeline.arrived(message, document.visibilityState === "visible");
    if (!message.deleted && !isBlocked(items, message.author.id)) announcer.message(message);
  }

  /** @param {Message} message */
  async #report(message) {
    const { dates, request, urls, failed } = this.shell;
    try {
      const { openReport } = await import("./report_sheet.js");
      const send = /** @param {object} report */ (report) => request(/** @type {any} */ ({ type: "report", ...report }));
      await openReport({ message, styles: urls.late_styles, time: dates.full(message.created_at), send, said: (text) => this.write.note(text) });
    } catch {
      failed();
    }
  }

  /** @param {number} last position that is on the screen */
  #seen(last) {
    const thread = this.#thread;
    if (!thread?.summary.follows || document.visibilityState !== "visible") return;
    if (last <= Math.max(this.#furthest, thread.summary.last_read)) return;
    clearTimeout(this.#reading);
    this.#reading = setTimeout(() => {
      this.#furthest = last;
      this.sync.connection.send({ type: "read", room: thread.id, position: last });
    }, READ_MS);
  }

  /** @param {string} id */
  #rewrite(id) {
    const item = this.shell.outbox.takeBack(id);
    if (!item) return;
    this.composer.takeBack(item.body, item.quote);
    if (item.files) this.shell.attaching.takeBack(item.files);
  }

  #drawTypists() {
    const { store, items } = this.shell;
    const typists = this.#thread ? store.typists.in(this.#thread.id) : [];
    this.write.drawTypists(typists.filter(({ id }) => !isBlocked(items, id)));
  }

  /**
   * The message of the thread, above its replies.
   * @param {HTMLElement} element
   * @param {Room | null} thread
   */
  #drawTop(element, thread) {
    const { store, context, router } = this.shell;
    const message = this.#message;
    const { room } = router;
    if (message && thread && room) drawThreadTop(element, { message, thread, room, me: store.user, context });
    else {
      delete element.dataset.drawn;
      element.replaceChildren();
    }
  }
}

/**
 * @param {Room} room
 * @param {number} position
 */
function messageAt(room, position) {
  return room.detached?.at(position) ?? room.tail.at(position) ?? null;
}

/**
 * Lets Tab reach what is in the message that has the focus.
 * @param {EventTarget | null} target
 * @param {number} tabIndex
 */
function setReachable(target, tabIndex) {
  const message = target instanceof Element ? target.closest(".msg") : null;
  const parts = message?.querySelectorAll(":scope > .head [data-person], :scope > .body :is([data-person], .label button, .edited), .quote, .files :is(a, button), .react") ?? [];
  for (const part of parts) /** @type {HTMLElement} */ (part).tabIndex = tabIndex;
}
