/** The menu of what can be added in the composer besides text. */
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { Menu } from "./menu.js";

/** @typedef {import("../net/protocol.js").NewPoll} NewPoll */

export class ComposerMenu {
  /**
   * @param {object} how
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {(room: number, question: string, poll: NewPoll) => void} how.ask
   * @param {import("../lib/dates.js").Dates} how.dates
   * @param {() => void} how.failed called if a sheet could not be loaded
   */
  constructor({ router, ask, dates, failed }) {
    this.dates = dates;
    this.router = router;
    this.ask = ask;
    this.failed = failed;
    const opener = byId("add", HTMLElement);
    opener.setAttribute("aria-haspopup", "menu");
    opener.setAttribute("aria-expanded", "false");
    const poll = button({ class: "item", role: "menuitem" }, () => (this.menu.close(), void this.openPoll()), icon("list"), gettext("Poll"));
    const menu = h("div", { class: "menu", role: "menu", "aria-label": gettext("Add"), hidden: true }, poll);
    document.body.append(menu);
    this.menu = new Menu({ opener, menu });
  }

  /** @param {{question: string, poll: NewPoll}} [begun] that was not sent */
  async openPoll(begun) {
    const room = this.router.room?.id;
    if (room === undefined) return;
    try {
      const { PollSheet } = await import("./poll_sheet.js");
      new PollSheet({ begun, timeZone: this.dates.timeZone, send: (question, poll) => this.ask(room, question, poll) }).open();
    } catch {
      this.failed();
    }
  }
}
