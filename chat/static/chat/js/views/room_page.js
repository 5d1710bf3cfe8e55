/** The room page: connects the state (store, sync, outbox) with the views, for the room that the router names. */
import { Calm } from "../lib/clock.js";
import { afterPaint, byId, perFrame } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { UPLOADS } from "../net/outbox.js";
import { FAVOURITE } from "../state/favourites.js";
import { BLOCKS, isBlocked } from "../state/items.js";
import { UNREAD } from "../state/read_tracker.js";
import { Announcer } from "./sentences.js";
import { ComposerPanel } from "./composer_panel.js";
import { JumpButtons } from "./jump_buttons.js";
import { EarlyPalette, LateParts } from "./late_parts.js";
import { MessageCommands } from "./message_commands.js";
import { MessageToolbar } from "./message_toolbar.js";
import { IS_MAC, Navigation } from "./navigation.js";
import { PageRouter } from "./page_router.js";
import { GoneNotice, RoomHeader } from "./room_header.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("../state/room.js").Room} Room */

/** What Tab reaches in a message that has the focus. */
const REACHABLE = ".head [data-person], .body :is([data-person], .label button, .edited), .quote, .poll :is(input, button), .files :is(a, button), .link-card :is(a, button), .react, .thread-row, .unread-by, .event :is(a, summary)";

export class RoomPage {
  #scroller = byId("timeline", HTMLElement);
  /** Whether the reader could react when the room was last drawn: reactions look different then. */
  #mayReact = false;
  /** Ids of messages by blocked people that the reader asked for. @type {Set<number>} */
  #unfolded = new Set();
  /** When to draw what others change. */
  #calm = new Calm(afterPaint);

  /** Shows the thread of a message. */
  openThread = (/** @type {number} */ position) => void this.late.get().then((parts) => parts.openThread(position), () => this.#noteUnloaded());

  /**
   * @param {object} state
   * @param {import("../state/store.js").Store} state.store
   * @param {import("../state/sync.js").Sync} state.sync
   * @param {import("../net/outbox.js").Outbox} state.outbox
   * @param {import("../state/drafts.js").Drafts} state.drafts
   * @param {import("../state/items.js").Items} state.items
   * @param {import("../state/read_tracker.js").ReadTracker} state.readTracker
   * @param {import("../state/typing.js").TypingNotice} state.typing
   * @param {import("../lib/dates.js").Dates} state.dates
   * @param {import("../lib/storage.js").ScopedStorage} state.storage
   * @param {Record<string, string>} state.urls
   * @param {string[]} state.pages beginnings of the paths of pages that are shown instead of a room
   * @param {number | null} state.current null on such a page
   */
  constructor({ store, sync, outbox, drafts, items, readTracker, typing, dates, storage, urls, pages, current }) {
    this.store = store;
    this.sync = sync;
    this.outbox = outbox;
    this.items = items;
    this.readTracker = readTracker;
    this.typing = typing;
    this.storage = storage;
    this.dates = dates;
    this.urls = urls;
    this.router = new PageRouter({ store, pattern: urls.room, pages, current });
    const main = byId("main", HTMLElement);
    this.main = main;
    this.navigation = new Navigation({ store, items, drafts, router: this.router, rest: main });
    this.header = new RoomHeader(items, () => this.room);
    this.gone = new GoneNotice(main, urls.rooms);
    this.announcer = new Announcer(byId("announcer", HTMLElement));
    this.panel = new ComposerPanel(drafts, { store, outbox, dates, urls }, (...dropped) => this.#attach(...dropped));
    this.composer = this.panel.composer;
    this.timeline = this.#makeTimeline(dates);
    this.commands = this.#makeCommands();
    this.toolbar = this.#makeToolbar();
    this.jumpButtons = new JumpButtons({
      newest: byId("newest", HTMLElement),
      toUnread: byId("to-unread", HTMLElement),
      timeline: this.timeline,
      readTracker,
    });
    this.late = this.#makeLateParts();
    this.earlyPalette = new EarlyPalette({ late: this.late, press: ({ palette }, key) => palette.press(key) });
    this.drawRooms = perFrame(() => this.#drawRooms());
    this.#followState();
    this.#followReader();
  }

  /** The room on display, or null if the reader has lost access or another page is displayed. */
  get room() {
    return this.router.room;
  }

  /** Whether the reader sees the room: the tab is visible, and the list does not cover it. */
  get #isSeen() {
    return document.visibilityState === "visible" && !this.navigation.drawer.isOpen;
  }

  /** Shows the room of the page's address for the first time, or the lists of rooms beside another page. */
  start() {
    this.navigation.start();
    if (this.router.current === null) {
      this.#drawRooms();
      if (document.activeElement === document.body) byId("page", HTMLElement).focus({ preventScroll: true });
      void this.late.get().catch(() => {});
      return;
    }
    this.#open();
    if (matchMedia("(hover: hover)").matches && this.router.position === null) this.composer.focus();
    this.late.start();
    if (this.storage.names(UPLOADS).length) void this.late.get().catch(() => {}); // what the last visit left unfinished
    this.#showThread();
  }

  /** The tab is visible again: messages that arrived in the meantime are now seen. */
  seen() {
    this.timeline.refresh();
  }

  /** Midnight may have passed. */
  newDay() {
    this.timeline.refresh();
  }

  /** @param {import("../lib/dates.js").Dates} dates */
  #makeTimeline(dates) {
    const { store, outbox } = this;
    return new Timeline({
      scroller: this.#scroller,
      list: byId("messages", HTMLElement),
      top: byId("top", HTMLElement),
      store,
      outbox,
      context: {
        dates,
        me: store.user.id,
        handle: (person) => (this.room?.hasNamesake(person) ? `@${person.username}` : ""),
        person: (author) => this.room?.members.get(author.id)?.user ?? author,
        now: () => Date.now(),
        retry: (id) => outbox.retry(id),
        discard: (id) => this.#discard(id),
        rewrite: (id) => this.#rewrite(id),
        isHeld: (item) => outbox.isHeld(item),
        names: {
          me: store.user.id,
          room: () => this.room,
          rooms: store.rooms,
          address: (slug) => this.router.address(slug),
          say: (text) => this.announcer.say(text),
        },
        nameOf: (id) => this.room?.members.get(id)?.user.name ?? "",
        address: (position) => this.router.messageAddress({ room: this.room?.id ?? 0, position }),
        isFolded: ({ id, author }) => isBlocked(this.items, author.id) && !this.#unfolded.has(id),
        unfold: ({ message }) => this.#unfold(message.id),
        openThread: this.openThread,
        redraw: () => this.timeline.refresh(),
        showVersions: (row) => void this.#showVersions(row, dates),
        mayReact: () => this.room?.may("react") ?? false,
        react: (row, emoji) => this.commands.react(row, emoji),
        polls: {
          styles: this.urls.late_styles,
          members: () => this.room?.members.size ?? 0,
          user: (id) => this.room?.members.get(id)?.user ?? null,
          mayClose: (message) => this.#keeps(message),
          vote: (message, choices) => outbox.vote(message, choices),
          close: (message) => outbox.closePoll(message),
        },
        cards: {
          mayRemove: (message) => this.#keeps(message),
          remove: (message, url) => outbox.removePreview(message, url),
        },
        pick: (row, anchor) => void this.commands.pick(row, anchor ?? this.#scroller).catch(() => this.#noteUnloaded()),
      },
      urls: this.urls,
    });
  }

  /**
   * Whether the reader may close the poll of a message, and remove its previews.
   * @param {import("../net/protocol.js").Message} message
   */
  #keeps({ author }) {
    return Boolean(this.room?.may("post") && (author.id === this.store.user.id || this.room.may("moderate")));
  }

  #makeCommands() {
    const { store, outbox, composer, timeline, announcer, router, readTracker } = this;
    const showReaders = /** @param {import("../net/protocol.js").Message} message */ (message) => this.#showReaders(message);
    const report = /** @param {import("../net/protocol.js").Message} message */ (message) => this.#report(message);
    return new MessageCommands({ room: () => this.room, me: store.user.id, outbox, composer, timeline, announcer, router, readTracker, showReaders, report, openThread: this.openThread });
  }

  #makeToolbar() {
    const { timeline, commands } = this;
    return new MessageToolbar({
      scroller: this.#scroller,
      timeline,
      possible: (row) => commands.possible(row),
      run: (action, row, byKey, anchor) => commands.run(action, row, byKey, anchor),
      react: (row, emoji) => commands.react(row, emoji),
      leave: () => this.composer.focus(),
      failed: () => this.#noteUnloaded(),
    });
  }

  #makeLateParts() {
    const { store, items, outbox, router, storage, urls, navigation, dates, timeline, sync, announcer } = this;
    const { sidebar } = navigation;
    const { context } = timeline;
    const request = /** @param {import("../net/protocol.js").Command} command */ (command) => this.sync.connection.request(command);
    /** @type {import("./shell_parts.js").Shell["ask"]} */
    const ask = (room, question, poll) => this.#send(room, question, null, { poll });
    const shell = { store, sync, announcer, composer: this.composer, items, outbox, request, context, router, timeline, ask, reopen: () => void this.sync.reopen(), sidebar, navigation, dates, storage, urls, note: (/** @type {string} */ text) => this.panel.note(text), failed: () => this.#noteUnloaded() };
    return new LateParts({
      load: async () => (await import("./shell_parts.js")).loadShellParts(shell),
      openers: ["space-menu-open", "people-open", "pins-open", "details-open", "mention", "emoji-open", "add"].map((id) => byId(id, HTMLElement)),
      loaded: (parts) => parts.draw(this.room),
      open: (parts, name) => parts.open(name),
      failed: () => this.#noteUnloaded(),
    });
  }

  #noteUnloaded() {
    this.panel.note(gettext("This part of the page could not be loaded. Try again when you are online."));
  }

  /** Redraws on changes of the state. */
  #followState() {
    const { store, sync, outbox, items, timeline } = this;
    /** @param {number} id */
    const isShown = (id) => id === this.router.current;
    const drawTimeline = () => timeline.draw();
    const drawRooms = () => this.#drawRooms();
    store.on("rooms", (id) => (this.#calm.soon(drawRooms), id !== null && isShown(id) && !this.room?.messages.length && timeline.refresh()));
    store.on("reset", (id) => isShown(id) && timeline.keepPlace());
    store.on("messages", (id) => isShown(id) && timeline.refresh());
    store.on("changed", (id) => isShown(id) && this.#calm.soon(drawTimeline));
    store.on("members", (id) => isShown(id) && (this.drawRooms(), timeline.refresh()));
    store.on("typing", (id) => isShown(id) && this.#drawTypists());
    store.on("arrived", (message) => this.#arrived(message));
    store.on("removed", ({ room, reason }) => isShown(room.id) && this.#showGone(room.summary.name, reason));
    sync.on("caughtUp", (caughtUp) => caughtUp && timeline.completed());
    sync.on("stale", (room) => isShown(room) && timeline.reread());
    sync.on("refused", (room) => store.apply({ type: "room_removed", room, reason: "removed" }));
    outbox.on("change", () => timeline.refresh());
    outbox.on("acked", ({ message, mine }) => store.acked(message, mine));
    outbox.on("refused", ({ item, error }) => isShown(item.room) && this.panel.note(error.message));
    store.on("reacted", (reaction) => this.#reacted(reaction));
    items.on("change", (kind) => this.#itemsChanged(kind));
    items.on("refused", ({ kind, error }) => (kind === FAVOURITE || kind === UNREAD) && this.panel.note(error.message));
  }

  /** Changes the state on actions of the reader. */
  #followReader() {
    const { router, composer, timeline, outbox } = this;
    router.on("opened", (place) => this.#opened(place));
    router.on("asked", ({ address, push }) => this.#visit(address, push));
    router.on("paged", () => this.#leaveRoom());
    router.on("thread", () => this.#showThread());
    router.on("listed", () => this.drawRooms());
    router.on("left", () => this.#uncovered());
    composer.on("send", ({ room, body, quote, files }) => this.#send(room, body, quote, { files }));
    composer.on("edit", ({ message, body }) => body !== message.body && outbox.edit(message, body));
    composer.on("editLast", () => this.commands.editLast());
    composer.on("input", ({ room, writing }) => this.typing.input(room, writing));
    timeline.on("seen", (seen) => this.#isSeen && this.readTracker.sees(seen));
    timeline.on("older", (room) => void this.sync.older(room));
    timeline.on("newer", (room) => void this.sync.newer(room));
    timeline.on("around", ({ room, position }) => void this.sync.around(room, position));
    timeline.on("end", () => router.leaveMessage());
    timeline.list.addEventListener("click", (event) => router.followWritten(event));
    // A click on a reaction does not move the focus, which is usually in the composer.
    timeline.list.addEventListener("mousedown", (event) => isReaction(event.target) && event.preventDefault());
    timeline.on("moved", () => this.toolbar.refresh());
    byId("jump", HTMLElement).addEventListener("click", () => this.#togglePalette());
    const searchOpener = byId("search-open", HTMLElement);
    searchOpener.hidden = !this.urls.search;
    searchOpener.addEventListener("click", () => this.#searchRoom());
    addEventListener("keydown", (event) => this.#pressed(event));
    addEventListener("keydown", () => this.#calm.pressed(), { capture: true });
    composer.field.addEventListener("input", () => void this.late.get().catch(() => {}), { once: true }); // suggestions
    document.addEventListener("click", (event) => this.#openCard(event));
    // Tab reaches only what is in the message that has the focus: there may be hundreds.
    this.#scroller.addEventListener("focusin", ({ target }) => setReachable(target, true));
    this.#scroller.addEventListener("focusout", ({ target }) => setReachable(target, false));
  }

  /** @param {{isNew: boolean, isElsewhere: boolean, position: number | null}} place */
  #opened({ isNew, isElsewhere, position }) {
    this.navigation.follow();
    if (isNew) {
      this.typing.stop();
      this.#open();
    } else if (position !== null) this.timeline.goTo(position);
    else if (isElsewhere) this.timeline.toEnd();
    if (!isNew) this.#uncovered();
    if (position === null) this.composer.focus();
  }

  /** Shows the thread of the address, or none. */
  #showThread() {
    if (this.router.thread || this.late.parts) this.late.get().then((parts) => parts.showThread(), () => this.#noteUnloaded());
  }

  /** On a narrow page, the list may have covered the room: its messages are seen now. */
  #uncovered() {
    this.timeline.refresh();
    this.drawRooms();
  }

  #open() {
    void this.sync.show(this.router.current);
    this.#show();
    this.navigation.sidebar.reveal();
  }

  /**
   * @param {string} address of a page
   * @param {boolean} push
   */
  #visit(address, push) {
    this.late.get().then(
      (parts) => parts.page.visit(address, { push }),
      () => location.assign(address),
    );
  }

  /** A page is shown instead of the room. */
  #leaveRoom() {
    this.navigation.follow();
    this.typing.stop();
    this.readTracker.flush();
    this.readTracker.show(null);
    this.timeline.show(null);
    this.composer.show(null, 0);
    void this.sync.show(null);
    this.gone.hide();
    this.#showMain({ isPage: true });
    this.#drawRooms();
  }

  /** Two classes, because `:has()` in a style sheet would make each drawing restyle all links. */
  #showMain({ isPage = false }) {
    this.main.classList.toggle("with-page", isPage);
    document.body.classList.toggle("shows-page", isPage);
  }

  #show() {
    const { room } = this;
    if (!room) return;
    this.#showMain({ isPage: false });
    this.gone.hide();
    this.composer.show(room, this.store.limits.body_chars);
    this.readTracker.show(room);
    this.timeline.show(room, this.router.position);
    this.#drawRooms();
    this.#drawTypists();
  }

  /**
   * @param {string} name
   * @param {"left" | "removed" | "deleted"} reason
   */
  #showGone(name, reason) {
    this.readTracker.show(null);
    this.timeline.show(null);
    this.composer.show(null, 0);
    void this.sync.show(null);
    this.gone.show(name, reason);
  }

  #drawRooms() {
    const { room } = this;
    this.navigation.draw();
    this.late.parts?.draw(room);
    if (!room) return;
    if (this.gone.isShown) this.#comeBack();
    this.header.draw(room);
    this.#scroller.setAttribute("aria-label", interpolate(gettext("Messages in %(room)s"), { room: room.summary.name }));
    this.panel.draw(room);
    if (room.summary.closed) void this.late.get().catch(() => {}); // says why
    this.timeline.drawTop();
    this.toolbar.refresh();
    if (this.#mayReact !== room.may("react")) this.timeline.refresh();
    this.#mayReact = room.may("react");
  }

  /** The reader has access again while the page shows the notice. */
  #comeBack() {
    void this.sync.show(this.router.current);
    this.#show();
  }

  /** @param {number} id of a message */
  #unfold(id) {
    this.#unfolded.add(id);
    this.timeline.draw();
  }

  /** @param {string} kind */
  #itemsChanged(kind) {
    const { room, timeline } = this;
    if (kind === UNREAD && room?.unreadMark) timeline.firstUnread = room.readUpTo + 1;
    if (kind === UNREAD || kind === BLOCKS) timeline.refresh();
    this.drawRooms();
  }

  #drawTypists() {
    const typists = this.room ? this.store.typists.in(this.room.id) : [];
    this.panel.drawTypists(typists.filter(({ id }) => !isBlocked(this.items, id)));
  }

  /** @param {import("../net/protocol.js").Message} message */
  #arrived(message) {
    if (message.room !== this.router.current || message.author.id === this.store.user.id) return;
    if (message.kind === "text") this.timeline.arrived(message, this.#isSeen);
    if (!message.deleted && !isBlocked(this.items, message.author.id)) this.announcer.message(message);
  }

  /** @param {{message: import("../net/protocol.js").Message, emoji: string, user: number}} reaction to a message of the reader's */
  #reacted({ message, emoji, user }) {
    const name = this.room?.members.get(user)?.user.name;
    if (message.room !== this.router.current || !name) return;
    this.announcer.say(interpolate(gettext("%(name)s reacted to your message with %(emoji)s"), { name, emoji }));
  }

  /**
   * @param {number} room
   * @param {string} body
   * @param {import("../net/protocol.js").Quote | null} quote of the message to which it replies
   * @param {{poll?: import("../net/protocol.js").NewPoll, files?: import("../net/outbox.js").AttachedFile[]}} more a poll, of which the body is the question, or files
   */
  #send(room, body, quote, { poll, files = [] }) {
    this.typing.stop();
    if (poll) this.outbox.ask(room, body, poll);
    else this.outbox.send(room, body, quote, files.length ? { files } : {});
    this.readTracker.unmark(room);
    this.timeline.answered();
  }

  /** @param {string} id of an outbox entry; its row is removed with the button, which may have the focus */
  #discard(id) {
    const inRow = document.activeElement?.closest(".pending, .failed");
    this.outbox.discard(id);
    if (inRow) this.composer.focus();
  }

  /** @param {string} id */
  #rewrite(id) {
    const item = this.outbox.takeBack(id);
    if (!item) return;
    const { body, poll, quote, files } = item;
    if (poll) this.late.get().then(({ composerMenu }) => composerMenu.openPoll({ question: body, poll }), this.late.failed);
    else this.composer.takeBack(body, quote);
    if (files) this.late.get().then(({ attaching }) => attaching.takeBack(files), this.late.failed);
  }

  /**
   * @param {import("./rows.js").MessageRow} row
   * @param {import("../lib/dates.js").Dates} dates
   */
  async #showVersions({ id, message }, dates) {
    const { store, sync } = this;
    try {
      const { openVersions } = await import("./versions_sheet.js");
      await openVersions({ message, store, dates, styles: this.urls.late_styles, read: () => sync.versions(message.id), closed: () => this.timeline.elementOf(id)?.focus() });
    } catch {
      this.#noteUnloaded();
    }
  }

  /** @param {import("../net/protocol.js").Message} message */
  async #showReaders(message) {
    const { room, store, urls } = this;
    if (!room) return;
    try {
      const { openReaders } = await import("./readers_sheet.js");
      await openReaders({ message, room, store, styles: urls.late_styles });
    } catch {
      this.#noteUnloaded();
    }
  }

  /** @param {import("../net/protocol.js").Message} message */
  async #report(message) {
    try {
      const { openReport } = await import("./report_sheet.js");
      const send = /** @param {object} report */ (report) => this.sync.connection.request({ type: "report", ...report });
      await openReport({ message, styles: this.urls.late_styles, time: this.dates.full(message.created_at), send, said: (text) => this.panel.note(text) });
    } catch {
      this.#noteUnloaded();
    }
  }

  /**
   * @param {File[]} files
   * @param {EventTarget | null} target where they were pasted or dropped
   * @param {boolean} isPaste
   */
  #attach(files, target, isPaste) {
    if (this.room) this.late.get().then(({ attaching }) => attaching.take(files, target, isPaste), this.late.failed);
  }

  /** @param {MouseEvent} event */
  #openCard({ target }) {
    const opener = target instanceof Element ? target.closest("[data-person]") : null;
    if (opener instanceof HTMLElement) void this.late.get().then(({ card }) => card.open(opener), this.late.failed);
  }

  #togglePalette() {
    (this.late.parts?.palette ?? this.earlyPalette).toggle();
  }

  /** Opens the search in the room on display, or in the thread in which the reader is. False if there is none: the browser then searches the page. */
  #searchRoom() {
    const { room, urls } = this;
    if (!room || !urls.search || document.querySelector("dialog[open]")) return false;
    const thread = this.late.parts?.threadInFocus;
    const parts = thread ? { room: String(thread.id) } : inRoom(room);
    return this.router.visit(`${urls.search}?${new URLSearchParams(parts)}`);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (isCommand && event.metaKey === IS_MAC && event.key.toLowerCase() === "f") return void (this.#searchRoom() && event.preventDefault());
    if (isCommand && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.#togglePalette();
    } else if (event.key === "?" && !isField(event.target)) {
      event.preventDefault();
      this.late.get().then((parts) => parts.shortcuts.open(), () => {});
    } else if (isTyped(event)) this.composer.field.focus();
  }
}

/**
 * What finds messages of this room, as the page of search has it in its address. No operator names a conversation of several people.
 * @param {Room} room
 * @returns {Record<string, string>}
 */
function inRoom({ id, isDirect, summary: { slug, people } }) {
  if (!isDirect) return { q: `in:#${slug}` };
  return people.length === 1 ? { q: `in:@${people[0].username}` } : { room: String(id) };
}

/** @param {EventTarget | null} target */
function isField(target) {
  return target instanceof Element && target.matches("input, textarea, select");
}

/** @param {EventTarget | null} target */
function isReaction(target) {
  return target instanceof Element && target.closest(".react") !== null;
}

/**
 * Whether the reader starts to type without having focused the field.
 * @param {KeyboardEvent} event
 */
function isTyped({ key, target, altKey, ctrlKey, metaKey, defaultPrevented }) {
  const isText = (key.length === 1 && key !== " ") || key === "Process";
  const element = /** @type {Element} */ (target);
  return isText && !defaultPrevented && !altKey && !ctrlKey && !metaKey && element.matches("body, #timeline, #timeline .msg");
}

/**
 * Lets Tab reach the names, the quote, the buttons and the reactions in a message, or not.
 * @param {EventTarget | null} target within the message
 * @param {boolean} isReachable
 */
function setReachable(target, isReachable) {
  const message = target instanceof Element ? target.closest(".msg") : null;
  for (const part of message?.querySelectorAll(REACHABLE) ?? []) /** @type {HTMLElement} */ (part).tabIndex = isReachable ? 0 : -1;
}
