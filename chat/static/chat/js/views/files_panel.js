/** The files of the room: its pictures, other files, links and voice messages, newest first. */
import { roomAddress } from "../lib/addresses.js";
import { button, byId, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { sizeText } from "../lib/sizes.js";
import { written } from "../lib/text.js";
import { ask } from "../net/forms.js";
import { cardOf, downloadLink, nameOf, pictureLink } from "./attachments.js";
import { threadAddress } from "./thread_address.js";
import { VoicePlayer } from "./voice_player.js";

/** @typedef {import("./side_panel.js").PanelView} PanelView */
/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("../net/protocol.js").Attachment} Attachment */
/** @typedef {import("../net/protocol.js").User} User */
/** Where it was sent; `thread`: position of the message to whose thread it belongs. @typedef {{message: {id: number, position: number, at: string, thread?: number}, author: number}} Said */
/** @typedef {Attachment & Said} RoomFile */
/** @typedef {{url: string, title?: string} & Said} RoomLink */

/** @type {[string, string, string][]} */
const KINDS = [
  ["images", gettext("Pictures"), gettext("No pictures yet")],
  ["files", gettext("Files"), gettext("No files yet")],
  ["links", gettext("Links"), gettext("No links yet")],
  ["voice", gettext("Voice"), gettext("No voice messages yet")],
];
const WEEK_MS = 7 * 86_400_000;
/** After a change of the room, files are read again at most this often. */
const AGAIN_MS = 2_000;

/** @implements {PanelView} */
export class FilesPanel {
  opener = byId("details-open", HTMLElement);
  title = gettext("Files");
  #tabs = h("div", { class: "files-tabs", role: "tablist", "aria-label": gettext("Files") });
  #list = h("div", { class: "files-found", role: "tabpanel", id: "files-found", tabindex: "0" });
  #status = h("p", { class: "nothing", role: "status" });
  #more = button({ class: "button bare", hidden: true }, () => void this.#read(this.#cursor), gettext("Show older ones"));
  body = h("div", { class: "files-panel" }, this.#tabs, this.#list, this.#status, this.#more);
  #kind = "images";
  #cursor = "";
  /** What is shown. @type {(RoomFile | RoomLink)[]} */
  #found = [];
  /** @type {Map<number, User>} */
  #people = new Map();
  /** @type {Room | null} */
  #room = null;
  /** Of which state of the room they are. */
  #asked = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {import("./message.js").Context} how.context
   * @param {Record<string, string>} how.urls
   * @param {import("./page_router.js").PageRouter} how.router
   */
  constructor({ context, urls, router }) {
    this.context = context;
    this.router = router;
    this.urls = urls;
    for (const [kind, name] of KINDS) {
      const tab = button({ role: "tab", id: `files-${kind}`, "aria-controls": "files-found" }, () => this.#choose(kind), name);
      this.#tabs.append(tab);
    }
    this.#tabs.addEventListener("keydown", (event) => this.#pressed(event));
    this.#drawTabs();
  }

  /** @param {Room} room */
  about({ summary }) {
    return summary.name;
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room?.id !== room.id) this.#begin(room);
    const state = `${room.id} ${room.revision}`;
    if (this.#asked === state) return;
    const isFirst = !this.#asked;
    this.#asked = state;
    clearTimeout(this.#timer);
    if (isFirst) void this.#read("");
    else this.#timer = setTimeout(() => void this.#read(""), AGAIN_MS);
  }

  left() {
    clearTimeout(this.#timer);
    this.#room = null;
    this.#asked = "";
  }

  /** @param {Room} room */
  #begin(room) {
    this.#room = room;
    this.#asked = "";
    this.#clear();
  }

  #clear() {
    this.#found = [];
    this.#cursor = "";
    this.#list.replaceChildren();
    this.#status.textContent = "";
    this.#more.hidden = true;
  }

  /** @param {string} kind */
  #choose(kind) {
    this.#kind = kind;
    this.#clear();
    this.#drawTabs();
    void this.#read("");
  }

  #drawTabs() {
    for (const tab of this.#tabs.children) {
      const isChosen = tab.id === `files-${this.#kind}`;
      tab.setAttribute("aria-selected", String(isChosen));
      /** @type {HTMLElement} */ (tab).tabIndex = isChosen ? 0 : -1;
    }
    this.#list.setAttribute("aria-labelledby", `files-${this.#kind}`);
  }

  /** @param {KeyboardEvent} event */
  #pressed({ key }) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step) return;
    const at = KINDS.findIndex(([kind]) => kind === this.#kind);
    const [kind] = KINDS[(at + step + KINDS.length) % KINDS.length];
    this.#choose(kind);
    /** @type {HTMLElement | null} */ (this.#tabs.querySelector(`#files-${kind}`))?.focus();
  }

  /** @param {string} cursor of the page to read, "" for the newest */
  async #read(cursor) {
    const room = this.#room;
    const kind = this.#kind;
    if (!room) return;
    try {
      const query = new URLSearchParams({ kind, ...(cursor && { before: cursor }) });
      const { files, links, users = [], more = "" } = await ask(`${roomAddress(this.urls.room, room.summary.slug)}files/?${query}`);
      if (this.#room !== room || this.#kind !== kind) return;
      for (const user of users) this.#people.set(user.id, user);
      const found = files ?? links ?? [];
      this.#found = cursor ? [...this.#found, ...found] : found;
      this.#cursor = String(more || "");
      this.#drawFound();
    } catch (error) {
      if (this.#room === room && this.#kind === kind) this.#status.textContent = /** @type {Error} */ (error).message;
    }
  }

  #drawFound() {
    const found = this.#found;
    this.#more.hidden = !this.#cursor;
    const [, , nothing] = KINDS.find(([kind]) => kind === this.#kind) ?? ["", "", ""];
    this.#status.textContent = found.length ? "" : this.#cursor ? gettext("None in the newest messages") : nothing;
    const draw = this.#kind === "images" ? this.#pictures(/** @type {RoomFile[]} */ (found)) : [this.#rows()];
    this.#list.replaceChildren(...(found.length ? draw : []));
  }

  /**
   * Pictures by week and month.
   * @param {RoomFile[]} files
   * @returns {Node[]}
   */
  #pictures(files) {
    const shown = files.map((file) => ({ file, by: this.#author(file), at: this.context.dates.full(file.message.at), href: this.#address(file) }));
    /** @type {Map<string, HTMLElement>} */
    const groups = new Map();
    files.forEach((file, index) => {
      const label = this.#period(file.message.at);
      const group = groups.get(label) ?? h("div", { class: "files-grid" });
      groups.set(label, group);
      const press = () => void import("./gallery.js").then(({ openGallery }) => openGallery(shown, index));
      const link = pictureLink(file, h("div"), { press });
      link.tabIndex = 0;
      group.append(link);
    });
    return [...groups].flatMap(([label, group]) => [h("h3", {}, label), group]);
  }

  #rows() {
    const rows = this.#found.map((found) => h("li", { class: `file-card of-${this.#kind}` }, ...("url" in found ? this.#link(found) : this.#kind === "voice" ? this.#voice(found) : this.#file(found))));
    for (const row of rows) for (const part of row.querySelectorAll("[tabindex='-1']")) part.removeAttribute("tabindex");
    return h("ul", { class: "files-list" }, ...rows);
  }

  /** @param {RoomFile} file */
  #file(file) {
    const [badge] = cardOf(file);
    return [badge, h("div", { class: "about-file" }, nameOf(file), this.#meta(file, sizeText(file.size))), downloadLink(file)];
  }

  /** @param {RoomFile} file */
  #voice(file) {
    const box = h("div", { class: "file-card" });
    new VoicePlayer(box, file);
    return [box, this.#meta(file)];
  }

  /** @param {RoomLink} link */
  #link(link) {
    const { url, title = url } = link;
    const name = h("a", { class: "cut", href: url, target: "_blank", rel: "noopener noreferrer nofollow", title: url, ...written(title) }, title);
    return [h("span", { class: "file-badge", "aria-hidden": "true" }, icon("link")), h("div", { class: "about-file" }, name, this.#meta(link))];
  }

  /**
   * Who sent it and when, which leads to the message.
   * @param {Said} said
   * @param {string} [size]
   */
  #meta(said, size = "") {
    const text = [this.#author(said), size, this.#day(said.message.at)].filter(Boolean).join(" · ");
    return h("a", { class: "meta", href: this.#address(said), "data-jump": "", title: gettext("Go to the message"), ...written(text) }, text);
  }

  /** @param {Said} said */
  #address({ message: { position, thread } }) {
    return thread === undefined ? this.context.address(position) : threadAddress(this.router, thread, position);
  }

  /** @param {Said} said */
  #author({ author }) {
    const user = this.#people.get(author);
    return (user ? this.context.person(user).name : this.context.nameOf(author)) || gettext("Somebody");
  }

  /**
   * A day of the last week by its name, others by their date.
   * @param {string} at
   */
  #day(at) {
    const isRecent = this.context.now() - Date.parse(at) < WEEK_MS;
    return this.#format(at, isRecent ? { weekday: "long" } : { day: "numeric", month: "short", ...(this.#isThisYear(at) ? {} : { year: "numeric" }) });
  }

  /**
   * @param {string} at
   * @param {Intl.DateTimeFormatOptions} format
   */
  #format(at, format) {
    const { locale, timeZone } = this.context.dates;
    return new Intl.DateTimeFormat(locale, { ...format, timeZone }).format(Date.parse(at));
  }

  /** @param {string} at */
  #isThisYear(at) {
    const { dates, now } = this.context;
    return dates.day(at).slice(0, 4) === dates.day(new Date(now()).toISOString()).slice(0, 4);
  }

  /** @param {string} at */
  #period(at) {
    if (this.context.now() - Date.parse(at) < WEEK_MS) return gettext("This week");
    return this.#format(at, this.#isThisYear(at) ? { month: "long" } : { month: "long", year: "numeric" });
  }
}
