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
 * @returns {boolean} whether this page has it
 */
function renewStyle(path) {
  const links = /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel="stylesheet"]'));
  const found = [...links].filter((link) => new URL(link.href).pathname.endsWith(`/${path}`));
  for (const link of found) {
    const renewed = /** @type {HTMLLinkElement} */ (link.cloneNode());
    renewed.href = `${link.href.split("?")[0]}?${Date.now()}`;
    renewed.addEventListener("load", () => link.remove());
    link.after(renewed);
  }
  return found.length > 0;
}

connect(false);
