/**
 * The actions on a message: a toolbar that appears on hover and on focus, with a menu of all actions, which a long press shows at the
 * bottom of the screen. Arrow keys move from message to message, and into the toolbar and back; letters run the actions.
 */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";

/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {"react" | "reply" | "thread" | "copy" | "link" | "edit" | "delete" | "unread" | "pin" | "unpin" | "readers" | "report" | "previews"} Action */

/** The keys that run an action while a message has the focus. @type {Partial<Record<Action, string>>} */
const KEYS = { react: "+", reply: "R", thread: "T", copy: "C", link: "L", edit: "E", unread: "U", delete: "Delete" };

/** The first three are in the toolbar, all of them in the sheet. */
const QUICK = ["👍", "❤️", "👀", "👏", "🙏"];
const QUICK_IN_TOOLBAR = 3;

const LONG_PRESS_MS = 450;
const PRESS_SLIP_PX = 10;
const DONE_MS = 1_200;

export class MessageToolbar {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #press;
  #pressedAt = { x: 0, y: 0 };
  /** Whether the reader uses a finger now, for which there is the sheet instead of the toolbar. */
  #isTouch = matchMedia("(hover: none)").matches;
  /** @type {Promise<import("./message_menu.js").MessageMenu> | null} */
  #menu = null;
  /** Between reactions and other actions. */
  #line;
  /** Whether the menu is loaded, and itself listens to its button. */
  #hasMenu = false;
  /** For the menu, which cannot import this module: it is loaded from here. */
  keyOf = KEYS;
  actionOf = actionOf;
  quick = QUICK;

  /**
   * @param {object} how
   * @param {HTMLElement} how.scroller
   * @param {import("./timeline.js").Timeline} how.timeline
   * @param {(row: MessageRow) => Action[]} how.possible
   * @param {(action: Action, row: MessageRow, byKey: boolean, anchor: HTMLElement) => Promise<boolean>} how.run resolves to true if the action has no visible effect
   * @param {(row: MessageRow, emoji: string) => void} how.react adds the reader's reaction, or takes it back
   * @param {() => void} how.leave called when the arrow keys move below the timeline
   * @param {() => void} how.failed called if the menu could not be loaded
   */
  constructor({ scroller, timeline, possible, run, react, leave, failed }) {
    this.scroller = scroller;
    this.timeline = timeline;
    this.possible = possible;
    this.run = run;
    this.react = react;
    this.leave = leave;
    this.failed = failed;
    const act = /** @param {Action} action */ (action) => () => {
      const row = this.#row(this.toolbar);
      if (row) void this.act(action, row, this.toolbar.contains(document.activeElement));
    };
    const reactQuickly = /** @param {string} emoji */ (emoji) => () => {
      const row = this.#row(this.toolbar);
      if (row) react(row, emoji);
    };
    this.quickButtons = QUICK.slice(0, QUICK_IN_TOOLBAR).map((emoji) => reaction(emoji, reactQuickly(emoji)));
    this.buttons = {
      react: tool("smile", gettext("Add a reaction"), act("react")),
      reply: tool("reply", gettext("Reply"), act("reply")),
      thread: tool("thread", gettext("Reply in a thread"), act("thread")),
      more: tool("more", gettext("More actions"), () => this.#hasMenu || this.#openMenu(({ menu }) => menu.open())),
    };
    this.buttons.more.setAttribute("aria-haspopup", "menu");
    this.buttons.more.setAttribute("aria-expanded", "false");
    const { react: other, reply, thread, more } = this.buttons;
    this.#line = h("hr");
    const parts = [...this.quickButtons, other, this.#line, reply, thread, more];
    this.toolbar = h("div", { class: "toolbar", role: "toolbar", "aria-label": gettext("Message actions") }, ...parts);
    this.#listen();
  }

  #listen() {
    const { scroller } = this;
    // A click does not move the focus, which is usually in the composer.
    this.toolbar.addEventListener("mousedown", (event) => event.preventDefault());
    scroller.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#attach(event.target));
    scroller.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#detachUnlessFocused());
    scroller.addEventListener("focusin", (event) => !this.#isTouch && this.#attach(event.target));
    scroller.addEventListener("focusout", (event) => !scroller.contains(/** @type {Node | null} */ (event.relatedTarget)) && this.#detach());
    scroller.addEventListener("keydown", (event) => this.#pressed(event));
    scroller.addEventListener("pointerdown", (event) => this.#touched(event));
    scroller.addEventListener("pointermove", (event) => this.#slipped(event) && this.#cancelPress());
    for (const end of ["pointerup", "pointercancel", "scroll"]) scroller.addEventListener(end, () => this.#cancelPress(), { passive: true });
    scroller.addEventListener("contextmenu", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (matchMedia("(pointer: coarse)").matches && !target.closest("a")) event.preventDefault();
    });
  }

  /** @param {EventTarget | null} target */
  #attach(target) {
    const element = /** @type {Element | null} */ (target)?.closest?.(".msg");
    if (!element || element === this.toolbar.parentElement || this.#isMenuOpen) return;
    const row = this.#row(element);
    const possible = row ? this.possible(row) : [];
    if (!possible.length) return this.#detach();
    this.#releaseFocus();
    element.append(this.toolbar);
    this.#offer(possible);
  }

  /** Moves a focus in the toolbar to its message: it would be lost when the toolbar leaves it. */
  #releaseFocus() {
    const { toolbar } = this;
    if (toolbar.contains(document.activeElement)) toolbar.parentElement?.focus({ preventScroll: true });
  }

  /** @param {Action[]} possible */
  #offer(possible) {
    for (const [action, tool] of Object.entries(this.buttons)) tool.hidden = action !== "more" && !possible.includes(/** @type {Action} */ (action));
    this.#line.hidden = !possible.includes("react");
    for (const tool of this.quickButtons) {
      tool.hidden = !possible.includes("react");
      tool.setAttribute("aria-pressed", String(this.isOwn(this.row, tool.textContent ?? "")));
    }
  }

  /** The visible buttons in their order. */
  get #tools() {
    return [...this.quickButtons, ...Object.values(this.buttons)].filter((tool) => tool.offsetParent !== null);
  }

  /**
   * Whether the reader has reacted to a message with an emoji.
   * @param {MessageRow | null} row
   * @param {string} emoji
   */
  isOwn(row, emoji) {
    return row?.reactions.some((reaction) => reaction.emoji === emoji && reaction.own) ?? false;
  }

  get #isMenuOpen() {
    return this.buttons.more.getAttribute("aria-expanded") === "true";
  }

  /**
   * @param {Action} action
   * @param {MessageRow} row
   * @param {boolean} byKey
   */
  async act(action, row, byKey) {
    const element = this.timeline.elementOf(row.id);
    const anchor = this.toolbar.isConnected && !byKey ? this.buttons.react : (element ?? this.scroller);
    if (await this.run(action, row, byKey, anchor)) this.#confirm();
  }

  /**
   * Loads the menu when it is needed first.
   * @param {(menu: import("./message_menu.js").MessageMenu) => void} open
   */
  #openMenu(open) {
    this.#menu ??= import("./message_menu.js").then(({ loadMessageMenu }) => loadMessageMenu(this));
    const opened = /** @param {import("./message_menu.js").MessageMenu} menu */ (menu) => {
      this.#hasMenu = true;
      open(menu);
    };
    this.#menu.then(opened, () => {
      this.#menu = null;
      this.failed();
    });
  }

  /** The message whose actions are offered. */
  get row() {
    return this.#row(this.toolbar);
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

  /** Confirms an action that has no visible effect. */
  #confirm() {
    const tool = this.buttons.more;
    tool.classList.add("done");
    setTimeout(() => tool.classList.remove("done"), DONE_MS);
  }

  /** Removes the toolbar. A focus in it moves to the message. */
  #detach() {
    const { toolbar } = this;
    if (this.#isMenuOpen && toolbar.isConnected) return;
    this.#releaseFocus();
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
    this.#isTouch = false;
    const target = /** @type {HTMLElement} */ (event.target);
    const handled = target.closest(".toolbar") ? this.#inToolbar(event, target) : this.#inList(event, target);
    if (handled) event.preventDefault();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} target
   */
  #inToolbar({ key }, target) {
    const tools = this.#tools;
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
  #inList(event, target) {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey) return false;
    const messages = /** @type {HTMLElement[]} */ ([...this.scroller.querySelectorAll(".msg")]);
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
      (this.#firstTool() ?? message.querySelector(/** @type {"a"} */ (".event :is(a, summary)")))?.focus();
    } else return Boolean(message) && this.#runByKey(event);
    return true;
  }

  /** @param {KeyboardEvent} event while a message has the focus */
  #runByKey(event) {
    const { row } = this;
    const action = actionOf(event);
    if (!row || !action || event.repeat || !this.possible(row).includes(action)) return false;
    void this.act(action, row, true);
    return true;
  }

  #firstTool() {
    return this.#tools.find((tool) => tool.isConnected);
  }

  /** @param {PointerEvent} event */
  #touched(event) {
    this.#isTouch = event.pointerType !== "mouse";
    if (!this.#isTouch) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".toolbar, a, button")) return;
    this.#detach();
    this.#pressedAt = { x: event.clientX, y: event.clientY };
    this.#press = setTimeout(() => this.#pressedLong(target, event.pointerId), LONG_PRESS_MS);
  }

  /**
   * @param {Element} target
   * @param {number} pointer
   */
  #pressedLong(target, pointer) {
    const row = this.#row(target);
    if (row && this.possible(row).length) this.#openMenu((menu) => menu.openSheet(row, pointer));
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
 * The action that a key runs. A Korean keyboard has other letters on the same keys.
 * @param {KeyboardEvent} event
 */
function actionOf({ key, code }) {
  const isForeign = key.length === 1 && key > "z";
  const letter = isForeign && code.startsWith("Key") ? code.slice("Key".length) : key;
  const actions = /** @type {Action[]} */ (Object.keys(KEYS));
  return actions.find((action) => KEYS[action]?.toLowerCase() === letter.toLowerCase()) ?? null;
}

/**
 * @param {string} emoji
 * @param {() => unknown} pressed
 */
function reaction(emoji, pressed) {
  const label = interpolate(gettext("React with %(emoji)s"), { emoji });
  return button({ class: "icon react-button", "aria-label": label, title: label }, pressed, emoji);
}

/**
 * @param {string} drawing
 * @param {string} label
 * @param {() => unknown} pressed
 */
function tool(drawing, label, pressed) {
  return button({ class: `icon ${drawing}`, "aria-label": label, title: label }, pressed, icon(drawing));
}
