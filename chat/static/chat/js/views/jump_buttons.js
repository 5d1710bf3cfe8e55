/** The two buttons over the timeline: to the newest message, and to the unread line. */
import { icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

export class JumpButtons {
  /**
   * @param {object} how
   * @param {HTMLElement} how.newest
   * @param {HTMLElement} how.toUnread
   * @param {import("./timeline.js").Timeline} how.timeline
   * @param {import("../state/read_tracker.js").ReadTracker} how.readTracker
   */
  constructor({ newest, toUnread, timeline, readTracker }) {
    this.newest = newest;
    this.toUnread = toUnread;
    this.timeline = timeline;
    this.readTracker = readTracker;
    newest.addEventListener("click", () => timeline.toEnd());
    toUnread.addEventListener("click", () => timeline.firstUnread !== null && timeline.goTo(timeline.firstUnread, { isLinked: false }));
    timeline.on("moved", () => this.draw());
  }

  draw() {
    const { newest } = this;
    const { room, atEnd } = this.timeline;
    const unseen = room ? this.readTracker.unseenIn(room) : 0;
    newest.hidden = !room || atEnd || (!unseen && !this.#isFar);
    const text = unseen ? interpolate(ngettext("%(count)s new", "%(count)s new", unseen), { count: unseen }) : gettext("Newest");
    if (newest.dataset.text !== text) newest.replaceChildren(icon("down"), text);
    newest.dataset.text = text;
    this.toUnread.hidden = !room || !this.#unreadIsAbove;
  }

  /** Whether there is more than a screen below. */
  get #isFar() {
    const { followsEnd, viewport } = this.timeline;
    return !followsEnd || viewport.below > viewport.scroller.clientHeight;
  }

  /** Whether the unread line is further up than the reader. */
  get #unreadIsAbove() {
    const { firstUnread, viewport } = this.timeline;
    if (firstUnread === null) return false;
    const line = this.timeline.elementOf("unread");
    const first = viewport.firstPosition();
    return line && firstUnread >= first ? viewport.isAbove(line) : first > firstUnread;
  }
}
