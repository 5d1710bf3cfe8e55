/** A list of elements, one for each item. An update changes only elements of items that are new, removed, moved or look different. */

/**
 * @template Item
 * @typedef {object} Drawing
 * @property {(item: Item) => string | number} key constant for an item while it is in the list
 * @property {(item: Item) => HTMLElement} create an empty element for a new item
 * @property {(item: Item) => string} look the element is redrawn when this changes
 * @property {(item: Item, element: HTMLElement) => void} draw
 */

/** @template Item */
export class KeyedList {
  /** @type {Map<string | number, {element: HTMLElement, look: string}>} */
  #drawn = new Map();
  /** @type {WeakMap<Element, Item>} */
  #items = new WeakMap();

  /**
   * @param {HTMLElement} list
   * @param {Drawing<Item>} drawing
   */
  constructor(list, drawing) {
    this.list = list;
    this.drawing = drawing;
  }

  /**
   * Shows the elements of these items, in this order. An element that moves keeps the focus.
   * @param {Item[]} items
   */
  update(items) {
    this.#remove(new Set(items.map((item) => this.drawing.key(item))));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    let next = this.list.firstElementChild;
    for (const item of items) {
      const element = this.#element(item);
      if (element === next) next = next.nextElementSibling;
      else this.list.insertBefore(element, next);
    }
    if (focused && focused !== document.activeElement && this.list.contains(focused)) focused.focus({ preventScroll: true });
  }

  clear() {
    this.#drawn.clear();
    this.list.replaceChildren();
  }

  /**
   * @param {string | number} key
   * @returns {HTMLElement | null}
   */
  elementOf(key) {
    return this.#drawn.get(key)?.element ?? null;
  }

  /**
   * @param {Element} element one of the list's
   * @returns {Item | null}
   */
  itemOf(element) {
    return this.#items.get(element) ?? null;
  }

  /** @param {Set<string | number>} kept */
  #remove(kept) {
    for (const [key, { element }] of this.#drawn) {
      if (kept.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
  }

  /** @param {Item} item */
  #element(item) {
    const { key, create, look, draw } = this.drawing;
    const drawn = this.#drawn.get(key(item));
    const element = drawn?.element ?? create(item);
    const wanted = look(item);
    this.#items.set(element, item);
    if (drawn?.look === wanted) return element;
    draw(item, element);
    this.#drawn.set(key(item), { element, look: wanted });
    return element;
  }
}
