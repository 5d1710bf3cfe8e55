/** The pinned messages of the room, those that were pinned last first. */
import { byId, button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { KeyedList } from "../lib/keyed_list.js";
import { filesExcerpt, filesText, written } from "../lib/text.js";
import { rendered } from "./message.js";
import { avatar } from "./people.js";
import { time } from "./sentences.js";

/** @typedef {import("./side_panel.js").PanelView} PanelView */
/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("../net/protocol.js").Message} Message */

/** After a failed request, the next one waits this long. */
const PAUSE_MS = 2_000;

/** @implements {PanelView} */
export class PinsPanel {
  opener = byId("pins-open", HTMLElement);
  title = gettext("Pins");
  #list = h("ul", { class: "pins", "aria-label": gettext("Pins") });
  #nothing = h("div", { class: "no-pins", hidden: true }, icon("pin"), h("b", {}, gettext("Nothing is pinned here")), h("p", {}, gettext("What you pin from the menu of a message, everybody finds here.")));
  #status = h("p", { class: "nothing", role: "status" });
  body = h("div", {}, this.#list, this.#nothing, this.#status);
  /** @type {Room | null} */
  #room = null;
  /** Of which state of the room the pins were requested. */
  #asked = "";
  /** @type {Message[] | null} null until they are read */
  #held = null;

  /**
   * @param {object} how
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {import("../net/outbox.js").Outbox} how.outbox
   * @param {import("./message.js").Context} how.context
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {() => void} how.leave called when the reader goes to a message
   */
  constructor({ request, outbox, context, router, leave }) {
    this.request = request;
    this.outbox = outbox;
    this.context = context;
    this.rows = new KeyedList(this.#list, {
      key: ({ id }) => id,
      create: () => h("li", {}),
      look: (message) => this.#look(message),
      draw: (message, row) => this.#drawRow(message, row),
    });
    this.#list.addEventListener("click", (event) => {
      const { target, ctrlKey, metaKey, shiftKey, altKey } = event;
      if (!(target instanceof Element) || !target.closest("a") || ctrlKey || metaKey || shiftKey || altKey) return;
      leave(); // before the message gets the focus
      router.followWritten(event);
    });
  }

  /** @param {Room} room */
  about({ summary: { name, pins } }) {
    return interpolate(ngettext("%(count)s in %(room)s", "%(count)s in %(room)s", pins), { count: pins, room: name });
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room?.id !== room.id) this.#begin();
    this.#room = room;
    const { revision, pins } = room.summary;
    const state = `${room.id} ${revision} ${pins}`;
    if (this.#asked !== state) void this.#read(room, state);
    const pinned = this.#held?.map((message) => newest(room, message)).filter(({ extras }) => extras.pinned) ?? [];
    this.rows.update(pinned);
    this.#nothing.hidden = this.#held === null || pinned.length > 0 || pins > 0;
  }

  #begin() {
    this.#held = null;
    this.#asked = this.#status.textContent = "";
    this.rows.clear();
  }

  /**
   * @param {Room} room
   * @param {string} state
   */
  async #read(room, state) {
    this.#asked = state;
    try {
      const held = await this.#readAll(room.id, () => this.#asked === state);
      if (this.#asked !== state) return;
      this.#held = held;
      this.#status.textContent = "";
      this.draw(room);
    } catch {
      if (this.#asked !== state) return;
      if (!this.#held) this.#status.textContent = gettext("The pins could not be read. Trying again…");
      setTimeout(() => this.#again(state), PAUSE_MS);
    }
  }

  /**
   * Reads the pins again, unless they are not displayed any more, or those of another state were requested.
   * @param {string} state
   */
  #again(state) {
    if (this.#asked !== state) return;
    this.#asked = "";
    if (this.#room && this.body.isConnected) this.draw(this.#room);
  }

  /**
   * @param {number} room
   * @param {() => boolean} isWanted
   */
  async #readAll(room, isWanted) {
    /** @type {Message[]} */
    const found = [];
    for (let hasMore = true; hasMore && isWanted(); ) {
      const { messages = [], has_more = false } = await this.request({ type: "pins", room, before: found.at(-1)?.id });
      found.push(...messages.map((/** @type {Message} */ message) => ({ ...message, room })));
      hasMore = has_more;
    }
    return found;
  }

  /** @param {Message} message */
  #look({ id, revision, author, extras: { pinned } }) {
    const { person, handle, isFolded } = this.context;
    const { name, avatar: picture } = person(author);
    return [revision, isFolded({ id, author }), name, picture, handle(author), pinned && person(pinned.by).name, this.#room?.may("pin")].join("\n");
  }

  /**
   * @param {Message} message
   * @param {HTMLElement} row
   */
  #drawRow(message, row) {
    const { context } = this;
    const { author: of, position, created_at: at, extras } = message;
    const author = context.person(of);
    const by = extras.pinned ? context.person(extras.pinned.by).name : "";
    const label = gettext("Unpin");
    const unpin = this.#room?.may("pin") && button({ class: "icon", "aria-label": interpolate(gettext("Unpin the message of %(name)s"), { name: author.name }), title: label }, () => this.#unpin(message, row), icon("close"));
    row.replaceChildren(
      h("header", {}, avatar(author, { small: true }), h("b", written(author.name), author.name), time(at, context.dates.dayLabel(at, context.now()), context.dates), unpin),
      ...(context.isFolded(message) ? [h("p", {}, gettext("Message of a person you blocked."))] : [rendered(message, context), filesLine(extras.attachments)]),
      h("footer", {}, h("span", written(by), interpolate(gettext("Pinned by %(name)s"), { name: by })), h("a", { href: context.address(position) }, gettext("Jump"), icon("forward"))),
    );
  }

  /**
   * @param {Message} message
   * @param {HTMLElement} row
   */
  #unpin(message, row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.outbox.pin(message, false);
    /** @type {HTMLElement | null | undefined} */ (next?.querySelector("a"))?.focus();
  }
}

/** @param {import("../net/protocol.js").Attachment[] | undefined} attachments */
function filesLine(attachments) {
  const files = filesExcerpt(attachments);
  const text = files ? filesText(files) : "";
  return h("p", { class: "pinned-files", hidden: !files, ...written(text) }, text);
}

/**
 * A message in its newest state that the page holds.
 * @param {Room} room
 * @param {Message} message
 */
function newest(room, message) {
  const held = room.tail.at(message.position) ?? room.detached?.at(message.position);
  return held && held.revision > message.revision ? held : message;
}
