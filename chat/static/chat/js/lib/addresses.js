/** Addresses of rooms, the rooms of addresses, and the address of the socket. Pure. */

const PLACE = "SLUG";

/**
 * @param {string} pattern with SLUG as the placeholder of the slug
 * @param {string} slug
 */
export function roomAddress(pattern, slug) {
  return pattern.replace(PLACE, encodeURIComponent(slug));
}

/**
 * The slug in the path of a room's page, or null for other paths.
 * @param {string} pattern
 * @param {string} path
 */
export function slugIn(pattern, path) {
  const [before, after] = pattern.split(PLACE);
  if (!path.startsWith(before) || !path.endsWith(after)) return null;
  const slug = path.slice(before.length, path.length - after.length);
  if (!slug || slug.includes("/")) return null;
  try {
    return decodeURIComponent(slug);
  } catch {
    return null;
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
