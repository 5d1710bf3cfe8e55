/** What the room is about, what I want of it, and what concerns everyone in it. Everything is changed in place. */
import { roomAddress } from "../lib/addresses.js";
import { copy } from "../lib/plain_http.js";
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { FormRefused, send } from "../net/forms.js";
import { FAVOURITE, isFavourite } from "../state/favourites.js";
import { HIDDEN, isHidden } from "../state/items.js";
import { EmojiChoice } from "./emoji_choice.js";
import { EditableText, refusal, ROOM_NAME_CHARS, ROOM_TOPIC_CHARS } from "./form_field.js";
import { NotifyChoice } from "./notify_choice.js";
import { RoomEnding } from "./room_ending.js";
import { RoomRules } from "./room_rules.js";
import { toggle } from "./switch.js";

/** @typedef {import("../state/room.js").Room} Room */

/** @typedef {import("./side_panel.js").PanelView} PanelView */

/** @implements {PanelView} */
export class DetailsPanel {
  opener = byId("details-open", HTMLElement);
  title = gettext("Room details");
  #name = new EditableText({
    name: "name",
    label: gettext("Name"),
    nothing: "",
    limit: ROOM_NAME_CHARS,
    input: h("input", { class: "input", type: "text", autocomplete: "off", spellcheck: "false" }),
    store: (name) => this.#storeName(name),
  });
  #topic = new EditableText({
    name: "topic",
    label: gettext("Topic"),
    nothing: gettext("No topic."),
    limit: ROOM_TOPIC_CHARS,
    input: h("textarea", { class: "input", rows: 2, autocomplete: "off" }),
    store: (topic) => this.#store({ topic }),
  });
  #emoji = new EmojiChoice((emoji) => this.#store({ emoji }));
  #favourite = toggle("star", gettext("Favourite"), () => this.#set(FAVOURITE, (room) => (isFavourite(this.items, room.id) ? null : true)));
  #hide = toggle("close", gettext("Hide until the next message"), () => this.#set(HIDDEN, (room) => (isHidden(this.items, room) ? null : { position: room.summary.message_count })));
  #texts = h("div", { class: "texts" }, this.#name.element, this.#topic.element, this.#emoji.element);
  #rules = [h("hr", { class: "rule" }), h("hr", { class: "rule" })];
  #reads = toggle("check", gettext("Show who has not read a message"), () => void this.#toggleReads());
  #kind = h("small", {});
  #kindIcon = h("span", { class: "kind" });
  #access = h("p", { class: "set" }, this.#kindIcon, h("span", {}, gettext("Who can find it"), this.#kind));
  #sanctions = h("a", { class: "set" }, icon("shield"), h("span", {}, gettext("Muted and banned people")));
  #settings = h("a", { class: "set" }, icon("edit"), h("span", {}, gettext("All settings of the room")));
  #copied = h("small", { role: "status" });
  #wrong = h("p", { class: "wrong", role: "alert" });
  #pins = h("small", {});
  /** A name that another room has, and that was refused once for this. */
  #twin = "";
  /** @type {Room | null} */
  #room = null;

  /**
   * @param {object} how
   * @param {import("../state/items.js").Items} how.items
   * @param {Record<string, string>} how.urls
   * @param {() => void} how.openPins
   * @param {() => void} how.openFiles
   */
  constructor({ items, urls, openPins, openFiles }) {
    this.items = items;
    this.urls = urls;
    this.notify = new NotifyChoice(items);
    this.rules = new RoomRules((fields) => this.#send("room_rules", fields));
    this.ending = new RoomEnding((form, fields) => this.#send(form, fields));
    this.body = h(
      "div",
      { class: "details" },
      this.#texts,
      this.#rules[0],
      h("h3", {}, gettext("For me")),
      this.notify.element,
      this.#favourite,
      this.notify.mute,
      this.#hide,
      h("h3", {}, gettext("For everyone")),
      button({ class: "set" }, openPins, icon("pin"), h("span", {}, gettext("Pins"), this.#pins)),
      button({ class: "set" }, openFiles, icon("image"), h("span", {}, gettext("Pictures and files"))),
      this.#reads,
      this.#access,
      this.rules.element,
      this.#sanctions,
      this.#settings,
      button({ class: "set" }, () => void this.#copyLink(), icon("link"), h("span", {}, gettext("Copy the link to this room"), this.#copied)),
      this.#wrong,
      this.#rules[1],
      this.ending.element,
    );
  }

  /** @param {Room} room */
  about({ summary }) {
    return summary.name;
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room !== room) this.#copied.textContent = this.#wrong.textContent = this.#twin = "";
    this.#room = room;
    const { name, topic, emoji, kind, archived, pins, shows_reads } = room.summary;
    const mayEdit = room.may("administer") && !archived;
    this.#name.show(room.id, name, mayEdit);
    this.#topic.show(room.id, topic, mayEdit);
    this.#emoji.element.hidden = !mayEdit;
    this.#emoji.draw(emoji);
    this.#favourite.setAttribute("aria-checked", String(isFavourite(this.items, room.id)));
    this.notify.draw(room);
    this.#pins.textContent = pins ? interpolate(ngettext("%(count)s message", "%(count)s messages", pins), { count: pins }) : gettext("None");
    // A conversation has no name, and nobody can leave it.
    for (const part of [this.#texts, ...this.#rules, this.#access, this.rules.element, this.ending.element]) part.hidden = room.isDirect;
    this.#hide.hidden = !room.isDirect;
    this.#hide.setAttribute("aria-checked", String(isHidden(this.items, room)));
    this.#reads.hidden = !room.may("moderate") || archived;
    this.#reads.setAttribute("aria-checked", String(shows_reads));
    const isPublic = kind === "public";
    this.#kind.textContent = isPublic ? gettext("Public: everybody here can find it and join") : gettext("Private: only invited people know that it exists");
    this.#kindIcon.replaceChildren(icon(isPublic ? "globe" : "lock"));
    this.rules.draw(room, mayEdit);
    this.#sanctions.hidden = !room.may("moderate") || room.isDirect;
    this.#settings.hidden = !room.may("administer");
    this.#settings.href = roomAddress(this.urls.room_settings, room.summary.slug);
    this.#sanctions.href = `${this.#settings.href}#sanctions`;
    this.ending.draw(room);
  }

  /** The caret stands in the topic, for who may change it. */
  focusTopic() {
    this.#topic.input.focus();
  }

  /** @param {string} name */
  async #storeName(name) {
    try {
      await this.#store(name === this.#twin ? { name, confirmed_name: name } : { name });
    } catch (error) {
      if (error instanceof FormRefused && error.errors.name) this.#twin = name;
      throw error;
    }
  }

  /** @param {Record<string, string>} fields */
  #store(fields) {
    return this.#send("room_settings", fields);
  }

  /**
   * @param {string} form by the name of its address
   * @param {Record<string, string>} fields
   */
  async #send(form, fields) {
    if (this.#room) await send(roomAddress(this.urls[form], this.#room.summary.slug), fields);
  }

  /**
   * @param {string} kind of item
   * @param {(room: Room) => unknown} value
   */
  #set(kind, value) {
    if (this.#room) void this.items.set(kind, this.#room.id, value(this.#room));
  }

  async #toggleReads() {
    if (!this.#room) return;
    try {
      await this.#send("room_reads", { on: this.#room.summary.shows_reads ? "" : "1" });
      this.#wrong.textContent = "";
    } catch (error) {
      this.#wrong.textContent = refusal(error);
    }
  }

  async #copyLink() {
    if (!this.#room) return;
    const address = new URL(roomAddress(this.urls.room, this.#room.summary.slug), location.href);
    const done = await copy(address.href);
    this.#copied.textContent = done ? gettext("Copied") : gettext("Your browser does not allow this page to copy.");
  }
}
