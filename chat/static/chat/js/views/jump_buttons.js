/** The two buttons over the timeline: to the newest message, and to the unread line. */
import { icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

export class JumpButtons {
  /**
   * @param {object} how
   * @param {HTMLElement} how.newest
   * @param {HTMLElement} how.toUnread
   * @param {import("./timeline.js").Timeline} how.timeline
   * @param {import("../state/sync.js").Sync} how.sync
   */
  constructor({ newest, toUnread, timeline, sync }) {
    this.newest = newest;
    this.toUnread = toUnread;
    this.timeline = timeline;
    this.sync = sync;
    newest.addEventListener("click", () => timeline.toEnd());
    toUnread.addEventListener("click", () => void this.#goToUnread());
    timeline.on("moved", () => this.draw());
  }

  draw() {
    const { timeline, newest } = this;
    const { unseen } = timeline;
    newest.hidden = !timeline.room || timeline.atEnd || (!unseen && !timeline.isFar);
    const text = unseen ? interpolate(ngettext("%(count)s new", "%(count)s new", unseen), { count: unseen }) : gettext("Newest");
    if (newest.dataset.text !== text) newest.replaceChildren(icon("down"), text);
    newest.dataset.text = text;
    this.toUnread.hidden = !timeline.room || !timeline.unreadIsAbove;
  }

  /** Fetches history up to the unread line. */
  async #goToUnread() {
    const { timeline, sync } = this;
    const { room, firstUnread } = timeline;
    while (room && firstUnread !== null && room.oldest > firstUnread && room === timeline.room) {
      if (!(await sync.older(room.id))) return;
    }
    timeline.toUnread();
  }
}
