/** The people of the room: a field to search them, another to bring somebody in, and for who looks after the room a menu on each row. */
import { roomAddress } from "../lib/addresses.js";
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { KeyedList } from "../lib/keyed_list.js";
import { matching } from "../lib/matching.js";
import { written } from "../lib/text.js";
import { send } from "../net/forms.js";
import { InvitePerson } from "./invite_person.js";
import { memberRow, peopleText } from "./people.js";
import { PeopleGroups } from "./people_groups.js";
import { PendingPeople } from "./pending_people.js";
import { PersonMenu } from "./person_menu.js";
import { question } from "./question.js";
import { sanctionQuestion } from "./sanction_question.js";

/** Rows at most: who looks for somebody in a larger room searches. */
const MOST_ROWS = 300;

/** @typedef {import("./side_panel.js").PanelView} PanelView */
/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("../net/protocol.js").Member} Member */

/** @implements {PanelView} */
export class PeoplePanel {
  opener = byId("people-open", HTMLElement);
  title = gettext("People");
  #search = h("input", { class: "input", type: "search", autocomplete: "off", spellcheck: "false", "aria-label": gettext("Find a person"), placeholder: gettext("Find a person") });
  #list = h("ul", { "aria-label": gettext("People") });
  #nothing = h("p", { class: "nothing", role: "status" });
  #wrong = h("p", { class: "wrong", role: "alert" });
  /** Brings somebody into the room; stands in the panel's header. */
  tool = button({ class: "icon", "aria-label": gettext("Invite somebody"), title: gettext("Invite somebody"), "aria-expanded": "false" }, () => this.#toggleInvite(), icon("plus"));
  /** @type {Room | null} */
  #room = null;
  /** Whether to remove this person, or mute or ban them, is being asked. */
  #removing = 0;
  /** What is being asked. @type {"remove" | "mute" | "ban"} */
  #act = "remove";

  /**
   * @param {object} how
   * @param {Record<string, string>} how.urls
   * @param {number} how.me
   * @param {import("../state/presence.js").Presence} how.presence
   * @param {() => void} how.drawn called after rows were drawn
   */
  constructor({ urls, me, presence, drawn }) {
    this.urls = urls;
    this.me = me;
    this.drawn = drawn;
    this.menu = new PersonMenu({ setRole: (user, role) => this.#change("room_role", { user, role }), remove: (user) => this.#ask(user), sanction: (user, act) => this.#ask(user, act) });
    this.invite = new InvitePerson({ address: () => this.#address("room_invite"), room: () => this.#room, close: () => this.#toggleInvite(false), asked: () => void this.pending.load() });
    this.pending = new PendingPeople({ address: () => this.#address("room_withdraw"), emptied: () => this.#search.focus() });
    this.groups = new PeopleGroups({ presence, list: this.#list, changed: () => this.#room && this.draw(this.#room) });
    /** @type {KeyedList<Member | import("./people_groups.js").Heading>} */
    this.rows = new KeyedList(this.#list, {
      key: (row) => ("heading" in row ? row.heading : row.user.id),
      create: (row) => h("li", { class: "heading" in row ? null : "person-row" }),
      look: (row) => ("heading" in row ? row.heading : this.#look(row)),
      draw: (row, element) => ("heading" in row ? element.replaceChildren(h("h3", {}, row.heading)) : this.#drawRow(row, element)),
    });
    this.#search.addEventListener("input", () => this.#room && this.draw(this.#room));
    this.body = h("div", { class: "people" }, this.invite.element, this.#search, this.#wrong, this.#list, this.#nothing, this.pending.element);
  }

  /** Opens the field to bring somebody in, for who may. */
  openInvite() {
    if (!this.tool.hidden) this.#toggleInvite(true);
  }

  /**
   * Searches, while the panel is open.
   * @param {string} name
   */
  find(name) {
    this.#search.value = name;
    if (this.#room) this.draw(this.#room);
  }

  /** @param {Room} room */
  about(room) {
    if (room.isDirect) return peopleText(room.members.size);
    return interpolate(gettext("%(people)s in %(room)s"), { people: peopleText(room.members.size), room: room.summary.name });
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room !== room) this.#begin(room);
    this.tool.hidden = !room.may("invite");
    if (this.tool.hidden) this.#toggleInvite(false);
    const named = [...room.members.values()].map((member) => ({ member, name: member.user.name, also: member.user.username }));
    named.sort((a, b) => a.name.localeCompare(b.name));
    const found = matching(named, this.#search.value);
    const members = found.slice(0, MOST_ROWS).map(({ member }) => member);
    this.rows.update(this.#search.value.trim() ? members : this.groups.arranged(members));
    this.pending.draw();
    this.drawn();
    const more = found.length - MOST_ROWS;
    if (!found.length) this.#nothing.textContent = gettext("Nobody here has such a name.");
    else this.#nothing.textContent = more > 0 ? interpolate(gettext("And %(count)s more: search for them by name."), { count: more }) : "";
  }

  /** @param {Room} room */
  #begin(room) {
    this.#room = room;
    this.#removing = 0;
    this.#search.value = this.#wrong.textContent = "";
    this.menu.close();
    this.rows.clear();
    this.groups.begin();
    this.pending.begin(room);
    this.#toggleInvite(false);
  }

  /** @param {Member} member */
  #look({ user, role }) {
    const may = this.#may({ user, role });
    const asked = this.#removing === user.id && this.#act;
    return [user.name, user.username, user.avatar, user.bot, user.guest, role, may.administer, may.sanction, asked].join("\n");
  }

  /**
   * @param {Member} member
   * @param {HTMLElement} row
   */
  #drawRow(member, row) {
    const { user } = member;
    const hadFocus = row.contains(document.activeElement);
    row.replaceChildren(...memberRow(member).childNodes);
    const may = this.#may(member);
    if (!may.administer && !may.sanction) return;
    const text = may.administer ? gettext("Change the role of %(name)s or remove them") : gettext("Mute or ban %(name)s");
    const label = interpolate(text, { name: user.name });
    /** @type {HTMLButtonElement} */
    const more = button({ class: "icon", "aria-label": label, title: label, "aria-haspopup": "menu", "aria-expanded": "false" }, () => this.menu.toggle(more, member, may), icon("more"));
    row.append(more);
    if (hadFocus) more.focus();
    if (this.#removing !== user.id) return;
    if (this.#act === "remove") row.append(this.#removal(member));
    else row.append(sanctionQuestion({ name: user.name, act: this.#act, send: (fields) => this.#send("room_sanction", { user: user.id, ...fields }).then(() => this.#removed()), cancel: () => this.#ask(0) }));
  }

  /**
   * What the reader may do to a person: moderators sanction those without a role, owners everybody, and nobody themselves.
   * @param {{user: import("../net/protocol.js").User, role: string}} member
   */
  #may({ user, role }) {
    const administer = this.#room?.may("administer") ?? false;
    const moderate = this.#room?.may("moderate") ?? false;
    return { administer, sanction: moderate && user.id !== this.me && (administer || role === "member") };
  }

  /** @param {Member} member */
  #removal({ user }) {
    const text = interpolate(gettext("%(name)s will no longer be able to read this room, and can return only if somebody invites them."), { name: user.name });
    const box = question({
      text,
      yes: gettext("Remove from the room"),
      act: () => this.#send("room_remove", { user: user.id }).then(() => this.#removed()),
      cancel: () => this.#ask(0),
    });
    for (const [name, value] of Object.entries(written(text))) if (value) box.setAttribute(name, value);
    return box;
  }

  /**
   * Asks below somebody's row whether to remove, mute or ban them; 0 asks about nobody.
   * @param {number} user
   * @param {"remove" | "mute" | "ban"} act
   */
  #ask(user, act = "remove") {
    const before = this.#removing;
    this.#removing = user;
    this.#act = act;
    if (this.#room) this.draw(this.#room);
    const row = this.rows.elementOf(user || before);
    const focused = row?.querySelector(user ? ".question :is(select, button)" : "[aria-haspopup=menu]") ?? this.#search;
    /** @type {HTMLElement} */ (focused).focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  /** The row disappears with the event that follows. */
  #removed() {
    this.#removing = 0;
    if (this.#room) this.draw(this.#room);
    this.#search.focus();
  }

  /** @param {boolean} [isShown] */
  #toggleInvite(isShown = !this.invite.isShown) {
    if (isShown === this.invite.isShown) return;
    const hadFocus = this.invite.element.contains(document.activeElement);
    this.tool.setAttribute("aria-expanded", String(isShown));
    if (isShown) this.invite.show();
    else this.invite.hide();
    if (hadFocus) this.tool.focus();
  }

  /** @param {string} form */
  #address(form) {
    return roomAddress(this.urls[form], this.#room?.summary.slug ?? "");
  }

  /**
   * @param {string} form
   * @param {Record<string, string | number>} fields
   */
  #send(form, fields) {
    return send(this.#address(form), fields);
  }

  /**
   * @param {string} form
   * @param {Record<string, string | number>} fields
   */
  #change(form, fields) {
    this.#wrong.textContent = "";
    this.#send(form, fields).catch((error) => (this.#wrong.textContent = error.message));
  }
}
