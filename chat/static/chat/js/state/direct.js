/** Direct rooms, by the people in them. */

/** @typedef {import("./room.js").Room} Room */

/**
 * The direct room of the reader and these people.
 * @param {{rooms: Map<number, Room>, user: {id: number}}} store
 * @param {number[]} ids of others; the reader's own for notes
 */
export function directWith({ rooms, user }, ids) {
  const wanted = keyOf(ids.filter((id) => id !== user.id));
  const isIt = /** @param {Room} room */ ({ isDirect, summary }) => isDirect && keyOf(summary.people.map(({ id }) => id).filter((id) => id !== user.id)) === wanted;
  return [...rooms.values()].find(isIt) ?? null;
}

/** @param {number[]} ids */
function keyOf(ids) {
  return [...new Set(ids)].sort((a, b) => a - b).join("-");
}
