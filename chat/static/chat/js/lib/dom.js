/** Making elements. Text is only ever set as text; exceptions are `Message.html`, in `message.js`, and code, in `highlighting.js`. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {string | Node | null | undefined | false} Child
 */

/**
 * An element with attributes (null, undefined and false are omitted) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * A button with a click listener.
 * @param {Record<string, string | boolean | null>} attributes
 * @param {() => unknown} pressed
 * @param {...Child} children
 */
export function button(attributes, pressed, ...children) {
  const element = h("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", pressed);
  return element;
}

/**
 * An icon of the sprite in parts/room_icons.html.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", "glyph");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/**
 * The element with this id, which must exist on the page.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{new (): T}} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`No ${type.name} #${id} on the page`);
  return element;
}

/** A hidden page renders no frames, but its title shows the number of unread messages. */
const WITHOUT_FRAMES_MS = 1_000;

/**
 * Returns a function that schedules `draw` for the next frame, once for any number of calls.
 * @param {() => void} draw
 */
export function perFrame(draw) {
  let frame = 0;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const now = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = 0;
    draw();
  };
  return () => {
    if (frame) return;
    frame = requestAnimationFrame(now);
    timer = setTimeout(now, WITHOUT_FRAMES_MS);
  };
}

/**
 * Calls back after the next paint.
 * @param {() => void} callback
 */
export function afterPaint(callback) {
  requestAnimationFrame(() => setTimeout(callback, 0));
}
