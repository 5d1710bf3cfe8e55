/** Draws one row of the timeline. */
import { failure, fileBoxes, held, quoteLine, quoteLook, reactionChips, reactionsLook } from "./message_extras.js";
import { drawSystem, systemLook, time } from "./sentences.js";
import { avatar, opensCard } from "./people.js";
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { written } from "../lib/text.js";
import { mayBeUndone } from "../net/outbox.js";
import { textRevision } from "../state/message_range.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./rows.js").PendingRow} PendingRow */
/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").User} User */
/** @typedef {import("../lib/dates.js").Dates} Dates */

/**
 * @typedef {object} Context
 * @property {Dates} dates
 * @property {number} me my user id
 * @property {(author: User) => User} person the author with their current name
 * @property {(person: User) => string} handle the text beside a name that several people have: "@mina", else ""
 * @property {() => number} now ms
 * @property {(itemId: string) => void} retry
 * @property {(itemId: string) => void} discard also undoes a deletion
 * @property {(itemId: string) => void} rewrite puts an unsent message back into the composer
 * @property {(id: number) => string} nameOf somebody in the room, else ""
 * @property {(position: number) => string} address of a message in the room
 * @property {() => boolean} mayReact
 * @property {import("./poll.js").PollContext} polls
 * @property {import("./link_cards.js").CardContext} cards
 * @property {(row: MessageRow, emoji: string) => void} react adds the reader's reaction, or takes it back
 * @property {(row: MessageRow, anchor: HTMLElement | null) => void} pick lets the reader choose an emoji
 * @property {(message: {id: number, author: {id: number}}) => boolean} isFolded whether the reader has blocked its author, and not asked for it
 * @property {(row: MessageRow) => void} unfold
 * @property {(row: MessageRow) => void} showVersions shows the former texts of a message
 * @property {(item: import("../net/outbox.js").Item) => boolean} isHeld whether the item can still be taken back
 * @property {import("./markup.js").Names} names
 * @property {(position: number) => void} openThread shows the thread of a message of the room
 * @property {() => void} redraw called when a part that messages need was loaded
 */

/**
 * The appearance of a row, which is redrawn when this changes.
 * @param {Row} row
 * @param {Context} context
 */
export function appearance(row, context) {
  const { dates, now, handle, isHeld } = context;
  switch (row.type) {
    case "day":
      return dates.dayLabel(row.at, now());
    case "unread":
      return "";
    case "pending":
      return `pending ${row.first} ${row.item.error?.message ?? ""} ${isHeld(row.item)} ${handle(row.author)} ${row.item.files?.length}`;
    case "system":
      return systemLook(row, context);
    case "message":
      return [textAppearance(row, context), reactionsLook(row.reactions, context), pollLook(row, context), filesLook(row.message.extras.attachments), cardsLook(row, context)].join("\n");
  }
}

/**
 * The appearance of a message without its reactions.
 * @param {MessageRow} row
 * @param {Context} context
 */
function textAppearance(row, { now, person, handle, isFolded }) {
  const { message, first, act } = row;
  const { quote } = message.extras;
  const parts = [textRevision(message), first, act?.id, act?.error?.message, grace(row, now()), look(person(message.author), handle)];
  return [...parts, quoteLook(quote), message.extras.pinned?.by.name, message.extras.thread?.at, threads?.threadLook(message), isFolded(message), quote && isFolded(quote)].join(" ");
}

/** Draws threads, once it was needed. @type {typeof import("./thread_row.js") | null} */
let threads = null;

/**
 * @param {Message} message
 * @param {HTMLElement} element
 * @param {Context} context
 */
function drawThread(message, element, context) {
  if (!message.extras.thread && !message.extras.from_thread) return;
  const loaded = /** @param {typeof import("./thread_row.js")} module */ (module) => ((threads = module), context.redraw());
  if (!threads) return void import("./thread_row.js").then(loaded).catch(() => {}); // without a network, it is missing
  const row = threads.threadRow(message, context);
  if (row) element.append(row);
}

/**
 * @param {MessageRow} row
 * @param {Context} context
 */
function pollLook({ message, poll }, { mayReact, polls }) {
  return poll ? JSON.stringify([message.extras.poll, poll, mayReact(), polls.members()]) : "";
}

/** @param {import("./message_extras.js").ShownFile[] | undefined} files */
function filesLook(files) {
  return files ? JSON.stringify(files) : "";
}

/**
 * @param {MessageRow} row
 * @param {Context} context
 */
function cardsLook({ message, previews }, { cards }) {
  return previews.length ? JSON.stringify([previews, cards.mayRemove(message)]) : "";
}

/** Of which files and previews boxes were drawn. @type {WeakMap<Element, string>} */
const boxed = new WeakMap();

/** How the text of messages was last drawn. @type {WeakMap<HTMLElement, string>} */
const drawn = new WeakMap();

let lastId = 0;

/** @param {Row} row */
export function create(row) {
  if (row.type === "day" || row.type === "unread") return h("div", { role: "separator" });
  return h("article", { id: `m${(lastId += 1)}`, tabindex: -1 });
}

/**
 * Draws the row and keeps the focus, and the toolbar if the element contains it.
 * @param {Row} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
export function redraw(row, element, context) {
  const toolbar = element.querySelector(":scope > .toolbar");
  const focused = element.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  const look = row.type === "message" ? textAppearance(row, context) : "";
  if (!look || drawn.get(element) !== look) draw(row, element, context);
  if (look) drawn.set(element, look);
  if (row.type === "message" || row.type === "pending") drawFiles(row, element, context);
  if (row.type === "message") drawCards(row, element, context);
  if (row.type === "message") drawReactions(row, element, context, Boolean(focused));
  if (row.type === "message" && row.poll) drawPoll(row, element, context);
  if (toolbar) element.append(toolbar);
  if (focused) successor(focused, element).focus({ preventScroll: true });
}

/**
 * The element that gets the focus after the one that had it was replaced.
 * @param {HTMLElement} focused
 * @param {HTMLElement} element
 */
function successor(focused, element) {
  if (focused.isConnected) return focused;
  const chips = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".react")]);
  const { emoji } = focused.dataset;
  return (focused.classList.contains("react") && chips.find((chip) => chip.dataset.emoji === emoji)) || element;
}

/**
 * @param {MessageRow} row
 * @param {HTMLElement} element
 * @param {Context} context
 * @param {boolean} hasFocus
 */
function drawReactions(row, element, context, hasFocus) {
  element.querySelector(":scope > .reacts")?.remove();
  if (row.reactions.length && !isGone(row) && !context.isFolded(row.message)) [...element.querySelectorAll(":scope > :is(.body, .poll, .files, .link-cards)")].at(-1)?.after(reactionChips(row, context, hasFocus));
}

/**
 * Draws files below the text: first their boxes; what is in them is loaded with the first file. What plays goes on.
 * @param {MessageRow | PendingRow} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
function drawFiles(row, element, context) {
  const held = element.querySelector(":scope > .files");
  const isShown = row.type === "pending" || (!isGone(row) && !context.isFolded(row.message));
  const files = row.type === "pending" ? row.item.files : row.message.extras.attachments;
  if (!isShown || !files?.length) return held?.remove();
  const look = filesLook(files);
  if (held && boxed.get(held) === look) return;
  const boxes = fileBoxes(files);
  boxes.id = `files-${element.id}`;
  element.setAttribute("aria-describedby", `body-${element.id} ${boxes.id}`);
  boxed.set(boxes, look);
  if (held) replace(held, boxes);
  else element.querySelector(":scope > .body")?.after(boxes);
  void import("./attachments.js").then(({ fill }) => fill(boxes, files, row, context)).catch(() => {}); // without a network, boxes stay empty
}

/**
 * If the focus is in what is replaced, the toolbar leaves the message meanwhile, which `replaceWith` fails at.
 * @param {Element} old
 * @param {Element} next
 */
function replace(old, next) {
  old.before(next);
  old.remove();
}

/**
 * Draws the cards of links below the text and the files: first their boxes, which have the same height.
 * @param {MessageRow} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
function drawCards(row, element, context) {
  const held = element.querySelector(":scope > .link-cards");
  if (!row.previews.length || isGone(row) || context.isFolded(row.message)) return held?.remove();
  const look = cardsLook(row, context);
  if (held && boxed.get(held) === look) return;
  const boxes = h("div", { class: "link-cards" }, ...row.previews.map(({ image, description }) => h("div", { "data-brief": !image && !description })));
  boxed.set(boxes, look);
  if (held) replace(held, boxes);
  else (element.querySelector(":scope > .files") ?? element.querySelector(":scope > .body"))?.after(boxes);
  void import("./link_cards.js").then(({ fill }) => fill(boxes, row, context)).catch(() => {}); // without a network, boxes stay empty
}

/**
 * Draws the choices of a poll below its question. Their module is loaded with the first poll.
 * @param {MessageRow} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
function drawPoll(row, element, context) {
  const held = element.querySelector(":scope > .poll");
  if (isGone(row) || context.isFolded(row.message)) return held?.remove();
  const place = held instanceof HTMLElement ? held : h("div", { class: "poll" });
  if (!held) element.querySelector(":scope > .body")?.after(place);
  void import("./poll.js").then(({ draw }) => draw(place, row, context)).catch(() => {}); // without a network, the question stays
}

/** @param {MessageRow} row that was deleted, or is being deleted */
function isGone({ message, act }) {
  return message.deleted || (act?.kind === "delete" && !act.error);
}

/**
 * Shows the reader the message that they came for: the focus is on it, and for a moment a colour.
 * @param {HTMLElement} element
 */
export function point(element) {
  element.focus({ preventScroll: true });
  element.dataset.linked = "";
  element.addEventListener("animationend", () => delete element.dataset.linked, { once: true });
}

/**
 * @param {Row} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
function draw(row, element, context) {
  switch (row.type) {
    case "day":
      return drawSeparator(element, "day", context.dates.dayLabel(row.at, context.now()));
    case "unread":
      return drawSeparator(element, "unread-line", gettext("Unread from here"));
    case "pending":
      return drawPending(row, element, context);
    case "system":
      return drawSystem(row, element, context);
    case "message":
      return drawMessage(row, element, context);
  }
}

/**
 * The label is also the accessible name, because screen readers skip the content of a separator.
 * @param {HTMLElement} element
 * @param {"day" | "unread-line"} kind
 * @param {string} label
 */
function drawSeparator(element, kind, label) {
  element.className = kind;
  element.setAttribute("aria-label", label);
  element.replaceChildren(h("span", {}, label));
}

/**
 * @param {MessageRow} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
function drawMessage(row, element, context) {
  const { message, first, act } = row;
  const { created_at: at } = message;
  const author = context.person(message.author);
  const going = act?.kind === "delete" && !act.error;
  const gone = message.deleted || going;
  const editing = act?.kind === "edit";
  const folded = !gone && context.isFolded(message);
  element.className = classes("msg", {
    first,
    gone: gone || folded,
    mine: author.id === context.me,
    pending: (going && !mayBeUndone(act, context.now())) || (editing && !act.error),
    failed: Boolean(act?.error),
    asks: Boolean(message.extras.poll) && !gone && !folded,
  });
  element.dataset.position = String(message.position);
  const body = gone ? tombstone() : folded ? fold(row, context) : editing ? typed(act.body) : rendered(message, context);
  if (!gone && !folded && (message.edited_at || editing)) (body.lastElementChild ?? body).append(" ", editing ? h("span", { class: "edited" }, gettext("(edited)")) : editedButton(row, context));
  const undo = going && mayBeUndone(act, context.now()) && undoButton(() => context.discard(act.id));
  if (undo) body.lastElementChild?.append(" ", undo);
  fill(element, { author, at, first, body, quote: gone || folded ? undefined : message.extras.quote }, context);
  if (!gone && message.extras.pinned) element.append(pinMark(context.person(message.extras.pinned.by)));
  drawThread(message, element, context);
  if (act?.error) element.append(failure(act.id, act.error.message, act.kind, context));
}

/**
 * @param {PendingRow} row
 * @param {HTMLElement} element
 * @param {Context} context
 */
function drawPending({ item, author, first }, element, context) {
  element.className = classes("msg mine", { first, pending: !item.error, failed: Boolean(item.error) });
  delete element.dataset.position;
  const isHeld = !item.error && context.isHeld(item);
  fill(element, { author, at: item.at, first, body: typed(item.body), quote: item.quote, isHeld }, context);
  if (item.error) element.append(failure(item.id, item.error.message, "send", context));
  else if (isHeld) element.append(h("span", { class: "waits" }, icon("clock")), held(item.id, context));
}

/**
 * @param {HTMLElement} element
 * @param {{author: User, at: string, first: boolean, body: HTMLElement, quote?: import("../net/protocol.js").Quote, isHeld?: boolean}} what
 * @param {Context} context
 */
function fill(element, { author, at, first, body, quote, isHeld = false }, context) {
  const { dates, handle } = context;
  const files = element.querySelector(":scope > .files");
  body.id = `body-${element.id}`;
  const beside = [handle(author), author.guest && gettext("guest")].filter(Boolean).join(" · ");
  const name = [author.name, beside].filter(Boolean).join(" ");
  element.setAttribute("aria-label", interpolate(gettext("%(name)s, %(time)s"), { name, time: isHeld ? gettext("not sent yet") : dates.time(at) }));
  element.setAttribute("aria-describedby", files ? `${body.id} ${files.id}` : body.id);
  if (first) {
    const who = h("button", { type: "button", tabindex: -1, ...opensCard(author) }, h("b", written(author.name), author.name));
    const face = avatar(author);
    face.dataset.person = String(author.id);
    const when = isHeld ? h("small", { class: "unsent" }, gettext("not sent yet")) : time(at, dates.time(at), dates);
    const head = h("div", { class: "head" }, who, beside && h("small", { class: "handle" }, beside), when);
    element.replaceChildren(face, head, body);
  } else {
    element.replaceChildren(time(at, dates.shortTime(at), dates), body);
  }
  if (files) body.after(files);
  if (quote) body.before(quoteLine(quote, context));
}

/**
 * @param {Message} message its html was rendered by the server, and is safe
 * @param {Context} context
 */
export function rendered({ author, body: text, html }, { names }) {
  const body = h("div", { class: "body markup", hidden: !text, ...written(text) });
  body.innerHTML = html;
  const hasMore = html.includes("<pre") || html.includes("<span");
  if (hasMore) void import("./markup.js").then(({ finish }) => finish(body, names, author.id)).catch(() => {}); // without a network, it stays as it is
  return body;
}

/** @param {string} text as typed, until the server has rendered it */
function typed(text) {
  const paragraphs = text.split(/\n{2,}/).map((part) => h("p", {}, part));
  return h("div", { class: "body", hidden: !text, ...written(text) }, ...paragraphs);
}

function tombstone() {
  return h("div", { class: "body" }, h("p", {}, gettext("Message deleted")));
}

/**
 * In the place of what somebody wrote whom the reader has blocked.
 * @param {MessageRow} row
 * @param {Context} context
 */
function fold(row, { unfold }) {
  const show = button({ class: "undo", tabindex: "-1" }, () => unfold(row), gettext("Show"));
  return h("div", { class: "body" }, h("p", {}, gettext("Message of a person you blocked."), " ", show));
}

/** @param {() => void} undo */
function undoButton(undo) {
  return button({ class: "undo" }, undo, gettext("Undo"));
}

/**
 * @param {MessageRow} row
 * @param {Context} context
 */
function editedButton(row, { dates, showVersions }) {
  const at = row.message.edited_at ?? "";
  const title = interpolate(gettext("%(time)s: see what was changed"), { time: dates.full(at) });
  return button({ class: "edited", tabindex: "-1", "aria-haspopup": "dialog", title }, () => showVersions(row), gettext("(edited)"));
}

/** @param {User} by */
function pinMark(by) {
  const text = interpolate(gettext("Pinned by %(name)s"), { name: by.name });
  return h("span", { class: "pin-mark", title: text }, icon("pin"), h("span", { class: "visually-hidden" }, text));
}

/**
 * @param {User} user
 * @param {(person: User) => string} handle
 */
function look(user, handle) {
  return `${user.name} ${user.avatar} ${user.guest} ${handle(user)}`;
}

/**
 * @param {MessageRow} row
 * @param {number} now
 */
function grace({ act }, now) {
  return act && mayBeUndone(act, now) ? "undo" : "";
}

/**
 * @param {string} always
 * @param {Record<string, boolean>} some
 */
function classes(always, some) {
  return [always, ...Object.keys(some).filter((name) => some[name])].join(" ");
}
