/**
 * What the room page loads after its first frame: the space's menu, the panel beside the room, the palette, pages in the place of the
 * room, the keys and the edges of the list of rooms.
 */
import { roomAddress } from "../lib/addresses.js";
import { byId } from "../lib/dom.js";
import { Finder, foundAt } from "../net/finder.js";
import { RecentRooms } from "../state/recent_rooms.js";
import { ContentPage } from "./content_page.js";
import { DetailsPanel } from "./details_panel.js";
import { Palette } from "./palette.js";
import { paletteActions } from "./palette_actions.js";
import { paletteRows } from "./palette_rows.js";
import { PeoplePanel } from "./people_panel.js";
import { RoomKeys } from "./room_keys.js";
import { ShortcutsSheet } from "./shortcuts_sheet.js";
import { SidePanel } from "./side_panel.js";
import { SpaceMenu } from "./space_menu.js";
import { UnreadEdges } from "./unread_edges.js";
import "../sign_out.js";

/**
 * @typedef {object} Shell
 * @property {import("../state/store.js").Store} store
 * @property {import("../state/items.js").Items} items
 * @property {import("./page_router.js").PageRouter} router
 * @property {import("./sidebar.js").Sidebar} sidebar
 * @property {import("../lib/storage.js").ScopedStorage} storage
 * @property {Record<string, string>} urls
 */

export class ShellParts {
  /** @param {Shell} shell */
  constructor(shell) {
    const { store, items, router, sidebar, urls } = shell;
    const list = byId("room-list", HTMLElement);
    this.router = router;
    this.urls = urls;
    this.spaceMenu = new SpaceMenu();
    this.keys = new RoomKeys({ list, sidebar, store, items, router });
    this.edges = new UnreadEdges(list, sidebar);
    this.people = new PeoplePanel();
    this.sidePanel = new SidePanel([this.people, new DetailsPanel({ items, urls })], () => router.room);
    this.page = new ContentPage({ router, store, login: urls.login });
    this.shortcuts = new ShortcutsSheet();
    this.palette = this.#makePalette(shell);
    byId("shortcuts-open", HTMLElement).addEventListener("click", () => this.shortcuts.open());
    router.on("paged", () => this.sidePanel.close());
  }

  /** @param {import("../state/room.js").Room | null} room */
  draw(room) {
    this.keys.refresh();
    this.edges.draw();
    if (room) this.sidePanel.draw(room);
  }

  /** @param {Shell} shell */
  #makePalette({ store, items, router, storage, urls }) {
    const recent = new RecentRooms(storage);
    const note = () => router.current !== null && recent.note(router.current);
    note();
    router.on("opened", note);
    const finder = new Finder({ request: foundAt(urls.find) });
    const actions = paletteActions({ items, router, urls, openShortcuts: () => this.shortcuts.open() });
    /** @param {import("../net/protocol.js").User} user */
    const openPerson = (user) => this.#openPerson(user);
    return new Palette({ find: paletteRows({ store, router, recent, finder, actions, openPerson }), finder });
  }

  /**
   * Shows a person among the people of the room; one who is elsewhere can be invited on the page of its settings.
   * @param {import("../net/protocol.js").User} user
   */
  #openPerson(user) {
    const { room } = this.router;
    if (!room) return;
    if (!room.members.has(user.id)) return void this.router.visit(roomAddress(this.urls.room_settings, room.summary.slug));
    this.sidePanel.open(this.people);
    this.people.find(user.username);
  }
}
