/** The card of a person: opens on a name or picture among the messages or the people of the room, beside what was pressed. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { insertText } from "../lib/insertion.js";
import { copy } from "../lib/plain_http.js";
import { localTime } from "../lib/local_time.js";
import { written } from "../lib/text.js";
import { BLOCKS, isBlocked } from "../state/items.js";
import { blockChoice } from "./block_choice.js";
import { face, roleText } from "./people.js";
import { PersonDetails } from "./person_details.js";
import { presenceText, statusText } from "./presence_view.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("../net/protocol.js").User} User */

/** What the card says besides names, each in words, or "". @typedef {{presence: string, status: string, until: string, time: string, rooms: string, about: string, owner: string}} Facts */

const GAP_PX = 4;
const EDGE_PX = 8;

export class ProfileCard {
  #copied = h("small", { role: "status" });
  #dialog = h("dialog", { class: "profile-card", "aria-labelledby": "profile-card-name" });
  #person = 0;
  /** The field of the composer beside which it was opened. @type {HTMLTextAreaElement | null} */
  #field = null;
  /** Where it was pressed. */
  #at = new DOMRect();
  /** What the card shows: it is drawn again when this changes. */
  #drawn = "";
  /** The choice to block the person, and what it was made from. */
  #block = { from: "", element: h("div") };

  /**
   * @param {object} how
   * @param {() => Room | null} how.room that is shown
   * @param {number} how.me
   * @param {Record<string, string>} how.urls
   * @param {import("../state/items.js").Items} how.items
   * @param {import("../state/presence.js").Presence} how.presence
   * @param {import("../lib/dates.js").Dates} how.dates
   * @param {() => void} how.drawn
   * @param {(user: User) => void} how.write opens the conversation with a person, or a sheet to begin one
   */
  constructor({ room, me, urls, items, presence, dates, drawn, write }) {
    this.room = room;
    this.me = me;
    this.urls = urls;
    this.items = items;
    this.presence = presence;
    this.dates = dates;
    this.drawn = drawn;
    this.write = write;
    this.details = new PersonDetails(urls.person);
    presence.on("change", () => this.refresh());
    items.on("change", (kind) => kind === BLOCKS && this.refresh());
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
    document.body.append(this.#dialog);
    new ResizeObserver(() => this.#dialog.open && this.#place()).observe(this.#dialog); // a question makes it higher
  }

  /** @param {HTMLElement} opener has the id of a person in its data */
  async open(opener) {
    const person = Number(opener.dataset.person);
    this.#person = person;
    this.#field = (opener.closest(".thread-view") ?? document).querySelector(".composer textarea");
    this.#copied.textContent = "";
    this.#drawn = "";
    this.#block.from = "";
    const details = this.details.read(person).then(() => this.refresh());
    if (!this.#find()) await details;
    if (this.#person !== person || this.#dialog.open) return;
    this.#draw();
    if (!this.#drawn) return;
    if (opener instanceof HTMLButtonElement) opener.focus(); // the focus returns here
    this.#dialog.showModal();
    this.#at = opener.getBoundingClientRect();
    this.#place();
  }

  /** The people of the room may have changed. */
  refresh() {
    if (this.#dialog.open) this.#draw();
  }

  #draw() {
    const user = this.#find();
    const facts = user ? this.#factsOf(user) : null;
    const look = user ? JSON.stringify([user.name, user.username, user.avatar, this.#roleOf(user), isBlocked(this.items, user.id), facts]) : "";
    if (look === this.#drawn) return;
    this.#drawn = look;
    const focused = this.#dialog.querySelector(":focus");
    this.#dialog.replaceChildren(...(user && facts ? this.#contents(user, facts) : []));
    this.drawn();
    if (focused instanceof HTMLElement) (focused.isConnected ? focused : this.#dialog.querySelector("button"))?.focus();
  }

  /**
   * @param {User} user
   * @returns {Facts}
   */
  #factsOf({ id }) {
    const { state, status } = this.presence.of(id);
    const details = this.details.of(id);
    return {
      presence: presenceText(state),
      status: status ? statusText(status) : "",
      until: status?.until ? interpolate(gettext("until %(time)s"), { time: this.#until(status.until) }) : "",
      time: details?.zone ? localTime(details.zone, this.dates) : "",
      rooms: details && id !== this.me ? interpolate(ngettext("%(count)s room with you", "%(count)s rooms with you", details.rooms), { count: details.rooms }) : "",
      about: details?.about ?? "",
      owner: details?.owner ? interpolate(gettext("%(name)s answers for it"), { name: details.owner }) : "",
    };
  }

  /**
   * The time on this day, else the day.
   * @param {string} until
   */
  #until(until) {
    const now = new Date().toISOString();
    return this.dates.day(until) === this.dates.day(now) ? this.dates.time(until) : this.dates.dayLabel(until, Date.now());
  }

  /**
   * @param {User} user
   * @param {Facts} facts
   */
  #contents(user, facts) {
    const name = h("h2", { id: "profile-card-name", ...written(user.name) }, user.name);
    const role = h("p", { class: "role" }, [this.#roleOf(user), facts.presence].filter(Boolean).join(" · "));
    const isMe = user.id === this.me;
    const write = button({ class: "button" }, () => this.#write(user), icon("thread"), isMe ? gettext("Notes to yourself") : gettext("Message"));
    const mention = this.#mayMention(user) && button({ class: "button quiet" }, () => this.#mention(user), gettext("Mention"));
    const own = isMe && h("a", { class: "button quiet", href: this.urls.profile }, gettext("Your profile"));
    const copyName = gettext("Copy the username");
    const says = facts.status && h("p", { class: "card-status", ...written(facts.status) }, facts.status, " ", h("small", {}, facts.until));
    const lines = [facts.time && h("li", {}, icon("clock"), facts.time), facts.rooms && h("li", {}, icon("hash"), facts.rooms), facts.owner && h("li", {}, icon("people"), facts.owner)];
    if (user.erased) return [h("div", { class: "who" }, face(user, { large: true }), h("div", {}, name, role))];
    return [
      h("div", { class: "who" }, face(user, { large: true }), h("div", {}, name, h("p", { class: "handle" }, `@${user.username}`), role)),
      ...(facts.about ? [h("p", written(facts.about), facts.about)] : []),
      ...(says ? [says] : []),
      ...(lines.some(Boolean) ? [h("ul", { class: "card-facts" }, ...lines)] : []),
      h("div", { class: "actions" }, !isBlocked(this.items, user.id) && write, mention, own, button({ class: "icon", "aria-label": copyName, title: copyName }, () => void this.#copy(user), icon("copy"))),
      this.#copied,
      ...(isMe ? [] : [this.#blockChoiceOf(user)]),
    ];
  }

  /**
   * Kept while the card is drawn again: it may be asking a question.
   * @param {User} user
   */
  #blockChoiceOf(user) {
    const from = JSON.stringify([user.id, user.name, isBlocked(this.items, user.id)]);
    if (this.#block.from !== from) this.#block = { from, element: blockChoice(this.items, user, () => this.refresh()) };
    return this.#block.element;
  }

  /** @param {User} user */
  #write(user) {
    this.#dialog.close();
    this.write(user);
  }

  /**
   * Whether there is a composer for a message to all of the room in which this is one of several people.
   * @param {User} user
   */
  #mayMention(user) {
    const room = this.room();
    return Boolean(room?.may("post") && !room.isDirect && room.members.has(user.id) && user.id !== this.me && this.#field?.offsetParent);
  }

  /** @param {User} user */
  #mention({ username }) {
    const field = this.#field;
    this.#dialog.close();
    if (!field) return;
    const before = field.value[field.selectionStart - 1] ?? " ";
    insertText(field, `${before.trim() ? " " : ""}@${username} `);
  }

  /** A member with their present name and picture, the author of a message who has left the room, or somebody from another page. */
  #find() {
    const room = this.room();
    const author = room?.messages.find((message) => message.author.id === this.#person)?.author;
    return room?.members.get(this.#person)?.user ?? author ?? this.details.of(this.#person)?.user;
  }

  /** @param {User} user */
  #roleOf(user) {
    const room = this.room();
    const member = room?.members.get(user.id);
    if (user.bot) return gettext("bot");
    if (!room) return "";
    if (user.guest && member?.role === "member") return gettext("guest");
    return member ? roleText(member.role) || gettext("member of this room") : gettext("not in this room any more");
  }

  /** @param {User} user */
  async #copy(user) {
    const done = await copy(user.username);
    this.#copied.textContent = done ? gettext("Copied") : gettext("Your browser does not allow this page to copy.");
  }

  /** Below what was pressed where there is room, else above; always on the screen. On a phone the style sheet places it. */
  #place() {
    const at = this.#at;
    const { style, offsetWidth: width, offsetHeight: height } = this.#dialog;
    const isBelow = at.bottom + GAP_PX + height <= innerHeight - EDGE_PX;
    const top = isBelow ? at.bottom + GAP_PX : at.top - GAP_PX - height;
    style.insetBlockStart = `${Math.max(EDGE_PX, top)}px`;
    style.left = `${Math.max(EDGE_PX, Math.min(at.left, innerWidth - width - EDGE_PX))}px`;
  }
}
