/** Copies text, even at plain-http addresses, where browsers have no clipboard object. Needs a user gesture. */

/**
 * Resolves to whether the text was copied.
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyAsEvent(text);
  }
}

/**
 * The older way: asks the browser to copy, and replaces the copied selection with this text.
 * @param {string} text
 */
function copyAsEvent(text) {
  let copied = false;
  const give = /** @param {ClipboardEvent} event */ (event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    copied = true;
  };
  document.addEventListener("copy", give, { once: true, capture: true });
  document.execCommand("copy");
  document.removeEventListener("copy", give, { capture: true });
  return copied;
}
