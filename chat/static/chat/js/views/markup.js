/**
 * Finishes rendered messages: blocks of code get a header, spoilers open on a click, and names of people and rooms are replaced by
 * what this reader knows of them. Loaded with the first message that has one of these.
 */
import { labelOf, languageOf } from "../lib/code_languages.js";
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { candidates } from "../lib/names.js";
import { written } from "../lib/text.js";
import { highlightOnScreen } from "./highlighting.js";
import { opensCard } from "./people.js";

/** @typedef {import("../state/room.js").Room} Room */

/**
 * @typedef {object} Names
 * @property {number} me my user id
 * @property {() => Room | null} room the room on display
 * @property {Map<number, Room>} rooms those that I am in
 * @property {(slug: string) => string} address of a room
 * @property {(text: string) => void} say announces for screen readers
 */

const COPIED_MS = 1_200;

/**
 * @param {HTMLElement} body
 * @param {Names} names
 * @param {number} author the id of a person
 */
export function finish(body, names, author) {
  for (const pre of body.querySelectorAll("pre")) drawCode(pre, names);
  for (const spoiler of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll(".spoiler"))) drawSpoiler(spoiler);
  for (const span of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("[data-mention]"))) drawMention(span, names, author);
  for (const span of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("[data-room]"))) drawRoom(span, names);
}

/**
 * @param {HTMLPreElement} pre
 * @param {Names} names
 */
function drawCode(pre, names) {
  const typed = pre.dataset.language ?? "";
  const language = languageOf(typed);
  const code = /** @type {HTMLElement} */ (pre.firstElementChild ?? pre);
  const copy = button({ class: "icon", tabindex: "-1", "aria-label": gettext("Copy the code") }, () => void copyCode(copy, code, names), icon("copy"));
  const block = h("div", { class: "codeblock" }, h("div", { class: "label" }, h("span", {}, labelOf(typed) || gettext("Code")), copy));
  pre.replaceWith(block);
  pre.tabIndex = 0;
  block.append(pre);
  if (language) highlightOnScreen(code, language);
}

/**
 * @param {HTMLButtonElement} copy
 * @param {HTMLElement} code
 * @param {Names} names
 */
async function copyCode(copy, code, { say }) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
  } catch {
    return say(gettext("Your browser does not allow this page to copy."));
  }
  say(gettext("Copied"));
  copy.replaceChildren(icon("check"));
  setTimeout(() => copy.replaceChildren(icon("copy")), COPIED_MS);
}

/** @param {HTMLElement} spoiler a button until it is opened; its text is read to nobody before */
function drawSpoiler(spoiler) {
  const hidden = h("span", { inert: true });
  hidden.append(...spoiler.childNodes);
  spoiler.append(hidden);
  for (const [name, value] of Object.entries({ role: "button", tabindex: "0", "aria-label": gettext("Hidden text: show it") })) spoiler.setAttribute(name, value);
  const open = () => {
    spoiler.classList.add("shown");
    for (const name of ["role", "aria-label"]) spoiler.removeAttribute(name);
    spoiler.tabIndex = -1; // keeps the focus
    hidden.inert = false;
    spoiler.removeEventListener("click", open);
    spoiler.removeEventListener("keydown", pressed);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    open();
  };
  spoiler.addEventListener("click", open);
  spoiler.addEventListener("keydown", pressed);
}

/**
 * @param {HTMLElement} span
 * @param {Names} names
 * @param {number} author
 */
function drawMention(span, { me, room }, author) {
  const found = candidates(span.dataset.mention ?? "");
  const members = [...(room()?.members.values() ?? [])].map(({ user }) => user);
  const user = longest(members, found, ({ username }) => username);
  const text = span.textContent ?? "";
  if (user) {
    const { id, name, username } = user;
    const look = id === me && author !== me ? "mention to-me" : "mention";
    const mention = h("button", { type: "button", class: look, tabindex: -1, title: `@${username}`, ...written(name), ...opensCard(user) }, `@${name}`);
    span.replaceWith(mention, text.slice(1 + username.length));
  } else if ((found.includes("here") || found.includes("all")) && mayMentionEveryone(room(), author)) {
    span.classList.add("everyone");
    span.classList.toggle("to-me", author !== me);
  }
}

/**
 * The same rule as the server's: in a public room, only moderators may.
 * @param {Room | null} room
 * @param {number} author
 */
function mayMentionEveryone(room, author) {
  const role = room?.members.get(author)?.role;
  return role !== undefined && (room?.summary.kind !== "public" || role !== "member");
}

/**
 * @param {HTMLElement} span
 * @param {Names} names
 */
function drawRoom(span, { rooms, address }) {
  const summaries = [...rooms.values()].map(({ summary }) => summary);
  const known = longest(summaries, candidates(span.dataset.room ?? ""), ({ slug }) => slug ?? "");
  if (!known?.slug) return;
  const link = h("a", { class: "mention", href: address(known.slug), ...written(known.name) }, `#${known.name}`);
  span.replaceWith(link, (span.textContent ?? "").slice(1 + known.slug.length));
}

/**
 * The thing whose name is the first possible one of these.
 * @template Thing
 * @param {Thing[]} things
 * @param {string[]} names
 * @param {(thing: Thing) => string} nameOf
 */
function longest(things, names, nameOf) {
  const named = new Map(things.filter((thing) => names.includes(nameOf(thing))).map((thing) => [nameOf(thing), thing]));
  return names.map((name) => named.get(name)).find((thing) => thing !== undefined) ?? null;
}
