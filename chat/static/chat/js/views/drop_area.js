/** Shows that files which are dragged over the page can be dropped, above what they would be attached to: the room, a thread, a dialog. */
import { byId, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { MOST_FILES } from "../state/uploads.js";

/** @typedef {import("./attachment_tray.js").AttachmentTray} AttachmentTray */

export class DropArea {
  #text = h("b", {});
  #most = interpolate(gettext("Up to %(count)s files in a message"), { count: MOST_FILES });
  #area = h("div", { class: "drop-area", hidden: true, "aria-hidden": "true" }, icon("attach"), this.#text, h("p", {}, this.#most));
  /** How many elements the pointer has entered and not left. */
  #depth = 0;

  /** @param {(target: EventTarget | null) => AttachmentTray | undefined} trayOf to which files are attached that are dropped there */
  constructor(trayOf) {
    this.trayOf = trayOf;
    document.addEventListener("dragenter", ({ dataTransfer, target }) => {
      if (!dataTransfer?.types.includes("Files")) return;
      this.#depth += 1;
      this.#show(target);
    });
    document.addEventListener("dragleave", () => this.#left(this.#depth - 1));
    document.addEventListener("drop", () => this.#left(0));
  }

  /** @param {EventTarget | null} target */
  #show(target) {
    const tray = this.trayOf(target);
    const name = tray?.name();
    this.#area.hidden = !tray || !name;
    if (!tray || !name) return;
    this.#text.textContent = interpolate(gettext("Drop files to attach them in %(room)s"), { room: name });
    const place = tray.form.closest("#panel, dialog") ?? byId("main", HTMLElement);
    if (this.#area.parentElement !== place) place.append(this.#area);
  }

  /** @param {number} depth */
  #left(depth) {
    this.#depth = Math.max(0, depth);
    if (!this.#depth) this.#area.hidden = true;
  }
}
