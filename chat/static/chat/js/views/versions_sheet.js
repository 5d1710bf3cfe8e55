/** A sheet with the texts that a message has had, the latest first, each with what it changed. */
import { difference } from "../lib/difference.js";
import { button, h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { written } from "../lib/text.js";
import { DISCONNECTED } from "../net/connection.js";
import { textRevision } from "../state/message_range.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").Version} Version */
/** @typedef {import("../lib/difference.js").Part} Part */

/**
 * @typedef {object} Opening
 * @property {Message} message
 * @property {import("../state/store.js").Store} store
 * @property {import("../lib/dates.js").Dates} dates
 * @property {string} styles address of the late styles
 * @property {() => Promise<import("../net/protocol.js").VersionsReply>} read
 * @property {() => void} closed called if the button that opened the sheet is gone when it closes
 */

/**
 * Opens the sheet. Rejects if its styles could not be loaded.
 * @param {Opening} opening
 */
export async function openVersions(opening) {
  await lateStyles(opening.styles);
  new VersionsSheet(opening).open();
}

class VersionsSheet {
  #sheet = new Sheet(gettext("Edit history"));
  #said = h("p", { class: "said", role: "status" });
  #retry = button({ class: "button quiet", hidden: true }, () => void this.#read(), gettext("Try again"));
  #list = h("ol", { class: "versions", tabindex: "0", "aria-label": gettext("Texts of the message, the latest first") });
  /** The revision of the text that is shown or was asked for. */
  #revision = 0;

  /** @param {Opening} opening */
  constructor({ message, store, dates, read, closed }) {
    this.message = message;
    this.store = store;
    this.dates = dates;
    this.read = read;
    this.#sheet.pad.append(this.#said, this.#retry, this.#list);
    const follow = /** @param {number} room */ (room) => room === message.room && this.#follow();
    const stops = [store.on("messages", follow), store.on("changed", follow), store.on("removed", ({ room }) => room.id === message.room && this.#sheet.close())];
    this.#sheet.dialog.addEventListener("close", () => {
      for (const stop of stops) stop();
      if (document.activeElement === document.body) closed();
    });
  }

  open() {
    this.#sheet.open();
    void this.#read();
  }

  /** The message as the page holds it now. */
  get #current() {
    const room = this.store.rooms.get(this.message.room);
    return room?.tail.at(this.message.position) ?? room?.detached?.at(this.message.position) ?? this.message;
  }

  /** The message was edited again, or deleted. */
  #follow() {
    const message = this.#current;
    if (message.deleted) this.#sheet.close();
    else if (textRevision(message) > this.#revision) void this.#read();
  }

  async #read() {
    const revision = (this.#revision = textRevision(this.#current));
    this.#retry.hidden = true;
    if (!this.#list.childElementCount) this.#said.textContent = gettext("Loading…");
    try {
      const { versions } = await this.read();
      if (revision !== this.#revision) return;
      this.#said.textContent = "";
      this.#draw(versions);
    } catch (error) {
      const { code, message } = /** @type {import("../net/connection.js").CommandError} */ (error);
      this.#said.textContent = code === DISCONNECTED ? gettext("The former texts could not be loaded. Try again when you are online.") : message;
      this.#list.replaceChildren();
      this.#retry.hidden = false;
    }
  }

  /** @param {Version[]} versions oldest first */
  #draw(versions) {
    const rows = versions.flatMap((version, index) => {
      const before = versions[index - 1];
      const missing = version.number - (before?.number ?? 0) - 1;
      const label = index === versions.length - 1 ? gettext("Now") : version.number === 1 ? gettext("Original") : "";
      const row = this.#row(version, label, before ? difference(before.body, version.body) : [{ kind: "same", text: version.body }]);
      return missing ? [h("li", { class: "missing" }, notKept(missing, !before)), row] : [row];
    });
    this.#list.replaceChildren(...rows.reverse());
  }

  /**
   * @param {Version} version
   * @param {string} label
   * @param {Part[]} parts
   */
  #row({ body, written_at: at }, label, parts) {
    const time = h("time", { datetime: at }, this.dates.full(at));
    return h("li", {}, h("h3", {}, label, time), h("p", written(body), ...parts.map(drawn)));
  }
}

/** @param {Part} part */
function drawn({ kind, text }) {
  if (kind === "same") return text;
  const what = kind === "new" ? gettext("added:") : gettext("removed:");
  return h(kind === "new" ? "ins" : "del", {}, h("span", { class: "visually-hidden" }, ` ${what} `), text);
}

/**
 * @param {number} count
 * @param {boolean} isOriginal whether the original is among them, so that nobody knows their number
 */
function notKept(count, isOriginal) {
  if (isOriginal) return gettext("Earlier texts of this message were not kept.");
  return interpolate(ngettext("%(count)s text in between was not kept.", "%(count)s texts in between were not kept.", count), { count });
}
