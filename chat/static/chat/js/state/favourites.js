/**
 * The rooms that I marked as favourites, and their order. The value of such an item is true, or an order key: digits and letters
 * that sort as the digits of a fraction do, so that there is a key between any two others.
 */

/** @typedef {import("./room.js").Room} Room */

export const FAVOURITE = "favourite";

/**
 * @param {import("./items.js").Items} items
 * @param {number} room
 */
export function isFavourite(items, room) {
  return (items.value(FAVOURITE, room) ?? null) !== null;
}

/**
 * The favourites among these rooms: those with an order key by that, then the others from A to Z.
 * @param {import("./items.js").Items} items
 * @param {Iterable<Room>} rooms
 */
export function favouritesIn(items, rooms) {
  const found = [...rooms].filter((room) => isFavourite(items, room.id)).map((room) => ({ room, key: keyOf(items, room.id) }));
  return found.sort(compare).map(({ room }) => room);
}

/**
 * @param {import("./items.js").Items} items
 * @param {number} room
 * @returns {string | null}
 */
export function keyOf(items, room) {
  const value = items.value(FAVOURITE, room);
  return typeof value === "string" ? value : null;
}

/**
 * @param {{room: Room, key: string | null}} a
 * @param {{room: Room, key: string | null}} b
 */
function compare(a, b) {
  if (a.key !== null && b.key !== null && a.key !== b.key) return a.key < b.key ? -1 : 1;
  if ((a.key === null) !== (b.key === null)) return a.key === null ? 1 : -1;
  const byName = a.key === null ? a.room.summary.name.localeCompare(b.room.summary.name) : 0;
  return byName || a.room.id - b.room.id;
}
