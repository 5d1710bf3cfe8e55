/** The menu of what can be added in a composer besides text: files, a picture of the camera, a voice message, a poll. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { Menu } from "./menu.js";

/** @typedef {import("../net/protocol.js").NewPoll} NewPoll */

export class ComposerMenu {
  /**
   * @param {import("./shell_parts.js").Shell} shell
   * @param {object} of
   * @param {HTMLElement} of.opener
   * @param {import("./attaching.js").Attaching} of.attaching
   * @param {import("./attachment_tray.js").AttachmentTray} of.tray
   * @param {boolean} [of.withPoll] threads have none
   */
  constructor({ dates, router, ask, failed }, { opener, attaching, tray, withPoll = true }) {
    this.dates = dates;
    this.router = router;
    this.ask = ask;
    this.failed = failed;
    this.tray = tray;
    opener.setAttribute("aria-haspopup", "menu");
    opener.setAttribute("aria-expanded", "false");
    const isPhone = matchMedia("(pointer: coarse)").matches;
    const items = [
      this.#item("attach", gettext("Attach files"), () => attaching.pick(tray)),
      isPhone && this.#item("camera", gettext("Take a picture"), () => attaching.pick(tray, { camera: true })),
      this.#item("mic", gettext("Voice message"), () => void this.#record()),
      withPoll && this.#item("list", gettext("Poll"), () => void this.openPoll()),
    ];
    const menu = h("div", { class: "menu", role: "menu", "aria-label": gettext("Add"), hidden: true }, ...items);
    document.body.append(menu);
    this.menu = new Menu({ opener, menu });
    tray.form.querySelector(".send")?.before(this.#microphone());
  }

  /**
   * @param {string} drawing
   * @param {string} text
   * @param {() => void} act
   */
  #item(drawing, text, act) {
    return button({ class: "item", role: "menuitem" }, () => (this.menu.close(), act()), icon(drawing), text);
  }

  /** On phones, in the place of the button to send while there is nothing to send. */
  #microphone() {
    const label = gettext("Voice message");
    return button({ class: "icon mic", "aria-label": label, title: label }, () => void this.#record(), icon("mic"));
  }

  async #record() {
    try {
      const { recordVoice } = await import("./voice_recorder.js");
      await recordVoice(this.tray);
    } catch {
      this.failed();
    }
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
