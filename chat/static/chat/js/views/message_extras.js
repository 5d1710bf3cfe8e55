/** What is shown with the text of a message: above, the message that it quotes; below, reactions, and what happened to it if it was not sent. */
import { avatar } from "./people.js";
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { quotedText, written } from "../lib/text.js";

/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./rows.js").Reaction} Reaction */
/** @typedef {import("./message.js").Context} Context */
/** @typedef {import("../net/protocol.js").Quote} Quote */
/** @typedef {import("../net/protocol.js").Attachment} Attachment */
/** A file, perhaps one that the server does not have yet. @typedef {Omit<Attachment, "id"> & {id?: string, key?: string}} ShownFile */

/** A single picture fits into this, and has at least this height and width. */
const PICTURE = { width: 400, height: 320, least: 96 };
/** Most pictures in a row; of more, only the number is shown. */
const SHOTS = 3;
/** Most lines of a text. */
const LINES = 6;
const BASE_PX = 16;

/**
 * A line that leads to the quoted message. The author is unknown for a moment if they have left the room.
 * @param {Quote} quote
 * @param {Context} context
 */
export function quoteLine(quote, { person, address, isFolded }) {
  const { author, position, text } = quote;
  const { id, avatar: picture } = author;
  const { name } = person(author);
  const shown = text === undefined ? gettext("Message deleted") : isFolded(quote) ? gettext("Message of a person you blocked.") : quotedText(quote);
  const who = name && [avatar(/** @type {any} */ ({ id, name, avatar: picture }), { small: true }), h("b", written(name), name)];
  const what = h("span", { class: text === undefined ? "cut gone" : "cut", ...written(shown) }, shown);
  const before = h("span", { class: "visually-hidden" }, gettext("In reply to"));
  return h("a", { class: "quote", href: address(position), tabindex: -1 }, icon("reply"), before, ...(who || []), " ", what);
}

/**
 * The boxes of the files of a message. They have their sizes before what is in them is loaded: `attachments.js` draws that.
 * @param {ShownFile[]} files
 */
export function fileBoxes(files) {
  const pictures = files.filter(isPicture);
  const boxes = files.filter((file) => !isPicture(file)).map(fileBox);
  return h("div", { class: "files" }, ...(pictures.length ? [pictureBoxes(pictures)] : []), ...boxes);
}

/** @param {ShownFile} file */
export function isPicture({ kind, width, height }) {
  return kind === "image" && Boolean(width && height);
}

/** @param {ShownFile[]} pictures */
function pictureBoxes(pictures) {
  const boxes = pictures.slice(0, SHOTS).map(() => h("div", { class: "shot" }));
  if (boxes.length === 1) fitBox(boxes[0], pictures[0]);
  return h("div", { class: boxes.length === 1 ? "shots alone" : "shots" }, ...boxes);
}

/**
 * Gives a box the shape of a picture.
 * @param {HTMLElement} box
 * @param {ShownFile} picture
 */
function fitBox(box, { width = PICTURE.width, height = PICTURE.height }) {
  const scale = Math.min(1, PICTURE.width / width, PICTURE.height / height);
  const [shownWidth, shownHeight] = [width, height].map((length) => Math.max(PICTURE.least, Math.round(length * scale)));
  box.style.inlineSize = `min(100%, ${shownWidth / BASE_PX}rem)`;
  box.style.aspectRatio = `${shownWidth} / ${shownHeight}`;
}

/** @param {ShownFile} file */
function fileBox(file) {
  const box = h("div", { "data-kind": file.kind });
  if (file.kind === "video") fitBox(box, file);
  if (file.kind === "text") {
    const lines = Math.min(LINES, (file.lines ?? "").trimEnd().split("\n").length);
    box.style.blockSize = `calc(3.375rem + ${lines} * var(--space-5))`;
  }
  return box;
}

/** @param {Quote | undefined} quote */
export function quoteLook(quote) {
  return quote ? `${quote.text ?? ""} ${quote.files} ${quote.text === undefined} ${quote.author.name}` : "";
}

/**
 * The reactions to a message as buttons, which add or take back one's own.
 * @param {MessageRow} row
 * @param {Context} context
 * @param {boolean} isReachable by Tab
 */
export function reactionChips(row, context, isReachable) {
  const tabindex = isReachable ? "0" : "-1";
  const mayReact = context.mayReact();
  const chips = row.reactions.map((reaction) => {
    const { emoji, count, own } = reaction;
    const who = whoReacted(reaction, context);
    const attributes = { "data-emoji": emoji, "aria-pressed": String(own), "aria-label": `${emoji} ${count}: ${who}`, "aria-disabled": mayReact ? null : "true" };
    const press = () => mayReact && context.react(row, emoji);
    return button({ class: "react", tabindex, ...attributes }, press, emojiPlace(emoji), `${count} `, tip(who));
  });
  const label = gettext("Add a reaction");
  const attributes = { class: "react add", tabindex, "aria-label": label, title: label };
  /** @type {HTMLButtonElement | false} */
  const add = mayReact && button(attributes, () => context.pick(row, add || null), icon("smile"));
  return h("div", { class: "reacts", role: "group", "aria-label": gettext("Reactions") }, ...chips, add);
}

/**
 * An emoji, or the place of the picture of one of the space's own, which is `:name:`.
 * @param {string} text
 */
function emojiPlace(text) {
  const isCustom = text.length > 2 && text.startsWith(":") && text.endsWith(":");
  return h("span", { "data-emoji": isCustom && text.slice(1, -1) }, text);
}

/**
 * @param {Reaction[]} reactions
 * @param {Context} context
 */
export function reactionsLook(reactions, context) {
  if (!reactions.length) return "";
  const looks = reactions.map((reaction) => `${reaction.emoji} ${reaction.count} ${reaction.own} ${whoReacted(reaction, context)}`);
  return [context.mayReact(), ...looks].join("\n");
}

/**
 * "You, 서준 and 2 others".
 * @param {Reaction} reaction
 * @param {Context} context
 */
function whoReacted({ own, users, count }, { nameOf }) {
  const names = users.map(nameOf).filter(Boolean);
  if (own) names.unshift(gettext("You"));
  const others = count - names.length;
  if (others > 0 && names.length) names.push(interpolate(ngettext("%(count)s other", "%(count)s others", others), { count: others }));
  else if (others > 0) return interpolate(ngettext("%(count)s person", "%(count)s people", others), { count: others });
  return listFormat().format(names);
}

/** Making a format is slow, and a timeline needs it often. @type {Intl.ListFormat | undefined} */
let conjunction;

function listFormat() {
  conjunction ??= new Intl.ListFormat(document.documentElement.lang || undefined, { type: "conjunction" });
  return conjunction;
}

/** @param {string} text the accessible name of the button contains it */
function tip(text) {
  return h("span", { class: "tip", "aria-hidden": "true", ...written(text) }, text);
}

/**
 * @param {string} id of the outbox's entry
 * @param {string} reason
 * @param {"send" | "edit" | "delete"} kind
 * @param {Context} context
 */
export function failure(id, reason, kind, { retry, rewrite, discard }) {
  const what = { send: gettext("Not sent."), edit: gettext("Not changed."), delete: gettext("Not deleted.") }[kind];
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("span", {}, `${what} ${reason}`),
    button({ class: "linklike" }, () => retry(id), gettext("Try again")),
    kind === "send" && button({ class: "linklike" }, () => rewrite(id), gettext("Edit")),
    button({ class: "linklike discard" }, () => discard(id), gettext("Discard")),
  );
}

/**
 * @param {string} id of the outbox's entry
 * @param {Context} context
 */
export function held(id, { rewrite, discard }) {
  return h(
    "div",
    { class: "held" },
    button({ class: "linklike" }, () => rewrite(id), gettext("Edit")),
    button({ class: "linklike discard" }, () => discard(id), gettext("Discard")),
  );
}
