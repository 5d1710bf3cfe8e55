/** Addresses of rooms and messages, the rooms and messages of addresses, and the address of the socket. Pure. */

const PLACE = "SLUG";

/**
 * @param {string} pattern with SLUG as the placeholder of the slug
 * @param {string} slug
 */
export function roomAddress(pattern, slug) {
  return pattern.replace(PLACE, encodeURIComponent(slug));
}

/**
 * @param {string} pattern
 * @param {string} slug
 * @param {number} position of a message
 */
export function messageAddress(pattern, slug, position) {
  return `${roomAddress(pattern, slug)}${position}/`;
}

/**
 * The room that the path of a page names, the position of a message in it if there is one, and of a reply in its thread (0: the newest);
 * null for other paths.
 * @param {string} pattern
 * @param {string} path
 * @returns {{slug: string, position: number | null, reply: number | null} | null}
 */
export function placeIn(pattern, path) {
  const [before] = pattern.split(PLACE);
  const [slug, ...numbers] = path.slice(before.length).split("/").filter(Boolean);
  if (!path.startsWith(before) || !slug || numbers.length > 2) return null;
  const [position = null, reply = null] = numbers.map(Number);
  if (numbers.some((number) => !Number.isSafeInteger(Number(number)) || Number(number) < 0 || String(Number(number)) !== number)) return null;
  try {
    return { slug: decodeURIComponent(slug), position: position === 0 ? 1 : position, reply };
  } catch {
    return null; // a link that somebody wrote by hand
  }
}

/**
 * The WebSocket address of this site.
 * @param {string} path
 * @param {{protocol: string, host: string}} page
 */
export function socketAddress(path, { protocol, host }) {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${path}`;
}
