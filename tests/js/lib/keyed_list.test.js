import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { KeyedList } from "../../../chat/static/chat/js/lib/keyed_list.js";
import { present } from "../fakes.js";

/** As much of the document as a list needs. @type {{activeElement: FakeElement | null}} */
const page = { activeElement: null };

/** As much of the DOM as a list needs; an element that is moved loses the focus, as in a browser. */
class FakeElement {
  /** @type {FakeElement[]} */
  children = [];
  /** @type {FakeElement | null} */
  parent = null;
  /** Names of the elements that were inserted here since this was emptied. @type {string[]} */
  inserted = [];
  textContent = "";

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get nextElementSibling() {
    const siblings = this.parent?.children ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  /**
   * @param {FakeElement} element
   * @param {FakeElement | null} next
   */
  insertBefore(element, next) {
    element.remove();
    element.parent = this;
    this.children.splice(next ? this.children.indexOf(next) : this.children.length, 0, element);
    this.inserted.push(element.name);
  }

  remove() {
    if (!this.parent) return;
    this.parent.children.splice(this.parent.children.indexOf(this), 1);
    this.parent = null;
    if (page.activeElement === this) page.activeElement = null;
  }

  replaceChildren() {
    for (const child of [...this.children]) child.remove();
  }

  /** @param {FakeElement} element */
  contains(element) {
    return this.children.includes(element);
  }

  focus() {
    page.activeElement = this;
  }
}

beforeEach(() => Object.assign(page, { activeElement: null }));
before(() => Object.assign(globalThis, { document: page }));
after(() => Reflect.deleteProperty(globalThis, "document"));

/**
 * An element as the list takes it.
 * @param {FakeElement} element
 */
function asElement(element) {
  return /** @type {HTMLElement} */ (/** @type {unknown} */ (element));
}

/** @typedef {{id: string, text: string}} Fruit */

function fruit() {
  const element = new FakeElement("list");
  /** @type {string[]} */
  const drawn = [];
  /** @type {KeyedList<Fruit>} */
  const list = new KeyedList(asElement(element), {
    key: (item) => item.id,
    create: (item) => asElement(new FakeElement(item.id)),
    look: (item) => item.text,
    draw: (item, child) => {
      drawn.push(item.id);
      child.textContent = item.text;
    },
  });
  /** @param {[id: string, text?: string][]} items */
  const update = (...items) => {
    element.inserted = [];
    drawn.length = 0;
    list.update(items.map(([id, text = id]) => ({ id, text })));
    return { order: element.children.map((child) => child.name), inserted: element.inserted, drawn: [...drawn] };
  };
  return { list, element, update };
}

test("an update draws the items in their order", () => {
  const { update } = fruit();
  assert.deepEqual(update(["b"], ["a"]), { order: ["b", "a"], inserted: ["b", "a"], drawn: ["b", "a"] });
});

test("an update that changes nothing touches nothing", () => {
  const { update } = fruit();
  update(["a"], ["b"]);
  assert.deepEqual(update(["a"], ["b"]), { order: ["a", "b"], inserted: [], drawn: [] });
});

test("only an item that looks different is drawn again, in the same element", () => {
  const { list, update } = fruit();
  update(["a"], ["b"]);
  const element = list.elementOf("b");
  assert.deepEqual(update(["a"], ["b", "changed"]), { order: ["a", "b"], inserted: [], drawn: ["b"] });
  assert.equal(list.elementOf("b"), element);
  assert.equal(element?.textContent, "changed");
});

test("new items are inserted and old ones removed without moving the others", () => {
  const { list, update } = fruit();
  update(["a"], ["b"], ["d"]);
  assert.deepEqual(update(["b"], ["c"], ["d"]), { order: ["b", "c", "d"], inserted: ["c"], drawn: ["c"] });
  assert.equal(list.elementOf("a"), null);
});

test("an item that moves keeps its element and the focus", () => {
  const { list, update } = fruit();
  update(["a"], ["b"], ["c"]);
  list.elementOf("c")?.focus();
  assert.deepEqual(update(["c"], ["a"], ["b"]).order, ["c", "a", "b"]);
  assert.equal(page.activeElement, list.elementOf("c"));
});

test("an element leads to the latest item, also if that looks the same", () => {
  const { list, update } = fruit();
  update(["a"]);
  const before = list.itemOf(present(list.elementOf("a")));
  update(["a"]);
  assert.notEqual(list.itemOf(present(list.elementOf("a"))), before);
});

test("a cleared list draws everything again", () => {
  const { list, element, update } = fruit();
  update(["a"]);
  list.clear();
  assert.deepEqual(element.children, []);
  assert.deepEqual(update(["a"]), { order: ["a"], inserted: ["a"], drawn: ["a"] });
});
