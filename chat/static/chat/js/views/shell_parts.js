/**
 * What the room page loads after its first frame: the space's menu, the panel beside the room, the palette, pages in the place of the
 * room, the keys and the edges of the list of rooms.
 */
import { CHOSEN } from "../lib/appearance.js";
import { byId } from "../lib/dom.js";
import { lateStyles } from "../lib/late_styles.js";
import { customEmojiList } from "../net/custom_emoji_list.js";
import { Finder, foundAt } from "../net/finder.js";
import { Activity } from "../state/activity.js";
import { Presence } from "../state/presence.js";
import { RecentRooms } from "../state/recent_rooms.js";
import { directWith } from "../state/direct.js";
import { Attaching } from "./attaching.js";
import { ClosedNote } from "./closed_note.js";
import { ComposerMenu } from "./composer_menu.js";
import { ComposerTools } from "./composer_tools.js";
import { ContentPage } from "./content_page.js";
import { DetailsPanel } from "./details_panel.js";
import { Identity } from "./identity.js";
import { FormatBar } from "./format_bar.js";
import { MessageEmoji } from "./message_emoji.js";
import { followNotices } from "./notices.js";
import { Notifications } from "./notifications.js";
import { Palette } from "./palette.js";
import { paletteActions } from "./palette_actions.js";
import { paletteRows } from "./palette_rows.js";
import { PeoplePanel } from "./people_panel.js";
import { PinsPanel } from "./pins_panel.js";
import { PresenceView } from "./presence_view.js";
import { ProfileCard } from "./profile_card.js";
import { ReadFigures } from "./read_figures.js";
import { RoomKeys } from "./room_keys.js";
import { ShortcutsSheet } from "./shortcuts_sheet.js";
import { SidePanel } from "./side_panel.js";
import { SpaceMenu } from "./space_menu.js";
import { openThread } from "./thread_address.js";
import { UnreadEdges } from "./unread_edges.js";
import { followKeyboard } from "./visible_height.js";
import "../state/favourite_order.js"; // so that it is there without a network, too
import "../sign_out.js";

/**
 * @typedef {object} Shell
 * @property {import("../state/store.js").Store} store
 * @property {import("../state/sync.js").Sync} sync
 * @property {import("./sentences.js").Announcer} announcer
 * @property {import("../state/items.js").Items} items
 * @property {import("../net/outbox.js").Outbox} outbox
 * @property {import("./composer.js").Composer} composer of the room
 * @property {(command: import("../net/protocol.js").Command) => Promise<any>} request
 * @property {import("./message.js").Context} context in which messages are drawn
 * @property {import("./page_router.js").PageRouter} router
 * @property {import("./timeline.js").Timeline} timeline
 * @property {() => void} reopen opens the room on display again
 * @property {(room: number, question: string, poll: import("../net/protocol.js").NewPoll) => void} ask sends a poll
 * @property {import("./sidebar.js").Sidebar} sidebar
 * @property {import("./navigation.js").Navigation} navigation
 * @property {import("../lib/dates.js").Dates} dates
 * @property {import("../lib/storage.js").ScopedStorage} storage
 * @property {Record<string, string>} urls
 * @property {(text: string) => void} note shows a text above the composer
 * @property {() => void} failed called if a part could not be loaded
 */

/** The socket describes a new room at about the time when the form is answered; after this long its page is loaded. */
const NEW_ROOM_MS = 3_000;

/**
 * The parts with their styles.
 * @param {Shell} shell
 */
export async function loadShellParts(shell) {
  await lateStyles(shell.urls.late_styles);
  return new ShellParts(shell);
}

export class ShellParts {
  /** @type {import("./thread_panel.js").ThreadPanel | null} */
  #thread = null;
  /** @type {import("./files_panel.js").FilesPanel | null} */
  #files = null;
  /** What was found. @type {import("../state/search_memory.js").SearchMemory | undefined} */
  #searchMemory;

  /** @param {Shell} shell */
  constructor(shell) {
    const { store, items, router, sidebar, navigation, dates, storage, urls } = shell;
    const list = byId("room-list", HTMLElement);
    this.shell = shell;
    this.router = router;
    this.urls = urls;
    followNotices(items, shell.note);
    followKeyboard(byId("shell", HTMLElement));
    new FormatBar(byId("composer", HTMLFormElement), byId("field", HTMLTextAreaElement));
    this.spaceMenu = new SpaceMenu();
    this.keys = new RoomKeys({ list, sidebar, store, items, router });
    this.edges = new UnreadEdges(list, sidebar);
    this.identity = new Identity(store);
    this.store = store;
    this.closedNote = new ClosedNote(items);
    this.details = new DetailsPanel({ items, urls, openPins: () => this.sidePanel.open(this.pins), openFiles: () => void this.#openFiles(shell) });
    this.items = items;
    this.dates = dates;
    this.request = shell.request;
    this.presence = new Presence({ store, request: shell.request });
    this.presenceView = new PresenceView({ presence: this.presence, me: store.user.id, dates });
    this.people = new PeoplePanel({ urls, me: store.user.id, presence: this.presence, drawn: () => this.presenceView.draw() });
    this.pins = new PinsPanel({ ...shell, leave: () => this.sidePanel.uncover() });
    this.sidePanel = new SidePanel([this.people, this.pins, this.details], () => router.room);
    this.card = new ProfileCard({
      room: () => router.room,
      me: store.user.id,
      urls,
      items,
      presence: this.presence,
      dates,
      drawn: () => this.presenceView.draw(),
      write: (user) => void this.#write(user),
    });
    this.notifications = new Notifications({ store, items, router, navigation, storage, timeZone: dates.timeZone });
    followActivity(new Activity({ store, send: (command) => void shell.request(command).catch(() => {}), isQuiet: () => this.notifications.preferences.isQuiet }));
    this.page = new ContentPage({ router, store, login: urls.login, drawn: (page) => void this.#furnish(page, shell) });
    this.shortcuts = new ShortcutsSheet();
    this.palette = this.#makePalette(shell);
    this.composerTools = new ComposerTools(shell);
    this.attaching = new Attaching(shell);
    this.composerMenu = this.#makeComposerMenu(shell);
    this.readFigures = new ReadFigures(shell);
    this.messageEmoji = new MessageEmoji(byId("messages", HTMLElement), customEmojiList(urls.emoji), store);
    byId("shortcuts-open", HTMLElement).addEventListener("click", () => this.shortcuts.open());
    router.on("paged", () => this.sidePanel.close());
    document.addEventListener("click", (event) => this.#jump(event));
    document.documentElement.addEventListener(CHOSEN, () => store.emit("rooms", null));
  }

  /** @param {import("../state/room.js").Room | null} room */
  draw(room) {
    this.keys.refresh();
    this.edges.draw();
    this.notifications.draw();
    this.card.refresh();
    this.presenceView.soon();
    this.closedNote.draw(room);
    if (room) this.sidePanel.draw(room);
    else this.sidePanel.close();
  }

  /** @param {number} position of the message of the thread */
  openThread(position) {
    openThread(this.router, position);
  }

  /** Shows the thread of the address in the panel, or no thread. */
  async showThread() {
    const { ThreadPanel } = await import("./thread_panel.js");
    this.#thread ??= new ThreadPanel({ ...this.shell, attaching: this.attaching });
    const { thread } = this.router;
    if (!thread) return this.sidePanel.isOpenAt(this.#thread) ? this.sidePanel.close() : undefined;
    this.sidePanel.open(this.#thread); // before it is drawn: its field is as high as its text
    this.#thread.show(thread);
  }

  /** The thread in which the reader is. */
  get threadInFocus() {
    return document.activeElement?.closest(".thread-view") ? (this.#thread?.room ?? null) : null;
  }

  /**
   * Opens what a link names. Modules of sheets are loaded with the first use.
   * @param {string} name
   */
  async open(name) {
    this.spaceMenu.menu.close();
    if (name === "topic") {
      this.sidePanel.open(this.details);
      this.details.focusTopic();
    } else if (name === "people") {
      this.sidePanel.open(this.people);
      this.people.openInvite();
    } else if (name === "new-message") {
      await this.#newMessage();
    } else if (name === "status") {
      const { StatusSheet } = await import("./status_sheet.js");
      const { request, items, dates, store } = this;
      await this.presence.known(store.user.id);
      new StatusSheet({ request, items, timeZone: dates.timeZone, status: this.presence.of(store.user.id).status }).open();
    } else if (name === "invite") {
      new (await import("./invite_sheet.js")).InviteSheet(this.urls.invite).open();
    } else {
      const { store, router, urls } = this;
      new (await import("./new_room_sheet.js")).NewRoomSheet({ urls, created: (room) => enter(room, { store, router }) }).open();
    }
  }

  /**
   * Draws what a page leaves to its script.
   * @param {HTMLElement} page
   * @param {Shell} shell
   */
  async #furnish(page, shell) {
    const { items, dates } = shell;
    this.presenceView.draw();
    const search = page.querySelector("#search");
    if (search instanceof HTMLElement) await this.#openSearch(search, shell);
    if (page.querySelector(".people-table")) {
      (await import("./people_keys.js")).followKeys(page);
      for (const opener of page.querySelectorAll("[data-write]")) opener.addEventListener("click", () => void this.#writeTo(Number(opener.getAttribute("data-write"))));
    }
    const place = page.querySelector("#notify-settings");
    if (!(place instanceof HTMLElement)) return;
    const { NotifySettings } = await import("./notify_settings.js");
    const { preferences, desktop } = this.notifications;
    new NotifySettings(place, { items, preferences, desktop, dates });
  }

  /**
   * @param {HTMLElement} place
   * @param {Shell} shell
   */
  async #openSearch(place, { store, items, request, router, dates, storage, urls }) {
    const [{ SearchPage }, { SearchMemory }] = await Promise.all([import("./search_page.js"), import("../state/search_memory.js")]);
    if (!place.isConnected) return;
    this.#searchMemory ??= new SearchMemory();
    const finder = new Finder({ request: foundAt(urls.find) });
    new SearchPage(place, { store, items, request, router, dates, storage, finder, memory: this.#searchMemory, drawn: () => this.presenceView.soon() });
  }

  /** @param {Shell} shell */
  async #openFiles(shell) {
    try {
      const { FilesPanel } = await import("./files_panel.js");
      this.#files ??= new FilesPanel(shell);
      this.sidePanel.open(this.#files);
    } catch {
      shell.failed();
    }
  }

  /**
   * Follows a link to the message of a file.
   * @param {MouseEvent} event
   */
  #jump(event) {
    if (!(event.target instanceof Element) || !event.target.closest("[data-jump]") || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    this.sidePanel.uncover(); // before the message gets the focus
    this.router.followWritten(event);
  }

  /** @param {Shell} shell */
  #makeComposerMenu(shell) {
    const { attaching } = this;
    const form = byId("composer", HTMLFormElement);
    const under = /** @type {HTMLElement} */ (form.parentElement?.querySelector(".under"));
    const tray = attaching.follow({ composer: shell.composer, form, under, name: () => this.router.room?.summary.name ?? "" });
    return new ComposerMenu(shell, { opener: byId("add", HTMLElement), attaching, tray });
  }

  /** @param {Shell} shell */
  #makePalette({ store, items, router, storage, urls }) {
    const recent = new RecentRooms(storage);
    const note = () => router.current !== null && recent.note(router.current);
    note();
    router.on("opened", note);
    const finder = new Finder({ request: foundAt(urls.find) });
    const actions = paletteActions({ items, router, urls, openShortcuts: () => this.shortcuts.open(), newMessage: () => void this.#newMessage() });
    /** @param {import("../net/protocol.js").User} user */
    const openPerson = (user) => void this.#write(user);
    return new Palette({ find: paletteRows({ store, router, recent, finder, actions, openPerson, searchAddress: urls.search }), finder, drawn: () => this.presenceView.soon() });
  }

  /**
   * Opens the conversation with a person, or the sheet to begin one.
   * @param {import("../net/protocol.js").User} user
   */
  #write(user) {
    const room = directWith(this.store, [user.id]);
    return room ? this.router.go(room.id) : this.#newMessage(user);
  }

  /** @param {number} id of somebody whom the page has not described */
  async #writeTo(id) {
    await this.card.details.read(id);
    const user = this.card.details.of(id)?.user;
    if (user) this.#write(user);
  }

  /** @param {import("../net/protocol.js").User} [user] */
  async #newMessage(user) {
    const { store, request, router, urls } = this;
    const { NewMessageSheet } = await import("./new_message_sheet.js");
    const show = /** @param {number} id */ (id) => enter({ id }, { store, router });
    new NewMessageSheet({ store, request, attaching: this.attaching, findAddress: urls.find, enter: show, drawn: () => this.presenceView.soon() }).open(user);
  }
}

/**
 * Opens a room that was just made. Without its address, the page is loaded again if the socket does not describe it.
 * @param {{id: number, slug?: string}} room
 * @param {Pick<Shell, "store" | "router">} shell
 */
function enter({ id, slug }, { store, router }) {
  const timer = setTimeout(() => (slug ? location.assign(router.address(slug)) : location.reload()), NEW_ROOM_MS);
  const stop = store.on("rooms", () => go());
  const go = () => {
    if (!store.rooms.has(id)) return;
    stop();
    clearTimeout(timer);
    router.go(id);
  };
  go();
}

/**
 * What counts as a touch of this device.
 * @param {Activity} activity
 */
function followActivity(activity) {
  const touched = () => activity.touched();
  for (const name of ["pointerdown", "pointermove", "keydown", "focus"]) addEventListener(name, touched, { capture: true, passive: true });
}
