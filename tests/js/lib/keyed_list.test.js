import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { KeyedList } from "../../../chat/static/chat/js/lib/keyed_list.js";

/** As much of the DOM as a list needs; an element that is moved loses the focus, as in a browser. */
class FakeElement {
  constructor(name) {
    this.name = name;
    this.children = [];
    this.parent = null;
    this.text = "";
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get nextElementSibling() {
    return this.parent.children[this.parent.children.indexOf(this) + 1] ?? null;
  }

  insertBefore(element, next) {
    element.remove();
    element.parent = this;
    this.children.splice(next ? this.children.indexOf(next) : this.children.length, 0, element);
    this.inserted = [...(this.inserted ?? []), element.name];
  }

  remove() {
    if (!this.parent) return;
    this.parent.children.splice(this.parent.children.indexOf(this), 1);
    this.parent = null;
    if (document.activeElement === this) document.activeElement = null;
  }

  replaceChildren() {
    for (const child of [...this.children]) child.remove();
  }

  contains(element) {
    return this.children.includes(element);
  }

  focus() {
    document.activeElement = this;
  }
}

beforeEach(() => (globalThis.document = { activeElement: null }));
afterEach(() => delete globalThis.document);

function fruit() {
  const element = new FakeElement("list");
  const drawn = [];
  const list = new KeyedList(element, {
    key: (item) => item.id,
    create: (item) => new FakeElement(item.id),
    look: (item) => item.text,
    draw: (item, child) => {
      drawn.push(item.id);
      child.text = item.text;
    },
  });
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
  assert.equal(element.text, "changed");
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
  list.elementOf("c").focus();
  assert.deepEqual(update(["c"], ["a"], ["b"]).order, ["c", "a", "b"]);
  assert.equal(document.activeElement, list.elementOf("c"));
});

test("an element leads to the latest item, also if that looks the same", () => {
  const { list, update } = fruit();
  update(["a"]);
  const before = list.itemOf(list.elementOf("a"));
  update(["a"]);
  assert.notEqual(list.itemOf(list.elementOf("a")), before);
});

test("a cleared list draws everything again", () => {
  const { list, element, update } = fruit();
  update(["a"]);
  list.clear();
  assert.deepEqual(element.children, []);
  assert.deepEqual(update(["a"]), { order: ["a"], inserted: ["a"], drawn: ["a"] });
});
