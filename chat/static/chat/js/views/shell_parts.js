/** What the room page loads after its first frame: the space's menu, the panel beside the room, "Jump to…", the keys and the edges of the list of rooms. */
import { byId } from "../lib/dom.js";
import { DetailsPanel } from "./details_panel.js";
import { PeoplePanel } from "./people_panel.js";
import { RoomKeys } from "./room_keys.js";
import { SidePanel } from "./side_panel.js";
import { SpaceMenu } from "./space_menu.js";
import { Switcher } from "./switcher.js";
import { UnreadEdges } from "./unread_edges.js";
import { followKeyboard } from "./visible_height.js";
import "../sign_out.js";

/**
 * @typedef {object} Shell
 * @property {import("../state/store.js").Store} store
 * @property {import("../state/items.js").Items} items
 * @property {import("./page_router.js").PageRouter} router
 * @property {import("./sidebar.js").Sidebar} sidebar
 * @property {Record<string, string>} urls
 */

export class ShellParts {
  /** @param {Shell} shell */
  constructor({ store, items, router, sidebar, urls }) {
    const list = byId("room-list", HTMLElement);
    followKeyboard(byId("shell", HTMLElement));
    this.spaceMenu = new SpaceMenu();
    this.keys = new RoomKeys({ list, sidebar, store, items, router });
    this.edges = new UnreadEdges(list, sidebar);
    this.sidePanel = new SidePanel([new PeoplePanel(), new DetailsPanel({ items, urls })], () => router.room);
    this.switcher = new Switcher({
      dialog: byId("switcher", HTMLDialogElement),
      input: byId("switcher-input", HTMLInputElement),
      list: byId("switcher-list", HTMLElement),
      nothing: byId("switcher-nothing", HTMLElement),
      store,
      go: (room) => router.go(room),
    });
    byId("jump", HTMLElement).addEventListener("click", () => this.switcher.open());
  }

  /** @param {import("../state/room.js").Room | null} room */
  draw(room) {
    this.keys.refresh();
    this.edges.draw();
    if (room) this.sidePanel.draw(room);
  }
}
