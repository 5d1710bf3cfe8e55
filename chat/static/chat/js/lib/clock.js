/**
 * The clock and timers of the modules without DOM; tests pass one that they control. All in milliseconds.
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
