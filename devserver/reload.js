/** Reloads this page when a file that it is made of has changed. Only `bin/dev` serves this script. */

const RETRY_MS = 200;
const ADDRESS = new URL("changes", import.meta.url).href.replace(/^http/, "ws");

/**
 * Wait for changes. A connection that opens after one has closed means that the server has restarted.
 * @param {boolean} isRestarted
 */
function connect(isRestarted) {
  const socket = new WebSocket(ADDRESS);
  socket.addEventListener("open", () => {
    if (isRestarted) {
      location.reload();
    }
  });
  socket.addEventListener("message", ({ data }) => {
    const [kind, path] = String(data).split(" ");
    if (kind !== "style" || !renewStyle(path)) {
      location.reload();
    }
  });
  socket.addEventListener("close", () => setTimeout(connect, RETRY_MS, true));
}

/**
 * Load a stylesheet again. The old one stays until the new one has been loaded, so that the page does not flicker.
 * @param {string} path the end of its address
 * @returns {boolean} whether this page has it, linked or imported
 */
function renewStyle(path) {
  const links = /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel="stylesheet"]'));
  let isFound = false;
  for (const link of links) {
    const changed = addresses(link.sheet).find((address) => new URL(address).pathname.endsWith(`/${path}`));
    if (!changed) continue;
    isFound = true;
    void fetch(changed, { cache: "reload" }).then(() => replace(link));
  }
  return isFound;
}

/**
 * The addresses of a stylesheet and of those that it imports.
 * @param {CSSStyleSheet | null} sheet
 * @returns {string[]}
 */
function addresses(sheet) {
  if (!sheet?.href) return [];
  const imports = [...sheet.cssRules].filter((rule) => rule instanceof CSSImportRule);
  return [sheet.href, ...imports.flatMap((rule) => addresses(/** @type {CSSImportRule} */ (rule).styleSheet))];
}

/** @param {HTMLLinkElement} link */
function replace(link) {
  const renewed = /** @type {HTMLLinkElement} */ (link.cloneNode());
  renewed.href = `${link.href.split("?")[0]}?${Date.now()}`;
  renewed.addEventListener("load", () => link.remove());
  link.after(renewed);
}

connect(false);
