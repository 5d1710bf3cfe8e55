/**
 * Keeps the composer above the keyboard of a phone. Most browsers make the page smaller by themselves (`interactive-widget` in its
 * head); in the others the keyboard covers the page, and only the visual viewport is smaller.
 */

/** A smaller difference is the browser's own bar. */
const LEAST_KEYBOARD_PX = 100;

/**
 * @param {HTMLElement} shell as high as the page
 * @param {Window} view
 */
export function followKeyboard(shell, view = window) {
  const viewport = view.visualViewport;
  if (!viewport) return;
  const fit = () => {
    const isCovered = viewport.scale === 1 && view.innerHeight - viewport.height > LEAST_KEYBOARD_PX;
    shell.style.blockSize = isCovered ? `${viewport.height}px` : "";
    if (isCovered) view.scrollTo(0, 0); // the browser had scrolled the field into view
  };
  viewport.addEventListener("resize", fit);
  fit();
}
