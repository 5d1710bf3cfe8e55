/** The reader's position in a scrolled list of messages, which is kept while the list changes. */

/** The end counts as reached within this distance. */
const AT_END_PX = 48;

export class Viewport {
  #lastTop = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list its children with `data-position` are messages, or several up to `data-last`
   */
  constructor(scroller, list) {
    this.scroller = scroller;
    this.list = list;
  }

  /** Pixels below the screen. */
  get below() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Pixels above the screen. */
  get above() {
    return this.scroller.scrollTop;
  }

  get isAtEnd() {
    return this.below < AT_END_PX;
  }

  /** Whether the list is too short to scroll. */
  get isShort() {
    return this.list.offsetHeight < this.scroller.clientHeight;
  }

  /**
   * Which way the reader has scrolled since the last call, or null if only the page itself scrolled.
   * @returns {"up" | "down" | null}
   */
  movement() {
    const { scrollTop } = this.scroller;
    const before = this.#lastTop;
    this.#lastTop = scrollTop;
    if (scrollTop === before) return null;
    return scrollTop > before ? "down" : "up";
  }

  /**
   * A visible message and its distance from the top edge; null if there is none. Avoids the first message of the list if possible:
   * messages added before it may change its height, because it may join their group.
   */
  anchor() {
    const { top } = this.scroller.getBoundingClientRect();
    const messages = this.#elements().slice(this.#firstBelow(top)).filter((element) => element.dataset.position);
    const isFirst = Number(messages[0]?.dataset.position) === this.firstPosition();
    const element = (isFirst && messages[1]) || messages[0];
    return element ? { element, offset: this.#offsetOf(element) } : null;
  }

  /**
   * Scrolls so that a message stays where it was, after messages were added or removed above it.
   * @param {{element: HTMLElement, offset: number}} anchor
   */
  hold({ element, offset }) {
    if (!element.isConnected) return;
    const moved = this.#offsetOf(element) - offset;
    if (Math.abs(moved) >= 1) this.#scrollTo(this.above + moved);
  }

  /**
   * Scrolls so that an element is at this fraction of the screen's height.
   * @param {HTMLElement} element
   * @param {number} part 0 – 1
   */
  put(element, part) {
    this.#scrollTo(this.above + this.#offsetOf(element) - this.scroller.clientHeight * part);
  }

  toEnd() {
    this.#scrollTo(this.scroller.scrollHeight);
  }

  /** @param {HTMLElement} element */
  isAbove(element) {
    return element.getBoundingClientRect().bottom < this.scroller.getBoundingClientRect().top;
  }

  /** Position of the first message of the list, or 0. */
  firstPosition() {
    return Number(this.#elements().find((element) => element.dataset.position)?.dataset.position ?? 0);
  }

  /** Position of the first message that is on the screen, or 0. */
  firstSeen() {
    const below = this.#elements().slice(this.#firstBelow(this.scroller.getBoundingClientRect().top));
    return Number(below.find((element) => element.dataset.position)?.dataset.position ?? 0);
  }

  /** Position of the last message whose end is on the screen or above it, or 0. */
  lastSeen() {
    const bottom = this.scroller.getBoundingClientRect().bottom + 2;
    const elements = this.#elements();
    for (let index = Math.min(this.#firstBelow(bottom), elements.length - 1); index >= 0; index -= 1) {
      const { position, last = position } = elements[index].dataset;
      if (last && elements[index].getBoundingClientRect().bottom <= bottom) return Number(last);
    }
    return 0;
  }

  /** @param {HTMLElement} element */
  #offsetOf(element) {
    return element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  /** @param {number} top */
  #scrollTo(top) {
    this.scroller.scrollTop = top;
    this.#lastTop = this.scroller.scrollTop;
  }

  #elements() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  /**
   * Index of the first child that ends below a height of the window.
   * @param {number} height
   */
  #firstBelow(height) {
    const { children } = this.list;
    let low = 0;
    let high = children.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (children[middle].getBoundingClientRect().bottom <= height) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
