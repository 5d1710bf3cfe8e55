/**
 * Messages as sentences: what system lines say, the last message of a room in the list, and what screen readers announce. The timeline is
 * not a live region itself, because it would also announce loaded history and every redrawn message.
 */
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { h, icon } from "../lib/dom.js";
import { filesExcerpt, preview, textOf, written } from "../lib/text.js";

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").User} User */
/** @typedef {import("../net/protocol.js").Excerpt} Excerpt */
/** @typedef {import("./rows.js").SystemRow} SystemRow */

/**
 * Lines that are worded as one sentence: of the same kind, and, unless people acted for themselves, by the same person.
 * @typedef {{code: string, actor: User, people: User[], count: number, lines: Message[]}} Group
 * `people`: the first of them; `count`: how many there are
 */

const GATHER_MS = 700;
/** If more messages than this arrive at once, only their number is announced. */
const MOST_READ = 3;
const MOST_CHARS = 300;

/** Around a name in a sentence, for which people have no key. */
const BEGIN = "\ue000";
const END = "\ue001";

/** @type {Record<string, string>} */
const DRAWINGS = { left: "leave", removed: "leave", renamed: "edit", topic: "edit", archived: "archive", unarchived: "archive", pinned: "pin" };

export class Announcer {
  /** @type {string[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} region a polite live region */
  constructor(region) {
    this.region = region;
  }

  /** @param {Message} message */
  message(message) {
    const { author, html, kind, extras } = message;
    if (kind === "system") return this.say(systemText([message]));
    const text = textOf(html).trim().slice(0, MOST_CHARS);
    this.say(interpolate(gettext("%(name)s: %(text)s"), { name: author.name, text: preview({ text, poll: Boolean(extras.poll), files: filesExcerpt(extras.attachments) }) }));
  }

  /** @param {string} text */
  say(text) {
    this.#waiting.push(text);
    this.#timer ??= setTimeout(() => this.#speak(), GATHER_MS);
  }

  #speak() {
    const texts = this.#waiting;
    this.#waiting = [];
    this.#timer = undefined;
    const many = interpolate(gettext("%(count)s new messages"), { count: texts.length });
    this.region.textContent = texts.length > MOST_READ ? many : texts.join("\n");
  }
}

/**
 * The last message of a room in one line, or "" if there is none.
 * @param {Pick<import("../state/room.js").Room, "summary">} room
 */
export function lastLine({ summary }) {
  const { last_message: last } = summary;
  if (!last) return "";
  if (last.deleted) return gettext("Message deleted");
  return last.kind === "system" ? systemExcerpt(last) : interpolate(gettext("%(name)s: %(text)s"), { name: last.author.name, text: preview(last) });
}

/**
 * A system line in the list of rooms, where only the name of its author is known.
 * @param {Excerpt} excerpt
 */
function systemExcerpt({ author, system }) {
  const { code, people = [], count = people.length, ...more } = system ?? { code: "" };
  const values = { name: author.name, count };
  if (code === "added") return interpolate(ngettext("%(name)s added %(count)s person", "%(name)s added %(count)s people", count), values);
  if (code === "removed") return interpolate(ngettext("%(name)s removed %(count)s person", "%(name)s removed %(count)s people", count), values);
  return sentence({ code, actor: author, people: [author], count: 1 }, more, nameOf);
}

/**
 * What lines that are folded say, as text.
 * @param {Message[]} lines
 */
export function systemText(lines) {
  return groupsOf(lines).map((group) => sentence(group, rest(group), nameOf)).join(" · ");
}

/**
 * What the drawing of lines depends on.
 * @param {SystemRow} row
 * @param {import("./message.js").Context} context
 */
export function systemLook({ lines }, { person }) {
  const people = lines.flatMap(({ author, extras }) => [author, ...(extras.system?.people ?? [])]);
  return [lines.map(({ id }) => id), people.map((user) => person(user).name)].join("\n");
}

/**
 * Draws one line, or several folded ones, which the reader may unfold.
 * @param {SystemRow} row
 * @param {HTMLElement} element
 * @param {import("./message.js").Context} context
 */
export function drawSystem({ lines }, element, context) {
  const wasOpen = element.querySelector("details")?.open ?? false;
  const [first] = lines;
  const last = lines[lines.length - 1];
  const at = time(last.created_at, context.dates.time(last.created_at), context.dates);
  element.className = "msg system";
  element.dataset.position = String(first.position);
  element.dataset.last = String(last.position);
  element.setAttribute("aria-label", systemText(lines));
  const isFolded = lines.length > 1;
  const said = h("span", {}, ...named(groupsOf(lines).map((group) => sentence(group, rest(group), marked(context))).join(" · ")));
  const each = () => lines.map((line) => h("li", {}, ...words(line, context)));
  const line = isFolded
    ? h("details", { class: "event", open: wasOpen }, h("summary", { tabindex: -1 }, said, " ", at, icon("chevron")), h("ul", { role: "list" }, ...each()))
    : h("div", { class: "event" }, ...words(first, context));
  element.replaceChildren(icon(DRAWINGS[codeOf(first)] ?? "people"), line);
}

/**
 * The time of a message.
 * @param {string} at
 * @param {string} text
 * @param {import("../lib/dates.js").Dates} dates
 */
export function time(at, text, dates) {
  return h("time", { datetime: at, title: dates.full(at) }, text);
}

/**
 * One line with its time, and a link to the message that it is about.
 * @param {Message} line
 * @param {import("./message.js").Context} context
 */
function words(line, context) {
  const [group] = groupsOf([line]);
  const said = h("span", {}, ...named(sentence(group, rest(group), marked(context))));
  const { position } = line.extras.system ?? {};
  const at = time(line.created_at, context.dates.time(line.created_at), context.dates);
  const link = position ? [" ", h("a", { href: context.address(position), tabindex: -1 }, gettext("Go to it"))] : [];
  return [said, " ", at, ...link];
}

/**
 * Lines by what they say and who did it, in the order in which they came.
 * @param {Message[]} lines
 * @returns {Group[]}
 */
function groupsOf(lines) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const line of lines) {
    const code = codeOf(line);
    const { people = [line.author], count = people.length } = line.extras.system ?? {};
    const key = code === "joined" || code === "left" ? code : `${code} ${line.author.id}`;
    const group = groups.get(key) ?? { code, actor: line.author, people: [], count: 0, lines: [] };
    const fresh = people.filter(({ id }) => !group.people.some((known) => known.id === id));
    group.people.push(...fresh);
    group.count += count - (people.length - fresh.length);
    group.lines.push(line);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** @param {Message} line */
function codeOf({ extras }) {
  return extras.system?.code ?? "";
}

/** @param {Group} group */
function rest({ lines }) {
  return { ...lines[lines.length - 1].extras.system, lines: lines.length };
}

/**
 * @param {Omit<Group, "lines">} group
 * @param {{from?: string, to?: string, lines?: number}} more
 * @param {(user: User) => string} name
 */
function sentence({ code, actor, people, count }, { from = "", to = "", lines = 1 }, name) {
  const [first, second] = people;
  const by = { actor: name(actor), from, to };
  const templates = ofPeople(code, count - 2);
  if (!templates) return interpolate(ofOne(code, to, lines), { ...by, name: by.actor, count: lines });
  const who = { name: name(first), first: name(first), second: second ? name(second) : "", count: count - 2 };
  return interpolate(count === 1 ? templates[0] : count === 2 ? templates[1] : templates[2], { ...by, ...who });
}

/**
 * Sentences about one person, two, and more of them: `others` is how many there are besides the first two.
 * @param {string} code
 * @param {number} others
 */
function ofPeople(code, others) {
  switch (code) {
    case "joined":
      return [
        gettext("%(name)s joined"),
        gettext("%(first)s and %(second)s joined"),
        ngettext("%(first)s, %(second)s and %(count)s other joined", "%(first)s, %(second)s and %(count)s others joined", others),
      ];
    case "added":
      return [
        gettext("%(name)s joined, added by %(actor)s"),
        gettext("%(first)s and %(second)s joined, added by %(actor)s"),
        ngettext("%(first)s, %(second)s and %(count)s other joined, added by %(actor)s", "%(first)s, %(second)s and %(count)s others joined, added by %(actor)s", others),
      ];
    case "left":
      return [
        gettext("%(name)s left"),
        gettext("%(first)s and %(second)s left"),
        ngettext("%(first)s, %(second)s and %(count)s other left", "%(first)s, %(second)s and %(count)s others left", others),
      ];
    case "removed":
      return [
        gettext("%(name)s was removed by %(actor)s"),
        gettext("%(first)s and %(second)s were removed by %(actor)s"),
        ngettext("%(first)s, %(second)s and %(count)s other were removed by %(actor)s", "%(first)s, %(second)s and %(count)s others were removed by %(actor)s", others),
      ];
  }
  return null;
}

/**
 * Sentences about what one person did.
 * @param {string} code
 * @param {string} to
 * @param {number} lines
 */
function ofOne(code, to, lines) {
  switch (code) {
    case "renamed":
      return gettext("%(name)s renamed the room from “%(from)s” to “%(to)s”");
    case "topic":
      return to ? gettext("%(name)s changed the topic to “%(to)s”") : gettext("%(name)s removed the topic");
    case "archived":
      return gettext("%(name)s archived the room");
    case "unarchived":
      return gettext("%(name)s unarchived the room");
    case "pinned":
      return lines > 1 ? ngettext("%(name)s pinned %(count)s message", "%(name)s pinned %(count)s messages", lines) : gettext("%(name)s pinned a message");
  }
  return gettext("Something changed in this room");
}

/** @param {User} user */
function nameOf({ name }) {
  return name || gettext("Somebody");
}

/**
 * Marks the current names of people, so that `named` finds them in a sentence.
 * @param {import("./message.js").Context} context
 */
function marked({ person }) {
  return /** @param {User} user */ (user) => BEGIN + nameOf(person(user)).replaceAll(BEGIN, "").replaceAll(END, "") + END;
}

/**
 * A sentence with its names in bold.
 * @param {string} text
 * @returns {(string | Node)[]}
 */
function named(text) {
  const [before, ...parts] = text.split(BEGIN);
  return [
    before,
    ...parts.flatMap((part) => {
      const [name, after] = part.split(END);
      return [h("b", written(name), name), after];
    }),
  ];
}
