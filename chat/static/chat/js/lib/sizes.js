/** Sizes of files in words. */
import { gettext, interpolate } from "./i18n.js";

const STEP = 1024;
const UNITS = [gettext("%(number)s bytes"), gettext("%(number)s KB"), gettext("%(number)s MB"), gettext("%(number)s GB")];

/**
 * "1.9 MB".
 * @param {number} bytes
 */
export function sizeText(bytes) {
  const unit = unitOf(bytes);
  return interpolate(UNITS[unit], { number: number(bytes, unit) });
}

/**
 * How much of a file is done, in the unit of the whole: "1.2 of 1.9 MB".
 * @param {number} done
 * @param {number} all
 */
export function progressText(done, all) {
  const unit = unitOf(all);
  return interpolate(gettext("%(done)s of %(all)s"), { done: number(done, unit), all: sizeText(all) });
}

/** @param {number} bytes */
function unitOf(bytes) {
  return bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(STEP)));
}

/**
 * @param {number} bytes
 * @param {number} unit
 */
function number(bytes, unit) {
  const value = bytes / STEP ** unit;
  const digits = unit > 1 && value < 100 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}
