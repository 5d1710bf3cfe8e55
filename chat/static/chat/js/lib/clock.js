/**
 * Time as the modules without DOM see it, so that a test can turn the hands. All in milliseconds.
 * @typedef {object} Clock
 * @property {() => number} now wall clock, which goes on while the machine sleeps
 * @property {(callback: () => void, ms: number) => number} setTimeout
 * @property {(timer: number | undefined) => void} clearTimeout
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => /** @type {number} */ (/** @type {unknown} */ (setTimeout(callback, ms))),
  clearTimeout: (timer) => clearTimeout(timer),
};
