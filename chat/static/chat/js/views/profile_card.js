/** The card of a person: opens on a name or picture among the messages or the people of the room, beside what was pressed. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { copy } from "../lib/plain_http.js";
import { written } from "../lib/text.js";
import { BLOCKS, isBlocked } from "../state/items.js";
import { blockChoice } from "./block_choice.js";
import { avatar, roleText } from "./people.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("../net/protocol.js").User} User */

const GAP_PX = 4;
const EDGE_PX = 8;

export class ProfileCard {
  #copied = h("small", { role: "status" });
  #dialog = h("dialog", { class: "profile-card", "aria-labelledby": "profile-card-name" });
  #person = 0;
  /** Where it was pressed. */
  #at = new DOMRect();
  /** What the card shows: it is drawn again when this changes. */
  #drawn = "";

  /**
   * @param {object} how
   * @param {() => Room | null} how.room that is shown
   * @param {number} how.me
   * @param {string} how.profileAddress
   * @param {import("../state/items.js").Items} how.items
   * @param {(user: User) => void} how.write opens the conversation with a person, or a sheet to begin one
   */
  constructor({ room, me, profileAddress, items, write }) {
    this.room = room;
    this.me = me;
    this.profileAddress = profileAddress;
    this.items = items;
    this.write = write;
    items.on("change", (kind) => kind === BLOCKS && this.refresh());
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
    document.body.append(this.#dialog);
    new ResizeObserver(() => this.#dialog.open && this.#place()).observe(this.#dialog); // a question makes it higher
  }

  /** @param {HTMLElement} opener has the id of a person in its data */
  open(opener) {
    this.#person = Number(opener.dataset.person);
    this.#copied.textContent = "";
    this.#drawn = "";
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
    const look = user ? [user.name, user.username, user.avatar, this.#roleOf(user), isBlocked(this.items, user.id)].join("\n") : "";
    if (look === this.#drawn) return;
    this.#drawn = look;
    const isFocused = this.#dialog.contains(document.activeElement);
    this.#dialog.replaceChildren(...(user ? this.#contents(user) : []));
    if (isFocused) this.#dialog.querySelector("button")?.focus();
  }

  /** @param {User} user */
  #contents(user) {
    const name = h("h2", { id: "profile-card-name", ...written(user.name) }, user.name);
    const role = h("p", { class: "role" }, this.#roleOf(user));
    const isMe = user.id === this.me;
    const write = button({ class: "button" }, () => this.#write(user), icon("send"), isMe ? gettext("Notes to yourself") : gettext("Message"));
    const own = isMe && h("a", { class: "button quiet", href: this.profileAddress }, gettext("Your profile"));
    return [
      h("div", { class: "who" }, avatar(user, { large: true }), h("div", {}, name, h("p", { class: "handle" }, `@${user.username}`), role)),
      h("div", { class: "actions" }, !isBlocked(this.items, user.id) && write, button({ class: "button quiet" }, () => void this.#copy(user), icon("copy"), gettext("Copy the username")), own),
      this.#copied,
      ...(isMe ? [] : [blockChoice(this.items, user, () => this.refresh())]),
    ];
  }

  /** @param {User} user */
  #write(user) {
    this.#dialog.close();
    this.write(user);
  }

  /** A member with their present name and picture, or the author of a message who has left the room. */
  #find() {
    const room = this.room();
    const author = room?.messages.find((message) => message.author.id === this.#person)?.author;
    return room?.members.get(this.#person)?.user ?? author;
  }

  /** @param {User} user */
  #roleOf(user) {
    const member = this.room()?.members.get(user.id);
    if (user.bot) return gettext("bot");
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
