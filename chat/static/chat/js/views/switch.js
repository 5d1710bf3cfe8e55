/** A row that is a switch: the whole row is pressed. */
import { button, h, icon } from "../lib/dom.js";

/**
 * @param {string} name of an icon
 * @param {string} text
 * @param {() => void} pressed
 */
export function toggle(name, text, pressed) {
  return button({ class: "set", role: "switch", "aria-checked": "false" }, pressed, icon(name), h("span", {}, text), h("i", { class: "switch" }));
}
