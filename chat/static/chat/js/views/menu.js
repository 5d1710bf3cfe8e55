/**
 * A menu that a button opens below itself. Arrow keys, Home, End and first letters move, Escape, Tab and a press elsewhere close it;
 * the focus returns to the button.
 */

const GAP_PX = 4;

export class Menu {
  /**
   * @param {object} parts
   * @param {HTMLElement} parts.opener
   * @param {HTMLElement} parts.menu its items have role menuitem or menuitemradio
   * @param {() => void} [parts.opening] called before the menu is shown
   */
  constructor({ opener, menu, opening = () => {} }) {
    this.opener = opener;
    this.menu = menu;
    this.opening = opening;
    opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    opener.addEventListener("keydown", (event) => this.#openByKey(event));
    menu.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("pointerdown", (event) => this.#isOutside(event.target) && this.close({ focus: false }));
  }

  get isOpen() {
    return !this.menu.hidden;
  }

  /** @param {{last?: boolean}} [how] */
  open({ last = false } = {}) {
    this.opening();
    this.menu.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.#place();
    const items = this.#items();
    items[last ? items.length - 1 : 0]?.focus();
  }

  /** @param {{focus?: boolean}} [how] */
  close({ focus = true } = {}) {
    if (!this.isOpen) return;
    this.menu.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    if (focus) this.opener.focus();
  }

  /** Below the button where there is room, else above; always on the screen. */
  #place() {
    const at = this.opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.menu;
    const below = at.bottom + GAP_PX + height <= innerHeight;
    const top = below ? at.bottom + GAP_PX : Math.max(GAP_PX, at.top - GAP_PX - height);
    const isRightToLeft = getComputedStyle(this.menu).direction === "rtl";
    const left = isRightToLeft ? at.right - width : at.left;
    this.menu.style.insetBlockStart = `${top + scrollY}px`;
    this.menu.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
  }

  #items() {
    const found = /** @type {NodeListOf<HTMLElement>} */ (this.menu.querySelectorAll("[role^=menuitem]"));
    return [...found].filter((item) => item.offsetParent !== null);
  }

  /** @param {KeyboardEvent} event */
  #openByKey(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.open({ last: event.key === "ArrowUp" });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab") return this.close();
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Escape") this.close();
    else {
      const next = target(event.key, at, items);
      if (!next) return;
      next.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {EventTarget | null} target */
  #isOutside(target) {
    return this.isOpen && target instanceof Node && !this.menu.contains(target) && !this.opener.contains(target);
  }
}

/**
 * The item that a key leads to.
 * @param {string} key
 * @param {number} at index of the focused item
 * @param {HTMLElement[]} items
 */
function target(key, at, items) {
  const { length } = items;
  if (key === "ArrowDown" || key === "ArrowRight") return items[(at + 1) % length];
  if (key === "ArrowUp" || key === "ArrowLeft") return items[(at - 1 + length) % length];
  if (key === "Home") return items[0];
  if (key === "End") return items[length - 1];
  if (key.length !== 1 || key === " ") return null;
  const following = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return following.find((item) => item.textContent?.trim().toLocaleLowerCase().startsWith(key.toLocaleLowerCase()));
}
