/** The files and links of a message that was found, and the choices of its poll that match, each with what matched in it. */
import { h, icon } from "../lib/dom.js";
import { endingOf, fileAddress, pictureAddress } from "../lib/file_addresses.js";
import { partsFromMatch, partsOf } from "../lib/hit_text.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { siteOf } from "../lib/link_site.js";
import { sizeText } from "../lib/sizes.js";
import { written } from "../lib/text.js";
import { downloadLink, fileLink } from "./attachments.js";
import { clock } from "./voice_player.js";

/** @typedef {import("../net/protocol.js").Attachment} Attachment */
/** @typedef {import("../net/protocol.js").FoundPlace} FoundPlace */
/** @typedef {import("../net/protocol.js").Hit} Hit */
/** @typedef {import("./search_hit.js").Context} Context */
/** @typedef {import("../net/protocol.js").LinkPreview} LinkPreview */

/** Most cards of a hit; of more, only the number is shown. */
const MOST = 3;
const RELATION = "noopener noreferrer nofollow ugc";

/**
 * @param {Hit} hit
 * @param {Context} context
 */
export function hitCards(hit, context) {
  const { message, places } = hit;
  const { extras } = message;
  const files = matchingFirst(extras.attachments ?? [], places);
  const cards = [
    ...files.map((file) => fileCard(file, hit, context)),
    ...places.filter(({ kind }) => kind === "choice").map(choiceCard),
    ...(extras.previews ?? []).map((preview) => linkCard(preview, places)),
  ];
  if (!cards.length) return null;
  const hidden = cards.length - MOST;
  const others = hidden > 0 && h("p", { class: "hit-others" }, interpolate(ngettext("and %(count)s more", "and %(count)s more", hidden), { count: hidden }));
  return h("div", { class: "hit-cards" }, ...cards.slice(0, MOST), others);
}

/**
 * Files in which something matched before the others.
 * @param {Attachment[]} files
 * @param {FoundPlace[]} places
 */
export function matchingFirst(files, places) {
  const found = new Set(places.map(({ file }) => file));
  return [...files.filter(({ id }) => found.has(id)), ...files.filter(({ id }) => !found.has(id))];
}

/**
 * @param {Attachment} file
 * @param {Hit} hit
 * @param {Context} context
 */
function fileCard(file, hit, context) {
  const line = lineIn(file, hit);
  return h("div", { class: line ? "hit-card with-line" : "hit-card" }, fileSign(file), h("div", { class: "hit-about" }, fileName(file, hit, context), h("small", {}, factsOf(file)), excerpt(line)), downloadLink(file, { tabindex: null }));
}

/**
 * Its picture, or the ending of its name.
 * @param {Attachment} file
 */
export function fileSign(file) {
  const { id, name, kind, small, poster } = file;
  const address = kind === "video" ? poster && pictureAddress({ id }, "poster") : kind === "image" && (small ? pictureAddress({ id }, "small") : fileAddress({ id, name }));
  const sign = h("span", { class: "hit-sign", "aria-hidden": "true" });
  const symbol = () => (kind === "voice" ? icon("mic") : endingOf(name) || icon("attach"));
  const image = address && h("img", { alt: "", src: address, loading: "lazy", decoding: "async" });
  if (image) image.addEventListener("error", () => sign.replaceChildren(symbol()), { once: true });
  sign.append(image || symbol());
  return sign;
}

/**
 * The name of a file, which opens it.
 * @param {Attachment} file
 * @param {Hit} hit
 * @param {Context} context
 */
export function fileName(file, { message, places }, context) {
  const place = places.find(({ kind, file: id }) => kind === "name" && id === file.id);
  const name = file.kind === "voice" && !place ? gettext("Voice message") : (place?.text ?? file.name);
  const link = h("a", { ...fileLink(file), title: file.name, ...written(name) }, ...marked(name, place?.marks));
  if (file.kind !== "image") return link;
  link.setAttribute("aria-haspopup", "dialog");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void openPicture(file, message, context);
  });
  return link;
}

/**
 * @param {Attachment} file
 * @param {import("../net/protocol.js").Message} message
 * @param {Context} context
 */
async function openPicture(file, message, { dates, router }) {
  const { openGallery } = await import("./gallery.js");
  openGallery([{ file, by: message.author.name, at: dates.full(message.created_at), href: router.messageAddress(message) }], 0);
}

/**
 * The line of a text in which something was found.
 * @param {Attachment} file
 * @param {Hit} hit
 */
export function lineIn({ id }, { places }) {
  return places.find(({ kind, file }) => kind === "text" && file === id);
}

/**
 * "640 KB · 1600 × 1200".
 * @param {Attachment} file
 */
export function factsOf({ size, width, height, seconds }) {
  return [seconds !== undefined && clock(seconds), sizeText(size), width && height && `${width} × ${height}`].filter(Boolean).join(" · ");
}

/** @param {FoundPlace | undefined} place */
export function excerpt(place) {
  if (!place) return null;
  const number = place.line && h("span", { class: "line-number" }, interpolate(gettext("Line %(number)s"), { number: place.line }));
  return h("span", { class: "found-line", ...written(place.text) }, number || null, ...drawn(partsFromMatch(place.text, place.marks)));
}

/** @param {FoundPlace} place */
function choiceCard({ text, marks }) {
  return h("div", { class: "hit-card" }, h("span", { class: "hit-sign", "aria-hidden": "true" }, icon("check")), h("div", { class: "hit-about" }, h("b", written(text), ...marked(text, marks)), h("small", {}, gettext("Choice of the poll"))));
}

/**
 * @param {LinkPreview} preview
 * @param {FoundPlace[]} places
 */
function linkCard({ url, title, site, image }, places) {
  const place = places.find(({ kind, url: found }) => kind === "preview" && found === url);
  const isTitle = place && title.includes(place.text.replaceAll("…", ""));
  const shown = isTitle ? place.text : title;
  const link = h("a", { href: url, target: "_blank", rel: RELATION, title: url, ...written(shown) }, ...marked(shown, isTitle ? place.marks : []));
  const from = siteOf({ url, site });
  const picture = image ? h("img", { alt: "", src: `/previews/${image.id}/`, loading: "lazy", decoding: "async" }) : icon("link");
  return h("div", { class: "hit-card" }, h("span", { class: "hit-sign", "aria-hidden": "true" }, picture), h("div", { class: "hit-about" }, link, h("small", written(from), from), isTitle ? null : excerpt(place)));
}

/**
 * @param {string} text
 * @param {[number, number][]} [marks]
 */
function marked(text, marks = []) {
  return drawn(partsOf(text, marks));
}

/** @param {import("../lib/hit_text.js").Part[]} parts */
function drawn(parts) {
  return parts.map(({ text, isMatch }) => (isMatch ? h("mark", {}, text) : text));
}
