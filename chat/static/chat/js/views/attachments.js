/** What is in the boxes of the files of a message: pictures, players, cards. Loaded with the first message that has files. */
import { h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { blurOf } from "../lib/blur.js";
import { downloadAddress, endingOf, fileAddress, pictureAddress, pictureSources } from "../lib/file_addresses.js";
import { previewOf } from "../lib/previews.js";
import { sizeText } from "../lib/sizes.js";
import { written } from "../lib/text.js";
import { isPicture } from "./message_extras.js";
import { VoicePlayer } from "./voice_player.js";

/** @typedef {import("../net/protocol.js").Attachment} Attachment */
/** @typedef {import("./message_extras.js").ShownFile} ShownFile */
/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./rows.js").PendingRow} PendingRow */
/** @typedef {import("./message.js").Context} Context */

/**
 * Fills the boxes once their styles are there: without them, they would not keep their sizes for a moment.
 * @param {HTMLElement} place
 * @param {ShownFile[]} files
 * @param {MessageRow | PendingRow} row
 * @param {Context} context
 */
export async function fill(place, files, row, context) {
  await lateStyles(context.polls.styles);
  const pictures = files.filter(isPicture);
  const [shots] = place.getElementsByClassName("shots");
  if (shots) fillPictures(/** @type {HTMLElement} */ (shots), pictures, openGalleryOf(pictures, row, context));
  const boxes = [...place.querySelectorAll(":scope > [data-kind]")];
  files.filter((file) => !isPicture(file)).forEach((file, index) => fillBox(/** @type {HTMLElement} */ (boxes[index]), file));
}

/**
 * @param {ShownFile[]} pictures
 * @param {MessageRow | PendingRow} row
 * @param {Context} context
 */
function openGalleryOf(pictures, row, context) {
  const { message } = /** @type {MessageRow} */ (row);
  if (row.type === "pending") return () => {};
  const author = context.person(message.author);
  const about = { by: author.name, at: context.dates.full(message.created_at), href: context.address(message.position) };
  return /** @param {number} index */ async (index) => {
    const { openGallery } = await import("./gallery.js");
    openGallery(pictures.map((picture) => ({ ...about, file: /** @type {Attachment} */ (picture) })), index);
  };
}

/**
 * @param {HTMLElement} shots
 * @param {ShownFile[]} pictures
 * @param {(index: number) => void} open
 */
function fillPictures(shots, pictures, open) {
  const boxes = [...shots.children];
  boxes.forEach((box, index) => {
    const hidden = index === boxes.length - 1 ? pictures.length - boxes.length : 0;
    const link = pictureLink(pictures[index], /** @type {HTMLElement} */ (box), { hidden, press: () => open(index) });
    link.append(...progressOf(pictures[index]));
    box.replaceWith(link);
  });
  if (pictures.length > 1) shots.after(caption(pictures));
}

/**
 * A picture that opens the gallery. It is a link to the file, which other clicks open as usual.
 * @param {ShownFile} picture
 * @param {HTMLElement} box whose shape it has
 * @param {{hidden?: number, press: () => void}} how `hidden`: how many more there are
 */
export function pictureLink(picture, box, { hidden = 0, press }) {
  const { id, name, kind } = picture;
  const more = hidden > 0 && h("span", { class: "more-shots", "aria-hidden": "true" }, `+${hidden}`);
  const label = interpolate(kind === "video" ? gettext("Video %(name)s") : gettext("Picture %(name)s"), { name });
  const others = interpolate(ngettext("%(count)s more picture", "%(count)s more pictures", hidden), { count: hidden });
  const link = h("a", { class: "shot", href: id && fileAddress({ id, name }), tabindex: "-1", "aria-haspopup": "dialog", "aria-label": hidden > 0 ? `${label}, ${others}` : label, title: name });
  link.style.cssText = box.style.cssText;
  link.append(...thumbnail(picture), ...(more ? [more] : []), ...(kind === "video" || isStill(picture) ? [h("span", { class: "shot-play", "aria-hidden": "true" }, icon("play"))] : []));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !id) return;
    event.preventDefault();
    event.stopPropagation();
    press();
  });
  return link;
}

/**
 * Whether of a moving picture only the first frame is shown, because the reader wants no motion.
 * @param {ShownFile} picture
 */
function isStill({ id, animated }) {
  return Boolean(id && animated) && matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * The small picture, above its colours until it is loaded.
 * @param {ShownFile} picture
 * @returns {Element[]}
 */
function thumbnail(picture) {
  if (picture.kind === "video") return picture.poster && picture.id ? [h("img", { class: "shot-image", alt: "", src: pictureAddress({ id: picture.id }, "poster"), loading: "lazy" })] : [];
  const { id, key, width, height, animated, blur } = picture;
  const preview = previewOf(id) ?? previewOf(key);
  const image = h("img", { class: id ? "shot-image" : "shot-image unsent", alt: "", width, height, loading: "lazy", decoding: "async", sizes: "(max-width: 30em) 90vw, 25rem" });
  if (preview) image.src = preview;
  else if (id) {
    const { src, srcset } = pictureSources(/** @type {Attachment} */ (picture));
    const shown = animated && !isStill(picture) ? { src: fileAddress({ id, name: picture.name }), srcset: "" } : { src, srcset };
    image.srcset = shown.srcset;
    image.src = shown.src;
  }
  const colours = preview ? null : blurOf(blur);
  if (colours) image.addEventListener("load", () => colours.remove(), { once: true });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "no-picture" }, icon("image"))), { once: true });
  return colours ? [colours, image] : [image];
}

/** @param {ShownFile[]} pictures */
function caption(pictures) {
  const [{ name }] = pictures;
  const count = pictures.length - 1;
  const text = interpolate(ngettext("%(name)s and %(count)s more", "%(name)s and %(count)s more", count), { name, count });
  return h("p", { class: "shots-caption", ...written(text) }, `${text} · ${sizeText(sum(pictures))}`);
}

/** @param {ShownFile[]} files */
function sum(files) {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}

/**
 * @param {HTMLElement} box
 * @param {ShownFile} file
 */
function fillBox(box, file) {
  if (!box) return;
  box.classList.add("file-card");
  if (!file.id) box.replaceChildren(...cardOf(file), ...progressOf(file));
  else if (file.kind === "video") fillVideo(box, /** @type {Attachment} */ (file));
  else if (file.kind === "audio") fillAudio(box, /** @type {Attachment} */ (file));
  else if (file.kind === "voice") new VoicePlayer(box, /** @type {Attachment} */ (file));
  else if (file.kind === "text") fillText(box, /** @type {Attachment} */ (file));
  else box.replaceChildren(...cardOf(file));
}

/**
 * @param {HTMLElement} box
 * @param {Attachment} file
 */
function fillVideo(box, file) {
  const { poster, width, height, name } = file;
  const attributes = { controls: true, playsinline: true, width, height, preload: poster ? "none" : "metadata", poster: poster ? pictureAddress(file, "poster") : null };
  box.replaceChildren(h("video", { ...attributes, src: fileAddress(file), "aria-label": interpolate(gettext("Video %(name)s"), { name }), title: name }));
}

/**
 * @param {HTMLElement} box
 * @param {Attachment} file
 */
function fillAudio(box, file) {
  const { name } = file;
  const label = interpolate(gettext("Sound %(name)s"), { name });
  box.replaceChildren(h("div", { class: "about-file" }, nameOf(file), meta(file), downloadLink(file)), h("audio", { controls: true, preload: "none", src: fileAddress(file), "aria-label": label }));
}

/**
 * @param {HTMLElement} box
 * @param {Attachment} file
 */
function fillText(box, file) {
  const { lines = "" } = file;
  box.replaceChildren(h("div", { class: "about-file" }, nameOf(file), meta(file), downloadLink(file)), h("pre", { ...written(lines), dir: "ltr" }, lines.trimEnd()));
}

/**
 * How much of a file has gone that waits to be sent; `attaching.js` moves it.
 * @param {ShownFile} file
 */
function progressOf({ id, key, name, size }) {
  if (id || !key) return [];
  return [h("progress", { class: "upload-bar", max: size, value: 0, "data-of": key, "aria-label": interpolate(gettext("Upload of %(name)s"), { name }) })];
}

/**
 * A card: what the file is, and a button to save it.
 * @param {ShownFile} file
 * @returns {Node[]}
 */
export function cardOf(file) {
  const { name, kind, id } = file;
  const ending = kind === "pdf" ? "PDF" : endingOf(name);
  const badge = h("span", { class: "file-badge", "aria-hidden": "true" }, ending || icon("attach"));
  return [badge, h("div", { class: "about-file" }, nameOf(file), meta(file)), ...(id ? [downloadLink({ id, name })] : [])];
}

/**
 * A PDF opens beside the page; what browsers do not show is saved.
 * @param {ShownFile} file
 */
export function nameOf({ id, name, kind }) {
  if (!id) return h("b", { class: "cut", ...written(name) }, name);
  return h("a", { class: "cut", tabindex: "-1", ...fileLink({ id, name, kind }), title: name, ...written(name) }, name);
}

/**
 * The attributes of a link that opens a file, or saves it.
 * @param {{id: string, name: string, kind: string}} file
 */
export function fileLink({ id, name, kind }) {
  if (kind === "file") return { href: downloadAddress({ id, name }), download: name };
  return { href: fileAddress({ id, name }), target: "_blank", rel: "noopener" };
}

/** @param {{size: number}} file */
function meta({ size }) {
  return h("small", { class: "meta" }, sizeText(size));
}

/**
 * @param {{id: string, name: string}} file
 * @param {{tabindex: string | null}} [attributes]
 */
export function downloadLink(file, { tabindex } = { tabindex: "-1" }) {
  const label = interpolate(gettext("Download %(name)s"), { name: file.name });
  return h("a", { class: "icon", href: downloadAddress(file), download: file.name, tabindex, "aria-label": label, title: label }, icon("download"));
}

