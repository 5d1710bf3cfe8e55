/**
 * The browser's notifications. Whether this browser shows them is up to the person, on each of their devices: a permission, which is
 * only asked for when they press a button, and a switch, which is in the storage.
 */

/** @typedef {"unsupported" | "insecure" | "blocked" | "off" | "on"} State */

const SWITCH = "desktop-notices";

export class DesktopNotices {
  /** Those that are shown. @type {Map<string, Notification>} */
  #shown = new Map();
  /** Some mobile browsers have the interface but refuse to show anything without a service worker. */
  #isRefused = false;

  /**
   * @param {object} how
   * @param {import("../lib/storage.js").ScopedStorage} how.storage
   * @param {(notice: import("../state/notifier.js").Notice) => void} how.opened called when the person presses one
   */
  constructor({ storage, opened }) {
    this.storage = storage;
    this.opened = opened;
    // Nobody could withdraw them after the page has gone.
    addEventListener("pagehide", () => this.#closeAll());
  }

  /** @returns {State} */
  get state() {
    if (!("Notification" in globalThis) || this.#isRefused) return isSecureContext ? "unsupported" : "insecure";
    if (!isSecureContext) return "insecure";
    if (Notification.permission === "denied") return "blocked";
    return Notification.permission === "granted" && this.storage.get(SWITCH) === "on" ? "on" : "off";
  }

  /**
   * Asks for the permission, unless it was given before, and shows a first notification.
   * @param {string} title of that
   * @param {string} body
   */
  async enable(title, body) {
    if ((await Notification.requestPermission()) !== "granted") return;
    this.storage.set(SWITCH, "on");
    this.show({ tag: "enabled", title, body, room: 0, position: null });
  }

  disable() {
    this.storage.remove(SWITCH);
    this.#closeAll();
  }

  /** @param {import("../state/notifier.js").Notice} notice replaces the one with the same tag */
  show(notice) {
    const { tag, title, body } = notice;
    try {
      const icon = document.querySelector("#space-menu-open img")?.getAttribute("src") ?? undefined;
      // Sounds are ours, and a choice of their own.
      const shown = new Notification(title, { body, tag, icon, silent: true, lang: document.documentElement.lang });
      shown.addEventListener("click", () => this.#pressed(notice));
      this.#shown.set(tag, shown);
    } catch {
      this.#isRefused = true;
    }
  }

  /** @param {string} tag */
  withdraw(tag) {
    this.#shown.get(tag)?.close();
    this.#shown.delete(tag);
  }

  /** @param {import("../state/notifier.js").Notice} notice */
  #pressed(notice) {
    window.focus();
    this.withdraw(notice.tag);
    this.opened(notice);
  }

  #closeAll() {
    for (const tag of [...this.#shown.keys()]) this.withdraw(tag);
  }
}
