/** What the room page loads after its first frame: the space's menu, the panel beside the room, "Jump to…", the keys and the edges of the list of rooms. */
import { byId } from "../lib/dom.js";
import { DetailsPanel } from "./details_panel.js";
import { PeoplePanel } from "./people_panel.js";
import { ProfileCard } from "./profile_card.js";
import { RoomKeys } from "./room_keys.js";
import { SidePanel } from "./side_panel.js";
import { SpaceMenu } from "./space_menu.js";
import { Switcher } from "./switcher.js";
import { UnreadEdges } from "./unread_edges.js";
import "../sign_out.js";

/**
 * @typedef {object} Shell
 * @property {import("../state/store.js").Store} store
 * @property {import("../state/items.js").Items} items
 * @property {import("./page_router.js").PageRouter} router
 * @property {import("./sidebar.js").Sidebar} sidebar
 * @property {Record<string, string>} urls
 */

/** The socket describes a new room at about the time when the form is answered; after this long its page is loaded. */
const NEW_ROOM_MS = 3_000;

export class ShellParts {
  /** @param {Shell} shell */
  constructor({ store, items, router, sidebar, urls }) {
    const list = byId("room-list", HTMLElement);
    this.spaceMenu = new SpaceMenu();
    this.keys = new RoomKeys({ list, sidebar, store, items, router });
    this.edges = new UnreadEdges(list, sidebar);
    this.store = store;
    this.router = router;
    this.urls = urls;
    this.details = new DetailsPanel({ items, urls });
    this.sidePanel = new SidePanel([new PeoplePanel({ urls, me: store.user.id }), this.details], () => router.room);
    this.card = new ProfileCard({ room: () => router.room, me: store.user.id, profileAddress: urls.profile });
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
    this.card.refresh();
    if (room) this.sidePanel.draw(room);
    else this.sidePanel.close();
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
    } else if (name === "invite") {
      new (await import("./invite_sheet.js")).InviteSheet(this.urls.invite).open();
    } else {
      const { store, router, urls } = this;
      new (await import("./new_room_sheet.js")).NewRoomSheet({ urls, created: (room) => enter(room, { store, router }) }).open();
    }
  }
}

/**
 * Opens a room that was just made.
 * @param {{id: number, slug: string}} room
 * @param {Pick<Shell, "store" | "router">} shell
 */
function enter({ id, slug }, { store, router }) {
  const timer = setTimeout(() => location.assign(router.address(slug)), NEW_ROOM_MS);
  const stop = store.on("rooms", () => go());
  const go = () => {
    if (!store.rooms.has(id)) return;
    stop();
    clearTimeout(timer);
    router.go(id);
  };
  go();
}
