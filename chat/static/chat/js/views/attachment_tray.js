/** What is attached to the message being written: each file with its progress, and its own way out. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { KeyedList } from "../lib/keyed_list.js";
import { endingOf } from "../lib/file_addresses.js";
import { addPreview, dropPreview, previewOf } from "../lib/previews.js";
import { progressText, sizeText } from "../lib/sizes.js";
import { written } from "../lib/text.js";
import { isUnderWay, MOST_FILES } from "../state/uploads.js";

/** @typedef {import("../state/uploads.js").Upload} Upload */
/** @typedef {import("../net/outbox.js").AttachedFile} AttachedFile */

/** Progress is announced at most this often. */
const SAY_MS = 15_000;
/** What browsers show themselves, also before the server has made a smaller picture. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Where a message is written. @typedef {Pick<import("./composer.js").Composer, "room" | "refresh" | "focus" | "attached"> & {on: (name: "shown", listener: () => void) => unknown}} Writing */

export class AttachmentTray {
  #list = h("ul", { class: "attached", "aria-label": gettext("Attached files"), hidden: true });
  #waits = h("small", { class: "waits-for-files", hidden: true }, gettext("Sends when the uploads are done"));
  #error = h("p", { class: "attached-error", role: "alert", hidden: true });
  #rows;
  /** @type {(() => void)[]} */
  #ends;
  #saidAt = 0;

  /**
   * @param {object} how
   * @param {import("../state/uploads.js").Uploads} how.uploads
   * @param {Writing} how.composer
   * @param {HTMLFormElement} how.form
   * @param {HTMLElement} how.under the line below the composer
   * @param {() => number | null} how.room to which files will belong; null for a new conversation
   * @param {() => string} how.name of where they go
   * @param {(text: string) => void} how.say announces a text
   */
  constructor({ uploads, composer, form, under, room, name, say }) {
    this.uploads = uploads;
    this.composer = composer;
    this.form = form;
    this.room = room;
    this.name = name;
    this.say = say;
    this.#rows = new KeyedList(this.#list, {
      key: ({ key }) => key,
      create: () => h("li", {}),
      look: (upload) => lookOf(upload),
      draw: (upload, row) => this.#drawRow(upload, row),
    });
    form.querySelector(".line")?.before(this.#list, this.#error);
    under.append(this.#waits);
    this.#ends = [uploads.on("change", () => this.draw()), uploads.on("progress", (key) => this.#drawProgress(key))];
    composer.on("shown", () => this.draw());
    composer.attached = this;
    this.draw();
  }

  /** What would be sent now: all that did not fail. @returns {AttachedFile[]} */
  get files() {
    return this.#shown.filter(({ state }) => state !== "failed" && state !== "lost").map(attachedFile);
  }

  get #shown() {
    const { room } = this.composer;
    return room === null ? [] : this.uploads.in(room);
  }

  /** @param {(File & {recording?: import("../state/uploads.js").Recording})[]} files */
  async add(files) {
    const place = this.composer.room;
    const room = this.room();
    if (place === null) return;
    const free = MOST_FILES - this.#shown.filter(({ state }) => state !== "lost").length;
    const taken = files.slice(0, Math.max(0, free));
    this.complain(taken.length < files.length ? interpolate(gettext("A message can have %(count)s files."), { count: MOST_FILES }) : "");
    const added = [];
    for (const file of taken) added.push(await this.#addOne(file, { place, room }));
    this.say(interpolate(ngettext("%(count)s file attached", "%(count)s files attached", added.length), { count: added.length }));
  }

  /**
   * @param {File & {recording?: import("../state/uploads.js").Recording}} file
   * @param {{place: number, room: number | null}} where
   */
  async #addOne(file, where) {
    const { recording } = file;
    const size = PICTURES.has(file.type) ? await sizeOf(file) : null;
    const upload = this.uploads.add(file, { ...where, ...size, ...(recording && { recording }) });
    if (size) {
      addPreview(upload.key, file);
      this.#rows.clear();
      this.draw();
    }
    return upload;
  }

  /** The composer is gone. */
  end() {
    for (const end of this.#ends) end();
  }

  /** Whether something is still on its way. */
  get isWaiting() {
    return this.#shown.some(isUnderWay);
  }

  draw() {
    const shown = this.#shown;
    this.#rows.update(shown);
    this.#list.hidden = !shown.length;
    this.#waits.hidden = !this.isWaiting;
    this.composer.refresh();
    if (!shown.length) this.complain("");
  }

  /** @param {string} text why something could not be attached, or "" */
  complain(text) {
    this.#error.textContent = text;
    this.#error.hidden = !text;
  }

  /**
   * @param {Upload} upload
   * @param {HTMLElement} row
   */
  #drawRow(upload, row) {
    const { key, name, state } = upload;
    const isBad = state === "failed" || state === "lost";
    row.className = isBad ? "att bad" : "att";
    row.dataset.upload = key;
    const label = isBad ? gettext("Remove") : interpolate(gettext("Remove %(name)s"), { name });
    const again = state === "failed" && !upload.final && button({ class: "button bare" }, () => this.uploads.retry(key), gettext("Try again"));
    const remove = isBad
      ? button({ class: "button bare", "aria-label": interpolate(gettext("Remove %(name)s"), { name }) }, () => this.#remove(upload, row), label)
      : button({ class: "icon", "aria-label": label, title: label }, () => this.#remove(upload, row), icon("close"));
    const text = h("small", { class: isBad ? "reason" : "meta", role: isBad ? "alert" : null }, stateText(upload, this.uploads.sent(upload)));
    const bar = isUnderWay(upload) && this.#bar(upload);
    row.replaceChildren(this.#picture(upload), h("div", { class: "grow" }, h("b", { class: "cut", title: name, ...written(name) }, name), text, bar), again || "", remove);
    if (isBad) row.scrollIntoView({ block: "nearest" });
  }

  /** @param {Upload} upload */
  #bar(upload) {
    const label = interpolate(gettext("Upload of %(name)s"), { name: upload.name });
    return h("progress", { max: upload.size, value: this.uploads.sent(upload), "aria-label": label });
  }

  /** @param {Upload} upload */
  #picture({ key, name, type, recording }) {
    const preview = previewOf(key);
    if (preview) return h("img", { class: "thumb", src: preview, alt: "" });
    if (PICTURES.has(type)) void this.uploads.contents(key).then((file) => file && this.#found(key, file));
    return h("span", { class: "kind", "aria-hidden": "true" }, recording ? icon("mic") : endingOf(name) || icon("attach"));
  }

  /**
   * @param {string} key
   * @param {Blob} file
   */
  #found(key, file) {
    const place = this.#list.querySelector(`[data-upload="${key}"] .kind`);
    place?.replaceWith(h("img", { class: "thumb", src: addPreview(key, file), alt: "" }));
  }

  /** @param {string} key */
  #drawProgress(key) {
    const upload = this.uploads.get(key);
    const row = this.#list.querySelector(`[data-upload="${key}"]`);
    if (!upload || !row) return;
    const sent = this.uploads.sent(upload);
    const text = stateText(upload, sent);
    row.querySelector("progress")?.setAttribute("value", String(sent));
    row.querySelector(".meta")?.replaceChildren(text);
    if (Date.now() - this.#saidAt < SAY_MS) return;
    this.#saidAt = Date.now();
    this.say(interpolate(gettext("%(name)s: %(text)s"), { name: upload.name, text }));
  }

  /**
   * @param {Upload} upload
   * @param {HTMLElement} row
   */
  #remove({ key }, row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    dropPreview(key);
    this.uploads.remove(key);
    const button = next?.querySelector("button:last-child");
    if (button instanceof HTMLElement) button.focus();
    else this.composer.focus();
  }
}

/** @param {Upload} upload what a row depends on but for its progress */
function lookOf({ state, error, name, offset }) {
  return [state, error, name, offset].join("\n");
}

/**
 * @param {Upload} upload
 * @param {number} sent
 */
function stateText(upload, sent) {
  const { state, size, error } = upload;
  if (state === "failed") return error ?? "";
  if (state === "lost") return gettext("Interrupted. Attach it again to continue.");
  if (state === "processing") return gettext("Being prepared…");
  if (state === "ready") return interpolate(gettext("Ready · %(size)s"), { size: sizeText(size) });
  return progressText(sent, size);
}

/**
 * What is shown of it until the server describes it.
 * @param {Upload} upload
 * @returns {AttachedFile}
 */
function attachedFile({ key, name, type, size, width, height, recording }) {
  const kind = recording ? "voice" : width && height ? "image" : "file";
  return { key, name, type, size, kind, ...(width && { width, height }), ...recording };
}

/**
 * The width and height of a picture as it is shown, or null if the browser can't read it.
 * @param {Blob} file
 */
async function sizeOf(file) {
  const address = URL.createObjectURL(file);
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
    return image.naturalWidth ? { width: image.naturalWidth, height: image.naturalHeight } : null;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}
