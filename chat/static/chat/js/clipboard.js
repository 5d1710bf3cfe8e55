/** Copying a text, also on plain-http addresses, where browsers have no clipboard object. Only while a key or button is pressed. */

/**
 * Whether it was copied.
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
 * The older way: the browser is asked to copy, and gets this text instead of what is selected.
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
