/**
 * What modules without DOM know of time: the clock and timers, for which tests pass some that they control, and when to draw what others
 * change.
 */

/**
 * All in milliseconds.
 * @typedef {object} Clock
 * @property {() => number} now wall clock, which continues while the machine sleeps
 * @property {(callback: () => void, ms: number) => number} setTimeout
 * @property {(timer: number | undefined) => void} clearTimeout
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => /** @type {number} */ (/** @type {unknown} */ (setTimeout(callback, ms))),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** Shortest time between two drawings. */
const BETWEEN_MS = 100;
/** A reader who has pressed no key for this long does not type. It is longer than between the keys of most people. */
const TYPING_MS = 200;

/**
 * Draws what others change without disturbing the reader: at once after a pause, but at most ten times a second, and while the reader
 * types only in the moments after the paint of a letter.
 */
export class Calm {
  /** What waits to be drawn. @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {number | undefined} */
  #timer;
  #lastDrawing = -Infinity;
  #lastKey = -Infinity;

  /**
   * @param {(callback: () => void) => void} afterPaint calls back once the page has been painted
   * @param {Clock} [clock]
   */
  constructor(afterPaint, clock = systemClock) {
    this.afterPaint = afterPaint;
    this.clock = clock;
  }

  /**
   * Calls a function at the next suitable moment, once for any number of calls until then.
   * @param {() => void} draw
   */
  soon(draw) {
    this.#waiting.add(draw);
    if (this.#timer === undefined) this.#wait();
  }

  /** The reader pressed a key. */
  pressed() {
    this.#lastKey = this.clock.now();
    this.afterPaint(() => this.#waiting.size && this.clock.now() - this.#lastDrawing >= BETWEEN_MS && this.#draw());
  }

  #wait() {
    const at = Math.max(this.#lastDrawing + BETWEEN_MS, this.#lastKey + TYPING_MS);
    this.#timer = this.clock.setTimeout(() => this.#due(), Math.max(0, at - this.clock.now()));
  }

  /** A key that was pressed meanwhile postpones it. */
  #due() {
    if (this.clock.now() < this.#lastKey + TYPING_MS) this.#wait();
    else this.#draw();
  }

  #draw() {
    this.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastDrawing = this.clock.now();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const draw of waiting) draw();
  }
}
