/**
 * The actions on a message: a toolbar that appears on hover, on focus and on long press. Arrow keys move from message to
 * message, and into the toolbar and back.
 */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {"copy" | "edit" | "delete"} Action */

const LONG_PRESS_MS = 450;
const PRESS_SLIP_PX = 10;
const DONE_MS = 1_200;

export class MessageToolbar {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #press;
  #pressedAt = { x: 0, y: 0 };

  /**
   * @param {object} how
   * @param {HTMLElement} how.scroller
   * @param {import("./timeline.js").Timeline} how.timeline
   * @param {(row: MessageRow) => Action[]} how.possible
   * @param {(action: Action, row: MessageRow, byKey: boolean) => Promise<boolean>} how.run resolves to true if the action has no visible effect
   * @param {() => void} how.leave called when the arrow keys move below the timeline
   */
  constructor({ scroller, timeline, possible, run, leave }) {
    this.scroller = scroller;
    this.timeline = timeline;
    this.possible = possible;
    this.leave = leave;
    const act = /** @param {Action} action */ (action) => async () => {
      const row = this.#row(this.toolbar);
      if (row && (await run(action, row, this.toolbar.contains(document.activeElement)))) this.#confirm(action);
    };
    this.buttons = {
      copy: tool("copy", gettext("Copy the text"), act("copy")),
      edit: tool("edit", gettext("Edit"), act("edit")),
      delete: tool("delete", gettext("Delete"), act("delete")),
    };
    this.toolbar = h("div", { class: "toolbar", role: "toolbar", "aria-label": gettext("Message actions") }, ...Object.values(this.buttons));
    this.#listen();
  }

  #listen() {
    const { scroller } = this;
    // A click does not move the focus, which is usually in the composer.
    this.toolbar.addEventListener("mousedown", (event) => event.preventDefault());
    scroller.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#attach(event.target));
    scroller.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#detachUnlessFocused());
    scroller.addEventListener("focusin", (event) => this.#attach(event.target));
    scroller.addEventListener("focusout", (event) => !scroller.contains(/** @type {Node | null} */ (event.relatedTarget)) && this.#detach());
    scroller.addEventListener("keydown", (event) => this.#pressed(event));
    scroller.addEventListener("pointerdown", (event) => this.#touched(event));
    scroller.addEventListener("pointermove", (event) => this.#slipped(event) && this.#cancelPress());
    for (const end of ["pointerup", "pointercancel", "scroll"]) scroller.addEventListener(end, () => this.#cancelPress(), { passive: true });
    scroller.addEventListener("contextmenu", (event) => {
      if (matchMedia("(pointer: coarse)").matches && !(/** @type {Element} */ (event.target).closest("a"))) event.preventDefault();
    });
  }

  /** @param {EventTarget | null} target */
  #attach(target) {
    const element = /** @type {Element | null} */ (target)?.closest?.(".msg");
    if (!element || element === this.toolbar.parentElement) return;
    const row = this.#row(element);
    const possible = row ? this.possible(row) : [];
    if (!possible.length) return this.#detach();
    this.#offer(possible);
    element.append(this.toolbar);
  }

  /** @param {Action[]} possible */
  #offer(possible) {
    for (const [action, tool] of Object.entries(this.buttons)) tool.hidden = !possible.includes(/** @type {Action} */ (action));
  }

  /** The message, or the reader's permissions in the room, have changed: updates the possible actions. */
  refresh() {
    const element = this.toolbar.parentElement;
    if (!element) return;
    const row = element.isConnected ? this.#row(element) : null;
    const possible = row ? this.possible(row) : [];
    if (possible.length) this.#offer(possible);
    else this.#detach();
  }

  /**
   * Confirms an action that has no visible effect.
   * @param {Action} action
   */
  #confirm(action) {
    const tool = this.buttons[action];
    tool.classList.add("done");
    setTimeout(() => tool.classList.remove("done"), DONE_MS);
  }

  /** Removes the toolbar. A focus in it moves to the message. */
  #detach() {
    const { toolbar } = this;
    if (toolbar.contains(document.activeElement)) toolbar.parentElement?.focus({ preventScroll: true });
    toolbar.remove();
  }

  #detachUnlessFocused() {
    const focused = document.activeElement;
    if (this.scroller.contains(focused) && focused?.closest(".msg")) this.#attach(focused);
    else this.#detach();
  }

  /**
   * @param {Element} element
   * @returns {MessageRow | null}
   */
  #row(element) {
    const row = this.timeline.rowOf(element);
    return row?.type === "message" ? row : null;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const handled = target.closest(".toolbar") ? this.#inToolbar(event, target) : this.#inList(event, target);
    if (handled) event.preventDefault();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} target
   */
  #inToolbar({ key }, target) {
    const tools = Object.values(this.buttons).filter((tool) => !tool.hidden);
    const index = tools.indexOf(/** @type {HTMLButtonElement} */ (target));
    const towardsEnd = getComputedStyle(target).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = key === towardsEnd ? 1 : -1;
      tools[(index + step + tools.length) % tools.length].focus();
    } else if (key === "Escape" || key === "ArrowUp" || key === "ArrowDown") this.toolbar.parentElement?.focus();
    else return false;
    return true;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} target
   */
  #inList({ key, altKey, ctrlKey, metaKey }, target) {
    if (altKey || ctrlKey || metaKey) return false;
    const messages = /** @type {HTMLElement[]} */ ([...this.scroller.querySelectorAll(".msg:not(.system)")]);
    const message = /** @type {HTMLElement | null} */ (target.closest(".msg"));
    if (message && message !== target) return false;
    const index = message ? messages.indexOf(message) : messages.length;
    if (key === "ArrowUp") messages[Math.max(0, index - 1)]?.focus();
    else if (key === "ArrowDown" && messages[index + 1]) messages[index + 1].focus();
    else if (key === "ArrowDown" && message) this.leave();
    else if (key === "Home" && message) messages[0]?.focus();
    else if (key === "End" && message) messages.at(-1)?.focus();
    else if (key === "Escape") this.leave();
    else if (message && (key === "Enter" || key === "ArrowRight" || key === "ArrowLeft")) {
      this.#firstTool()?.focus();
    } else return false;
    return true;
  }

  #firstTool() {
    return Object.values(this.buttons).find((tool) => !tool.hidden && tool.isConnected);
  }

  /** @param {PointerEvent} event */
  #touched(event) {
    if (event.pointerType === "mouse") return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".toolbar, a, button")) return;
    if (target.closest(".msg") !== this.toolbar.parentElement) this.#detach();
    this.#pressedAt = { x: event.clientX, y: event.clientY };
    this.#press = setTimeout(() => this.#attach(target), LONG_PRESS_MS);
  }

  /** @param {PointerEvent} event */
  #slipped({ clientX, clientY }) {
    return Math.hypot(clientX - this.#pressedAt.x, clientY - this.#pressedAt.y) > PRESS_SLIP_PX;
  }

  #cancelPress() {
    clearTimeout(this.#press);
  }
}

/**
 * @param {string} drawing
 * @param {string} label
 * @param {() => unknown} pressed
 */
function tool(drawing, label, pressed) {
  return button({ class: `icon ${drawing}`, "aria-label": label, title: label }, pressed, icon(drawing));
}
