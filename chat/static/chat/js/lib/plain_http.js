/** What browsers offer only at https addresses, done without it: random UUIDs and the clipboard. */

/** A random UUID (version 4). */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * Copies text. Needs a user gesture. Resolves to whether the text was copied.
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
 * The older method: make the browser copy the selection, and replace what it copied with this text.
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
