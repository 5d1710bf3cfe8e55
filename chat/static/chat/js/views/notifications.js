/** Connects the notifier with the browser: its notifications, the sound, the other tabs, and the title and icon of the page. */
import { exclusive } from "../lib/lock.js";
import { Notifier } from "../state/notifier.js";
import { NotifyPreferences } from "../state/notify_preferences.js";
import { Tabs } from "../state/tabs.js";
import { DesktopNotices } from "./desktop_notices.js";
import { playSound } from "./notice_sound.js";
import { badgeText, FaviconBadge, unreadIn } from "./unread_badge.js";

export class Notifications {
  #favicon = new FaviconBadge();

  /**
   * @param {object} how
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {import("./navigation.js").Navigation} how.navigation
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {string | undefined} how.timeZone
   */
  constructor({ store, items, router, navigation, storage, timeZone }) {
    this.store = store;
    this.items = items;
    this.router = router;
    this.navigation = navigation;
    this.preferences = new NotifyPreferences(items, timeZone);
    this.desktop = new DesktopNotices({ storage, opened: (notice) => this.#open(notice) });
    this.tabs = new Tabs({ storage, exclusive: exclusive("notifications", { locks: navigator.locks, storage }) });
    this.notifier = new Notifier({
      store,
      items,
      preferences: this.preferences,
      means: {
        isLeader: () => this.tabs.isLeader,
        isViewed: (room) => this.tabs.isViewed(room),
        isAllowed: () => this.desktop.state === "on",
        show: (notice) => this.desktop.show(notice),
        withdraw: (tag) => this.desktop.withdraw(tag),
        playSound: () => playSound(),
      },
    });
    const follow = () => this.draw();
    for (const name of ["focus", "blur"]) addEventListener(name, follow);
    document.addEventListener("visibilitychange", follow);
    for (const name of /** @type {const} */ (["opened", "paged", "listed", "left"])) router.on(name, follow);
  }

  /** Draws the title and the icon, and notes what the person looks at. */
  draw() {
    this.tabs.view(this.#viewed);
    const unread = unreadIn(this.store.rooms.values(), this.items, (room) => room === this.#viewed);
    this.navigation.badge = badgeText(unread);
    this.navigation.drawTitle();
    this.#favicon.draw(unread);
  }

  /** The room that the person looks at in this tab, if its window has the focus. */
  get #viewed() {
    const isCovered = this.navigation.drawer.isOpen;
    return document.visibilityState === "visible" && document.hasFocus() && !isCovered ? this.router.current : null;
  }

  /** @param {import("../state/notifier.js").Notice} notice */
  #open({ room, position }) {
    if (this.store.rooms.has(room)) this.router.go(room, { position });
  }
}
