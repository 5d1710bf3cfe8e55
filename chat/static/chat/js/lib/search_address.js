/** A search in the address of its page. Pure. */

export const NEWEST = "newest";
export const RELEVANCE = "relevance";

/**
 * `room`: only in this conversation, which no operator names.
 * @typedef {{query: string, room: number | null, order: string, tab: string}} Search
 */

/**
 * @param {string} search the part of an address from its question mark on
 * @returns {Search}
 */
export function searchOf(search) {
  const parts = new URLSearchParams(search);
  return {
    query: parts.get("q") ?? "",
    room: Number(parts.get("room")) || null,
    order: parts.get("order") === RELEVANCE ? RELEVANCE : NEWEST,
    tab: parts.get("tab") === "files" ? "files" : "messages",
  };
}

/**
 * @param {string} path
 * @param {Search} search
 */
export function addressOf(path, { query, room, order, tab }) {
  const parts = new URLSearchParams();
  if (query) parts.set("q", query);
  if (room) parts.set("room", String(room));
  if (order === RELEVANCE) parts.set("order", order);
  if (tab === "files") parts.set("tab", tab);
  return parts.size ? `${path}?${parts}` : path;
}
