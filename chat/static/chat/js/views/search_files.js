/** The files that a search found, each with the message in which it was sent. */
import { h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { downloadLink } from "./attachments.js";
import { hitAddress, placeParts, timeElement } from "./search_hit.js";
import { excerpt, factsOf, fileName, fileSign, lineIn, matchingFirst } from "./search_hit_cards.js";

/** @typedef {import("../net/protocol.js").Attachment} Attachment */
/** @typedef {import("../net/protocol.js").Hit} Hit */
/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */
/** @typedef {import("./search_hit.js").Context} Context */

/** @param {SearchReply} reply */
export function countFiles({ hits }) {
  return hits.reduce((count, { message }) => count + (message.extras.attachments?.length ?? 0), 0);
}

/**
 * Those of the messages that have files. They are all files that there are, if there are no further messages.
 * @param {SearchReply} reply
 * @returns {SearchReply}
 */
export function withFiles(reply) {
  return { ...reply, hits: reply.hits.filter(({ message }) => message.extras.attachments?.length) };
}

/**
 * @param {Hit[]} hits
 * @param {Context} context
 */
export function fileRows(hits, context) {
  return hits.flatMap((hit) => matchingFirst(hit.message.extras.attachments ?? [], hit.places).map((file) => fileRow(file, hit, context)));
}

/**
 * @param {Attachment} file
 * @param {Hit} hit
 * @param {Context} context
 */
function fileRow(file, hit, context) {
  const { room, message } = hit;
  const { author, created_at: at } = message;
  if (context.isFolded(message)) return h("li", { class: "found-file" }, h("p", { class: "folded" }, gettext("File of a person you blocked.")));
  const place = h("a", { class: "hit-place to-hit", href: hitAddress(hit, context.router), title: gettext("Go to the message") }, ...placeParts(room), " · ", h("span", { class: "by", ...written(author.name) }, author.name), " · ", timeElement(at, context));
  const about = h("div", { class: "hit-about" }, fileName(file, hit, context), h("small", {}, factsOf(file)), excerpt(lineIn(file, hit)), place);
  return h("li", { class: "found-file" }, fileSign(file), about, downloadLink(file, { tabindex: null }));
}
