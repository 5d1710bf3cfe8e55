/**
 * Beside each message on the page, how many people have not read it yet; their names on hover and focus. At most once per frame, and
 * only the numbers that changed are written.
 */
import { h, perFrame } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { SETTING } from "../state/items.js";
import { ReadCounts } from "../state/read_counts.js";

/** @typedef {{element: HTMLElement, text: Text, count: number}} Figure */

/** Most names in the tip; a room that shows this has at most 100 members. */
const NAMES = 20;

export class ReadFigures {
  /** By the message's element. @type {WeakMap<Element, Figure>} */
  #figures = new WeakMap();
  /** Whether the person shows nobody how far they have read: they see nobody's then. */
  #isHiding = false;
  /** Whether the room showed this when it was drawn. */
  #isShown = false;
  #counts;

  /**
   * @param {object} how
   * @param {import("./timeline.js").Timeline} how.timeline
   * @param {import("../state/store.js").Store} how.store
   * @param {import("../state/items.js").Items} how.items
   * @param {() => void} how.reopen opens the room again: with its state comes how far people have read
   */
  constructor({ timeline, store, items, reopen }) {
    this.timeline = timeline;
    this.store = store;
    this.items = items;
    this.reopen = reopen;
    this.#counts = new ReadCounts(store.user.id);
    this.#isHiding = this.#hides;
    items.on("change", (kind) => kind === SETTING && this.#settingChanged());
    const soon = perFrame(() => this.draw());
    timeline.on("drawn", () => this.draw());
    store.on("reads", (room) => room === timeline.room?.id && soon());
    store.on("members", (room) => room === timeline.room?.id && soon());
    store.on("rooms", () => (timeline.room?.summary.shows_reads ?? false) !== this.#isShown && soon());
    for (const event of ["pointerover", "focusin"]) timeline.list.addEventListener(event, ({ target }) => this.#name(target));
    this.draw();
  }

  get #hides() {
    return this.items.value(SETTING, "hide_reads") === true;
  }

  #settingChanged() {
    const hides = this.#hides;
    if (hides === this.#isHiding) return;
    this.#isHiding = hides;
    for (const room of this.store.rooms.values()) room.replaceReads(null);
    if (!hides) this.reopen();
    this.draw();
  }

  draw() {
    const { room, list } = this.timeline;
    this.#isShown = room?.summary.shows_reads ?? false;
    for (const element of list.children) {
      const position = Number(/** @type {HTMLElement} */ (element).dataset.position);
      const isShown = room && position && element.matches(".msg:not(.system, .gone)");
      this.#set(element, isShown ? this.#counts.countBefore(room, position) : 0);
    }
  }

  /**
   * @param {Element} message
   * @param {number} count
   */
  #set(message, count) {
    let figure = this.#figures.get(message);
    if (!count) {
      if (!figure?.element.parentNode) return;
      figure.element.remove();
      message.classList.remove("with-figure");
      return;
    }
    if (!figure) this.#figures.set(message, (figure = makeFigure()));
    if (figure.count !== count) {
      figure.text.data = String(count);
      figure.count = count;
      figure.element.removeAttribute("aria-label");
      figure.element.querySelector(".tip")?.remove();
    }
    if (figure.element.parentNode !== message) {
      figure.element.tabIndex = message.contains(document.activeElement) ? 0 : -1;
      message.classList.add("with-figure");
      message.append(figure.element);
    }
  }

  /** @param {EventTarget | null} target names are looked up when somebody wants to know them */
  #name(target) {
    const element = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(".unread-by")) : null;
    const { room } = this.timeline;
    if (!element || !room || element.querySelector(".tip")) return;
    const position = Number(element.closest(/** @type {"article"} */ (".msg"))?.dataset.position);
    const names = this.#counts.idsBefore(room, position).flatMap((id) => room.members.get(id)?.user.name ?? []);
    const text = interpolate(gettext("Not yet: %(names)s"), { names: listOf(names) });
    element.setAttribute("aria-label", `${element.querySelector("span")?.textContent ?? ""}${names.length}. ${text}`);
    element.append(h("span", { class: "tip", "aria-hidden": "true" }, ` ${text}`));
  }
}

/** @returns {Figure} */
function makeFigure() {
  const text = document.createTextNode("");
  const element = h("button", { type: "button", class: "unread-by", tabindex: "-1" }, h("span", { class: "visually-hidden" }, gettext("Have not read it yet:"), " "), text);
  return { element, text, count: 0 };
}

/** @param {string[]} names */
function listOf(names) {
  const shown = names.slice(0, NAMES);
  const others = names.length - shown.length;
  if (others) shown.push(interpolate(ngettext("%(count)s other", "%(count)s others", others), { count: others }));
  return new Intl.ListFormat(document.documentElement.lang || undefined, { type: "conjunction" }).format(shown);
}
