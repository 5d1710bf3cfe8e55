/** The room page: which room is shown, and every view of it. Between the state (store, sync, outbox) and the views. */
import { Actions } from "./actions.js";
import { roomAddress, slugIn } from "./addresses.js";
import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { byId, h, perFrame } from "./dom.js";
import { Drawer } from "./drawer.js";
import { refuseFiles } from "./files.js";
import { gettext, interpolate } from "./i18n.js";
import { MessageActs } from "./message_acts.js";
import { typingText } from "./people.js";
import { drawPeople, peopleText } from "./people_view.js";
import { Pills } from "./pills.js";
import { drawGone, drawHeader } from "./room_header.js";
import { FAVOURITE, isFavourite, isMuted, Sidebar } from "./sidebar.js";
import { Switcher } from "./switcher.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./room.js").Room} Room */

const LAST_ROOM_SECONDS = 365 * 24 * 3600;

export class RoomPage {
  /** The id of the room that the page is about, also when it is gone. */
  #current;
  #space = byId("space", HTMLElement).textContent ?? "";

  /**
   * @param {object} state
   * @param {import("./store.js").Store} state.store
   * @param {import("./sync.js").Sync} state.sync
   * @param {import("./outbox.js").Outbox} state.outbox
   * @param {import("./drafts.js").Drafts} state.drafts
   * @param {import("./items.js").Items} state.items
   * @param {import("./reading.js").Reading} state.reading
   * @param {import("./typing.js").TypingNotice} state.typing
   * @param {import("./dates.js").Dates} state.dates
   * @param {Record<string, string>} state.urls
   * @param {number} state.current
   */
  constructor({ store, sync, outbox, drafts, items, reading, typing, dates, urls, current }) {
    this.store = store;
    this.sync = sync;
    this.outbox = outbox;
    this.items = items;
    this.reading = reading;
    this.typing = typing;
    this.dates = dates;
    this.urls = urls;
    this.#current = current;
    this.main = byId("main", HTMLElement);
    this.gone = byId("gone", HTMLElement);
    this.typists = byId("typing", HTMLElement);
    this.announcer = new Announcer(byId("announcer", HTMLElement));
    this.drawer = new Drawer({
      drawer: byId("sidebar", HTMLElement),
      rest: this.main,
      opener: byId("drawer-open", HTMLElement),
      veil: byId("veil", HTMLElement),
    });
    this.sidebar = new Sidebar({
      list: byId("rooms", HTMLElement),
      favourites: byId("favourites", HTMLElement),
      store,
      items,
      address: (slug) => roomAddress(urls.room, slug),
    });
    this.switcher = new Switcher({
      dialog: byId("switcher", HTMLDialogElement),
      input: byId("switcher-input", HTMLInputElement),
      list: byId("switcher-list", HTMLElement),
      nothing: byId("switcher-nothing", HTMLElement),
      store,
      go: (room) => this.go(room),
    });
    this.composer = new Composer({
      form: byId("composer", HTMLFormElement),
      field: byId("field", HTMLTextAreaElement),
      count: byId("count", HTMLElement),
      strip: byId("editing", HTMLElement),
      send: byId("send", HTMLButtonElement),
      drafts,
    });
    this.timeline = this.#makeTimeline();
    this.acts = this.#makeActs();
    this.pills = new Pills({ newest: byId("newest", HTMLElement), toFresh: byId("to-fresh", HTMLElement), timeline: this.timeline, sync });
    this.actions = new Actions({
      scroller: byId("timeline", HTMLElement),
      timeline: this.timeline,
      possible: (row) => this.acts.possible(row),
      run: (action, row, byKey) => this.acts.run(action, row, byKey),
      leave: () => this.composer.focus(),
    });
    this.drawRooms = perFrame(() => this.#drawRooms());
    this.#listen();
  }

  /** The room that is shown, or null when it is gone. @returns {Room | null} */
  get room() {
    return this.store.rooms.get(this.#current) ?? null;
  }

  /** Shows the room of the page's address for the first time. */
  start() {
    void this.sync.show(this.#current);
    this.#show();
    this.sidebar.reveal();
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
  }

  /**
   * Opens a room in place.
   * @param {number} id
   * @param {{push?: boolean}} [how] without `push` the address stays: it has changed already
   */
  go(id, { push = true } = {}) {
    const room = this.store.rooms.get(id);
    if (!room) return;
    if (this.drawer.isOpen) this.drawer.close();
    if (id !== this.#current) {
      if (push) history.pushState(null, "", roomAddress(this.urls.room, room.summary.slug));
      document.cookie = `room=${encodeURIComponent(room.summary.slug)}; path=/; max-age=${LAST_ROOM_SECONDS}; samesite=lax`;
      this.typing.stop();
      this.#current = id;
      void this.sync.show(id);
      this.#show();
      this.sidebar.reveal();
    }
    this.composer.focus();
  }

  /** The tab came into sight: what came meanwhile is seen now. */
  seen() {
    this.timeline.refresh();
  }

  /** Midnight may have passed. */
  newDay() {
    this.timeline.refresh();
  }

  #makeTimeline() {
    return new Timeline({
      scroller: byId("timeline", HTMLElement),
      list: byId("messages", HTMLElement),
      top: byId("top", HTMLElement),
      store: this.store,
      outbox: this.outbox,
      context: {
        dates: this.dates,
        me: this.store.user.id,
        handle: (person) => (this.room?.hasNamesake(person) ? `@${person.username}` : ""),
        person: (author) => this.room?.members.get(author.id)?.user ?? author,
        now: () => Date.now(),
        retry: (id) => this.outbox.retry(id),
        discard: (id) => this.#discard(id),
        rewrite: (id) => this.#rewrite(id),
        isHeld: (item) => this.outbox.isHeld(item),
      },
      urls: this.urls,
    });
  }

  #makeActs() {
    const { store, outbox, composer, timeline, announcer } = this;
    return new MessageActs({ room: () => this.room, me: store.user.id, outbox, composer, timeline, announcer });
  }

  #listen() {
    const { store, outbox, composer, timeline, sync } = this;
    store.on("rooms", () => this.drawRooms());
    store.on("messages", (id) => id === this.#current && timeline.refresh());
    store.on("members", (id) => id === this.#current && (this.drawRooms(), timeline.refresh()));
    store.on("typing", (id) => id === this.#current && this.#drawTypists());
    store.on("arrived", (message) => this.#arrived(message));
    store.on("removed", ({ room, reason }) => room.id === this.#current && this.#showGone(room.summary.name, reason));
    sync.on("caughtUp", (caughtUp) => caughtUp && timeline.completed());
    sync.on("refused", (room) => store.take({ type: "room_removed", room, reason: "removed" }));
    outbox.on("change", () => timeline.refresh());
    outbox.on("acked", ({ message }) => store.acked(message));
    composer.on("send", ({ room, body }) => this.#send(room, body));
    composer.on("edit", ({ message, body }) => body !== message.body && outbox.edit(message, body));
    composer.on("editLast", () => this.acts.editLast());
    composer.on("input", ({ room, writing }) => this.typing.input(room, writing));
    timeline.on("seen", ({ room, position }) => document.visibilityState === "visible" && this.reading.seen(room, position));
    timeline.on("older", (room) => void sync.older(room));
    timeline.on("moved", () => this.actions.refresh());
    for (const id of ["favourites", "rooms"]) byId(id, HTMLElement).addEventListener("click", (event) => this.#clicked(event));
    this.items.on("change", () => this.drawRooms());
    this.items.on("refused", ({ kind, error }) => kind === FAVOURITE && (note.textContent = error.message));
    byId("favourite", HTMLElement).addEventListener("click", () => this.#toggleFavourite());
    byId("jump", HTMLElement).addEventListener("click", () => this.switcher.open());
    if (/Mac|iPhone|iPad/.test(navigator.platform)) byId("jump-key", HTMLElement).textContent = "⌘ K";
    byId("people-open", HTMLElement).addEventListener("click", () => byId("people", HTMLDialogElement).showModal());
    byId("people-close", HTMLElement).addEventListener("click", () => byId("people", HTMLDialogElement).close());
    const note = byId("note", HTMLElement);
    refuseFiles((text) => (note.textContent = text));
    composer.field.addEventListener("input", () => (note.textContent = ""));
    addEventListener("popstate", () => this.#addressChanged());
    addEventListener("keydown", (event) => this.#pressed(event));
  }

  #show() {
    const { room } = this;
    if (!room) return;
    this.gone.hidden = true;
    this.main.classList.remove("is-gone");
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
    this.main.classList.add("is-gone");
    this.gone.hidden = false;
    drawGone(this.gone, name, reason, this.urls.rooms);
  }

  #drawRooms() {
    const { room } = this;
    this.sidebar.draw(this.#current);
    this.#drawTitle();
    if (!room) return;
    if (!this.gone.hidden) this.#comeBack();
    drawHeader(
      { name: byId("room-name", HTMLElement), about: byId("room-about", HTMLElement), settings: byId("settings", HTMLAnchorElement) },
      room,
      roomAddress(this.urls.room_settings, room.summary.slug),
    );
    byId("timeline", HTMLElement).setAttribute("aria-label", interpolate(gettext("Messages in %(room)s"), { room: room.summary.name }));
    byId("favourite", HTMLElement).setAttribute("aria-pressed", String(isFavourite(this.items, room.id)));
    byId("people-count", HTMLElement).textContent = peopleText(room.members.size);
    drawPeople(byId("people-list", HTMLElement), room.members.values());
    byId("composer", HTMLElement).hidden = room.summary.archived;
    byId("archived", HTMLElement).hidden = !room.summary.archived;
    this.composer.rename(room.summary.name);
  }

  /** I was let in again while the page told me that I am out. */
  #comeBack() {
    void this.sync.show(this.#current);
    this.#show();
  }

  #drawTitle() {
    const heard = [...this.store.rooms.values()].filter((room) => !isMuted(this.items, room));
    const unread = heard.reduce((sum, room) => sum + room.unread, 0);
    const name = this.room?.summary.name;
    document.title = [unread ? `(${unread}) ` : "", name ? `${name} · ` : "", this.#space].join("");
    const others = unread - (this.room && heard.includes(this.room) ? this.room.unread : 0);
    byId("drawer-open", HTMLElement).classList.toggle("has-unread", others > 0);
  }

  #drawTypists() {
    const text = typingText(this.store.typists.in(this.#current));
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.typists.replaceChildren(...(text ? [dots, " ", text] : []));
  }

  /** @param {import("./wire.js").Message} message */
  #arrived(message) {
    if (message.room !== this.#current || message.author.id === this.store.user.id) return;
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

  #toggleFavourite() {
    const { room } = this;
    if (room) void this.items.set(FAVOURITE, room.id, isFavourite(this.items, room.id) ? null : true);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link?.dataset.room || !plain) return;
    event.preventDefault();
    this.go(Number(link.dataset.room));
  }

  #addressChanged() {
    const slug = slugIn(this.urls.room, location.pathname);
    const room = slug === null ? undefined : this.store.bySlug(slug);
    if (room) this.go(room.id, { push: false });
    else location.reload();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.switcher.open();
    } else if (isTyped(event)) this.composer.field.focus();
  }
}

/**
 * Whether somebody began to write without going to the field first.
 * @param {KeyboardEvent} event
 */
function isTyped({ key, target, altKey, ctrlKey, metaKey }) {
  const isText = (key.length === 1 && key !== " ") || key === "Process";
  const element = /** @type {Element} */ (target);
  return isText && !altKey && !ctrlKey && !metaKey && element.matches("body, #timeline, .msg");
}
