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
/** With Alt and Shift, as in the list of rooms. @type {Record<string, number>} */
const MOVES = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };
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
      look: (upload) => lookOf(upload, this.#shown.length),
      draw: (upload, row) => this.#drawRow(upload, row),
    });
    this.#list.addEventListener("keydown", (event) => this.#pressed(event));
    form.querySelector(".line")?.before(this.#list, this.#error);
    under.prepend(this.#waits);
    const draw = () => this.draw();
    for (const name of ["online", "offline"]) addEventListener(name, draw);
    const unfollow = () => ["online", "offline"].forEach((name) => removeEventListener(name, draw));
    this.#ends = [uploads.on("change", draw), uploads.on("progress", (key) => this.#drawProgress(key, true)), unfollow];
    composer.on("shown", () => this.draw());
    composer.attached = this;
    this.draw();
  }

  /** What would be sent now: all that did not fail. @returns {AttachedFile[]} */
  get files() {
    return this.#shown.filter((upload) => !hasFailed(upload)).map(attachedFile);
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
    const added = [];
    for (const file of files) {
      const upload = await this.#addOne(file, { place, room });
      if (upload) added.push(upload);
      else break;
    }
    this.complain(added.length < files.length ? interpolate(gettext("A message can have %(count)s files."), { count: MOST_FILES }) : "");
    this.say(interpolate(ngettext("%(count)s file attached", "%(count)s files attached", added.length), { count: added.length }));
  }

  /**
   * Null if the message has all the files that it can have.
   * @param {File & {recording?: import("../state/uploads.js").Recording}} file
   * @param {{place: number, room: number | null}} where
   */
  async #addOne(file, where) {
    const { recording } = file;
    const size = PICTURES.has(file.type) ? await sizeOf(file) : null;
    if (this.uploads.in(where.place).filter(({ state }) => state !== "lost").length >= MOST_FILES) return null;
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
    return this.#shown.some((upload) => isUnderWay(upload) || upload.state === "paused");
  }

  draw() {
    const shown = this.#shown;
    this.#rows.update(shown);
    for (const { key } of shown) this.#drawProgress(key);
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
    const { key, name } = upload;
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    const isBad = hasFailed(upload);
    row.className = isBad ? "att bad" : "att";
    row.dataset.upload = key;
    const text = h("small", { class: isBad ? "reason" : "meta", role: isBad ? "alert" : null }, stateText(upload, this.uploads.sent(upload)));
    row.replaceChildren(this.#picture(upload), h("div", { class: "grow" }, h("b", { class: "cut", title: name, ...written(name) }, name), text, this.#bar(upload) || ""), ...this.#buttons(upload, row));
    if (focused) focusIn(row, focused.getAttribute("data-does"));
    if (isBad) row.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Upload} upload
   * @param {HTMLElement} row
   */
  #buttons(upload, row) {
    const { key, name, state, final } = upload;
    const { uploads } = this;
    const earlier = this.#shown.length > 1 && !hasFailed(upload) && act("earlier", "up", interpolate(gettext("Move %(file)s forward"), { file: name }), () => this.#move(key, -1));
    const pause = state === "uploading" && act("pause", "pause", interpolate(gettext("Pause %(file)s"), { file: name }), () => uploads.pause(key));
    const go = state === "paused" && act("pause", "play", interpolate(gettext("Continue %(file)s"), { file: name }), () => uploads.retry(key));
    const again = state === "failed" && !final && button({ class: "button bare", "data-does": "retry" }, () => uploads.retry(key), gettext("Try again"));
    const label = interpolate(gettext("Remove %(file)s"), { file: name });
    const keys = { "data-does": "remove", "aria-label": label, "aria-keyshortcuts": "Alt+Shift+ArrowUp Alt+Shift+ArrowDown" };
    const leave = () => this.#remove(upload, row);
    const remove = hasFailed(upload) ? button({ class: "button bare", ...keys }, leave, gettext("Remove")) : button({ class: "icon", title: label, ...keys }, leave, icon("close"));
    return [earlier, pause, go, again, remove].flatMap((one) => one || []);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey && MOVES[event.key];
    const row = /** @type {HTMLElement} */ (event.target).closest("li");
    if (!step || !row?.dataset.upload) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(row.dataset.upload, step);
  }

  /**
   * @param {string} key
   * @param {number} step
   */
  #move(key, step) {
    const number = this.uploads.move(key, step) + 1;
    const { name = "" } = this.uploads.get(key) ?? {};
    this.#rows.elementOf(key)?.scrollIntoView({ block: "nearest" });
    this.say(interpolate(gettext("%(name)s: %(number)s of %(count)s"), { name, number, count: this.#shown.length }));
  }

  /** @param {Upload} upload */
  #bar(upload) {
    if (!isUnderWay(upload) && upload.state !== "paused") return null;
    const label = interpolate(gettext("Upload of %(name)s"), { name: upload.name });
    return h("progress", { class: "upload-bar", max: upload.size, value: this.uploads.sent(upload), "aria-label": label });
  }

  /** @param {Upload} upload */
  #picture({ key, name, type, recording }) {
    const preview = previewOf(key);
    if (preview) return h("img", { class: "thumb", src: preview, alt: "" });
    if (PICTURES.has(type)) void this.uploads.contents(key).then((file) => file && this.#found(key, file));
    return h("span", { class: "file-badge", "aria-hidden": "true" }, recording ? icon("mic") : endingOf(name) || icon("attach"));
  }

  /**
   * @param {string} key
   * @param {Blob} file
   */
  #found(key, file) {
    const place = this.#list.querySelector(`[data-upload="${key}"] .file-badge`);
    place?.replaceWith(h("img", { class: "thumb", src: addPreview(key, file), alt: "" }));
  }

  /**
   * @param {string} key
   * @param {boolean} [isSaid] whether it is also announced
   */
  #drawProgress(key, isSaid = false) {
    const upload = this.uploads.get(key);
    const row = this.#list.querySelector(`[data-upload="${key}"]`);
    if (!upload || !row) return;
    const sent = this.uploads.sent(upload);
    const text = stateText(upload, sent);
    row.querySelector("progress")?.setAttribute("value", String(sent));
    const shown = row.querySelector(".meta");
    if (shown && shown.textContent !== text) shown.textContent = text;
    if (!isSaid || Date.now() - this.#saidAt < SAY_MS) return;
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
    if (next instanceof HTMLElement) focusIn(next, "remove");
    else this.composer.focus();
  }
}

/**
 * @param {string} does
 * @param {string} drawing
 * @param {string} label
 * @param {() => void} press
 */
function act(does, drawing, label, press) {
  return button({ class: `icon ${does}`, "data-does": does, "aria-label": label, title: label }, press, icon(drawing));
}

/**
 * Focuses the button of a row that does the same as one that was replaced, or else the last one.
 * @param {HTMLElement} row
 * @param {string | null} does
 */
function focusIn(row, does) {
  const buttons = [...row.querySelectorAll("button")];
  (buttons.find((one) => one.dataset.does === does) ?? buttons.at(-1))?.focus();
}

/** @param {Upload} upload */
function hasFailed({ state }) {
  return state === "failed" || state === "lost";
}

/**
 * What a row depends on but for its progress.
 * @param {Upload} upload
 * @param {number} count of files
 */
function lookOf({ state, error, name }, count) {
  return [state, error, name, count > 1].join("\n");
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
  const progress = progressText(sent, size);
  if (state === "paused") return interpolate(gettext("Paused · %(progress)s"), { progress });
  return navigator.onLine ? progress : interpolate(gettext("Waiting for the network · %(progress)s"), { progress });
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
