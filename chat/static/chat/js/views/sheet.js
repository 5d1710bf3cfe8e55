/** A dialog over the room page, which lives as long as it is open. Escape closes it; the focus returns to where it was. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

let sheets = 0;

export class Sheet {
  /** @param {string} title */
  constructor(title) {
    const id = `sheet-${++sheets}`;
    const close = button({ class: "icon", "aria-label": gettext("Close"), title: gettext("Close") }, () => this.close(), icon("close"));
    this.pad = h("div", { class: "pad" });
    this.dialog = h("dialog", { class: "sheet", "aria-labelledby": id }, h("header", {}, h("h2", { id }, title), close), this.pad);
    this.dialog.addEventListener("close", () => this.dialog.remove());
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }
}
