/** The room page: connects the state (store, sync, outbox) with the views, for the room that the router names. */
import { byId, perFrame } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { FAVOURITE } from "../state/favourites.js";
import { Announcer } from "./announcer.js";
import { ComposerPanel } from "./composer_panel.js";
import { JumpButtons } from "./jump_buttons.js";
import { LateParts } from "./late_parts.js";
import { MessageCommands } from "./message_commands.js";
import { MessageToolbar } from "./message_toolbar.js";
import { Navigation } from "./navigation.js";
import { PageRouter } from "./page_router.js";
import { GoneNotice, RoomHeader } from "./room_header.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("../state/room.js").Room} Room */

export class RoomPage {
  #scroller = byId("timeline", HTMLElement);

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
   * @param {Record<string, string>} state.urls
   * @param {number} state.current
   */
  constructor({ store, sync, outbox, drafts, items, readTracker, typing, dates, urls, current }) {
    this.store = store;
    this.sync = sync;
    this.outbox = outbox;
    this.items = items;
    this.readTracker = readTracker;
    this.typing = typing;
    this.urls = urls;
    this.router = new PageRouter({ store, pattern: urls.room, current });
    const main = byId("main", HTMLElement);
    this.navigation = new Navigation({ store, items, drafts, router: this.router, rest: main });
    this.header = new RoomHeader(items, () => this.room);
    this.gone = new GoneNotice(main, urls.rooms);
    this.announcer = new Announcer(byId("announcer", HTMLElement));
    this.panel = new ComposerPanel(drafts);
    this.composer = this.panel.composer;
    this.timeline = this.#makeTimeline(dates);
    this.commands = this.#makeCommands();
    this.toolbar = this.#makeToolbar();
    this.jumpButtons = new JumpButtons({
      newest: byId("newest", HTMLElement),
      toUnread: byId("to-unread", HTMLElement),
      timeline: this.timeline,
      sync,
    });
    this.late = this.#makeLateParts();
    this.drawRooms = perFrame(() => this.#drawRooms());
    this.#followState();
    this.#followReader();
  }

  /** The room on display, or null if the reader has lost access. */
  get room() {
    return this.router.room;
  }

  /** Shows the room of the page's address for the first time. */
  start() {
    this.#open();
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
    this.late.start();
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
      },
      urls: this.urls,
    });
  }

  #makeCommands() {
    const { store, outbox, composer, timeline, announcer } = this;
    return new MessageCommands({ room: () => this.room, me: store.user.id, outbox, composer, timeline, announcer });
  }

  #makeToolbar() {
    const { timeline, commands } = this;
    return new MessageToolbar({
      scroller: this.#scroller,
      timeline,
      possible: (row) => commands.possible(row),
      run: (action, row, byKey) => commands.run(action, row, byKey),
      leave: () => this.composer.focus(),
    });
  }

  #makeLateParts() {
    const { store, items, router, urls } = this;
    const { sidebar } = this.navigation;
    return new LateParts({
      load: async () => new (await import("./shell_parts.js")).ShellParts({ store, items, router, sidebar, urls }),
      openers: ["jump", "space-menu-open", "people-open", "details-open"].map((id) => byId(id, HTMLElement)),
      loaded: (parts) => parts.draw(this.room),
      failed: () => this.panel.note(gettext("This part of the page could not be loaded. Try again when you are online.")),
    });
  }

  /** Redraws on changes of the state. */
  #followState() {
    const { store, sync, outbox, items, timeline } = this;
    /** @param {number} id */
    const isShown = (id) => id === this.router.current;
    store.on("rooms", () => this.drawRooms());
    store.on("messages", (id) => isShown(id) && timeline.refresh());
    store.on("members", (id) => isShown(id) && (this.drawRooms(), timeline.refresh()));
    store.on("typing", (id) => isShown(id) && this.#drawTypists());
    store.on("arrived", (message) => this.#arrived(message));
    store.on("removed", ({ room, reason }) => isShown(room.id) && this.#showGone(room.summary.name, reason));
    sync.on("caughtUp", (caughtUp) => caughtUp && timeline.completed());
    sync.on("refused", (room) => store.apply({ type: "room_removed", room, reason: "removed" }));
    outbox.on("change", () => timeline.refresh());
    outbox.on("acked", ({ message }) => store.acked(message));
    items.on("change", () => this.drawRooms());
    items.on("refused", ({ kind, error }) => kind === FAVOURITE && this.panel.note(error.message));
  }

  /** Changes the state on actions of the reader. */
  #followReader() {
    const { router, composer, timeline, outbox } = this;
    router.on("opened", ({ isNew }) => this.#opened(isNew));
    composer.on("send", ({ room, body }) => this.#send(room, body));
    composer.on("edit", ({ message, body }) => body !== message.body && outbox.edit(message, body));
    composer.on("editLast", () => this.commands.editLast());
    composer.on("input", ({ room, writing }) => this.typing.input(room, writing));
    timeline.on("seen", ({ room, position }) => document.visibilityState === "visible" && this.readTracker.seen(room, position));
    timeline.on("older", (room) => void this.sync.older(room));
    timeline.on("moved", () => this.toolbar.refresh());
    addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @param {boolean} isNew */
  #opened(isNew) {
    this.navigation.drawer.close();
    if (isNew) {
      this.typing.stop();
      this.#open();
    }
    this.composer.focus();
  }

  #open() {
    void this.sync.show(this.router.current);
    this.#show();
    this.navigation.sidebar.reveal();
  }

  #show() {
    const { room } = this;
    if (!room) return;
    this.gone.hide();
    this.composer.show(room, this.store.limits.body_chars);
    this.timeline.show(room);
    this.#drawRooms();
    this.#drawTypists();
  }

  /**
   * @param {string} name
   * @param {"left" | "removed" | "deleted"} reason
   */
  #showGone(name, reason) {
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
    this.timeline.drawTop();
    this.toolbar.refresh();
  }

  /** The reader has access again while the page shows the notice. */
  #comeBack() {
    void this.sync.show(this.router.current);
    this.#show();
  }

  #drawTypists() {
    this.panel.drawTypists(this.store.typists.in(this.router.current));
  }

  /** @param {import("../net/protocol.js").Message} message */
  #arrived(message) {
    if (message.room !== this.router.current || message.author.id === this.store.user.id) return;
    this.timeline.arrived(message, document.visibilityState === "visible");
    if (!message.deleted) this.announcer.message(message);
  }

  /**
   * @param {number} room
   * @param {string} body
   */
  #send(room, body) {
    this.typing.stop();
    this.outbox.send(room, body);
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
    const body = this.outbox.takeBack(id);
    if (body) this.composer.takeBack(body);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      byId("jump", HTMLElement).click();
    } else if (isTyped(event)) this.composer.field.focus();
  }
}

/**
 * Whether the reader starts to type without having focused the field.
 * @param {KeyboardEvent} event
 */
function isTyped({ key, target, altKey, ctrlKey, metaKey }) {
  const isText = (key.length === 1 && key !== " ") || key === "Process";
  const element = /** @type {Element} */ (target);
  return isText && !altKey && !ctrlKey && !metaKey && element.matches("body, #timeline, .msg");
}
