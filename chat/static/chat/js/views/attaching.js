/** Files of messages that are being written: picks them, follows their uploads, and lets the outbox know when they are there. */
import { exclusive } from "../lib/lock.js";
import { h } from "../lib/dom.js";
import { FileStore } from "../lib/file_store.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { dropPreview, renamePreview } from "../lib/previews.js";
import { UploadRequests } from "../net/upload_requests.js";
import { Uploads } from "../state/uploads.js";
import { AttachmentTray } from "./attachment_tray.js";
import { DropArea } from "./drop_area.js";
import { pastedAs } from "../lib/pasted_files.js";

/** @typedef {import("../net/outbox.js").AttachedFile} AttachedFile */
/** @typedef {import("../net/outbox.js").Item} Item */

export class Attaching {
  /** Those of the composers on the page, of the room first. @type {AttachmentTray[]} */
  #trays = [];
  #picker = h("input", { type: "file", multiple: true, hidden: true, "aria-label": gettext("Files") });
  /** For which composer files are being picked. @type {AttachmentTray | null} */
  #pickedFor = null;

  /** @param {import("./shell_parts.js").Shell} shell */
  constructor({ store, outbox, storage, router, announcer, note }) {
    this.outbox = outbox;
    this.router = router;
    this.announcer = announcer;
    const keep = new FileStore(storage.prefix);
    const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
    const lock = /** @param {string} name */ (name) => exclusive(name, { locks: navigator.locks, storage });
    this.uploads = new Uploads({ storage, keep, exclusive: lock, requests: new UploadRequests(token), largest: () => store.limits.file_bytes });
    this.note = note;
    this.#picker.addEventListener("change", () => this.#picked());
    document.body.append(this.#picker);
    this.#followUploads();
    this.#followOutbox();
    addEventListener("online", () => this.uploads.wake());
    addEventListener("storage", ({ key }) => (key === null || key.startsWith(storage.prefix)) && this.uploads.refresh());
    addEventListener("beforeunload", (event) => this.uploads.isBusy && event.preventDefault());
    new DropArea((target) => this.#target(target));
    void this.uploads.resume();
  }

  /**
   * Lets files be attached in a composer.
   * @param {Omit<ConstructorParameters<typeof AttachmentTray>[0], "uploads" | "room" | "say"> & {room?: () => number | null}} parts
   */
  follow(parts) {
    const say = /** @param {string} text */ (text) => this.announcer.say(text);
    const tray = new AttachmentTray({ room: () => this.router.current, ...parts, uploads: this.uploads, say });
    this.#trays.push(tray);
    return tray;
  }

  /** @param {AttachmentTray} tray whose composer is gone: what is attached there is given up */
  leave(tray) {
    this.#trays = this.#trays.filter((one) => one !== tray);
    for (const { key } of this.uploads.in(tray.composer.room ?? 0)) this.uploads.remove(key);
    tray.end();
  }

  /**
   * Attaches files that were pasted or dropped.
   * @param {File[]} files
   * @param {EventTarget | null} target
   * @param {boolean} isPaste
   */
  take(files, target, isPaste) {
    const tray = this.#target(target);
    if (!tray || !this.router.room?.may("post")) return this.note(gettext("You can’t send files here."));
    void tray.add(isPaste ? pastedAs(files, new Date()) : files);
    tray.composer.focus();
  }

  /**
   * Opens the browser's dialog.
   * @param {AttachmentTray} tray
   * @param {{camera?: boolean}} [how] takes a picture instead
   */
  pick(tray, { camera = false } = {}) {
    this.#pickedFor = tray;
    this.#picker.accept = camera ? "image/*,video/*" : "";
    if (camera) this.#picker.setAttribute("capture", "environment");
    else this.#picker.removeAttribute("capture");
    this.#picker.value = "";
    this.#picker.click();
  }

  /**
   * A message was taken back: its files are attached to the one being written again.
   * @param {AttachedFile[]} files
   */
  takeBack(files) {
    this.uploads.mark(files.map(({ key }) => key), false);
  }

  #picked() {
    const files = [...(this.#picker.files ?? [])];
    if (files.length) void this.#pickedFor?.add(files);
    this.#pickedFor?.composer.focus();
  }

  /**
   * The composer for what was dropped or pasted somewhere: that of the thread if it was there.
   * @param {EventTarget | null} target
   */
  #target(target) {
    const element = target instanceof Text ? target.parentElement : target;
    const part = element instanceof Element ? element.closest("#panel, dialog") : null;
    return this.#trays.find(({ form }) => part?.contains(form)) ?? this.#trays[0];
  }

  #followUploads() {
    this.uploads.on("ready", () => this.outbox.refresh());
    this.uploads.on("progress", (key) => this.#drawProgress(key));
    this.uploads.on("change", () => this.outbox.items.flatMap(filesOf).forEach(({ key }) => this.#drawProgress(key)));
    this.uploads.on("failed", ({ key, name, error = "" }) => this.outbox.failFile(key, interpolate(gettext("%(name)s: %(text)s"), { name, text: error })));
  }

  /**
   * Moves the progress in messages that wait for their files.
   * @param {string} key
   */
  #drawProgress(key) {
    const upload = this.uploads.get(key);
    for (const bar of document.querySelectorAll(`progress[data-of="${key}"]`)) {
      bar.setAttribute("value", String(upload ? this.uploads.sent(upload) : 0));
      bar.toggleAttribute("hidden", !upload || upload.state === "ready");
    }
  }

  #followOutbox() {
    const { outbox, uploads } = this;
    outbox.on("change", () => this.#mark());
    outbox.on("acked", ({ item, message }) => this.#done(item, message.extras.attachments));
    outbox.on("refused", ({ item }) => this.#done(item));
    outbox.on("discarded", (item) => filesOf(item).forEach(({ key }) => (dropPreview(key), uploads.remove(key))));
    outbox.on("retried", (item) => filesOf(item).forEach(({ key }) => uploads.retry(key)));
    const waiting = new Set(outbox.items.flatMap(filesOf).map(({ key }) => key));
    for (const { key, sent } of uploads.all) if (sent && !waiting.has(key)) uploads.forget(key); // sent before this was loaded
    this.#mark();
  }

  /** What the outbox sends is not attached to the next message any more. */
  #mark() {
    const keys = this.outbox.items.flatMap(filesOf).map(({ key }) => key);
    const unmarked = keys.filter((key) => this.uploads.get(key)?.sent === undefined || this.uploads.get(key)?.sent === false);
    if (unmarked.length) this.uploads.mark(unmarked, true);
  }

  /**
   * The server has the message.
   * @param {Item} item
   * @param {{id: string}[]} [attachments]
   */
  #done(item, attachments = []) {
    filesOf(item).forEach(({ key }, index) => {
      renamePreview(key, attachments[index]?.id);
      this.uploads.forget(key);
    });
  }
}

/** @param {Item} item */
function filesOf(item) {
  return item.kind === "send" ? (item.files ?? []) : [];
}
