import assert from "node:assert/strict";
import { test } from "node:test";
import { followKeyboard } from "../../../chat/static/chat/js/views/visible_height.js";

/** A page of 700 px, of which the visual viewport shows `height`. */
function page() {
  const viewport = Object.assign(new EventTarget(), { height: 700, scale: 1 });
  const shell = { style: { blockSize: "" } };
  /** @type {number[][]} */
  const scrolled = [];
  const view = { innerHeight: 700, visualViewport: viewport, scrollTo: (/** @type {number[]} */ ...to) => scrolled.push(to) };
  followKeyboard(/** @type {any} */ (shell), /** @type {any} */ (view));
  /** @param {{height: number, scale?: number}} size */
  const resize = ({ height, scale = 1 }) => {
    Object.assign(viewport, { height, scale });
    viewport.dispatchEvent(new Event("resize"));
    return shell.style.blockSize;
  };
  return { resize, scrolled, shell };
}

test("the shell ends above a keyboard that covers the page, and is whole again after it", () => {
  const { resize, scrolled, shell } = page();
  assert.equal(shell.style.blockSize, "");
  assert.equal(resize({ height: 380 }), "380px");
  assert.deepEqual(scrolled, [[0, 0]]);
  assert.equal(resize({ height: 700 }), "");
});

test("neither the browser's own bars nor zooming change the shell", () => {
  const { resize, scrolled } = page();
  assert.equal(resize({ height: 640 }), "");
  assert.equal(resize({ height: 350, scale: 2 }), "");
  assert.deepEqual(scrolled, []);
});

test("a browser without a visual viewport changes nothing", () => {
  const shell = { style: { blockSize: "" } };
  followKeyboard(/** @type {any} */ (shell), /** @type {any} */ ({ visualViewport: null }));
  assert.equal(shell.style.blockSize, "");
});
