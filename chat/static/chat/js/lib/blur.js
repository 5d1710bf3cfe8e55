/** The colours of a picture before it is loaded: a canvas of a few pixels, which the style sheet makes larger. */
import { h } from "./dom.js";

const COLUMNS = 4;
const ROWS = 3;
const DIGITS = 6;

/**
 * @param {string | undefined} colours 4 × 3 colours in hexadecimal digits
 * @returns {HTMLCanvasElement | null}
 */
export function blurOf(colours) {
  if (!colours || colours.length !== COLUMNS * ROWS * DIGITS) return null;
  const canvas = h("canvas", { class: "shot-image", width: COLUMNS, height: ROWS, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (!context) return null;
  for (let index = 0; index < COLUMNS * ROWS; index += 1) {
    context.fillStyle = `#${colours.slice(index * DIGITS, (index + 1) * DIGITS)}`;
    context.fillRect(index % COLUMNS, Math.floor(index / COLUMNS), 1, 1);
  }
  return canvas;
}
