/** Moves favourites: their order keys are such that only the one that is moved changes. Loaded when one is moved first. */
import { FAVOURITE, keyOf } from "./favourites.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {{id: number, key: string | null}} Placed a favourite, by its room, with its order key */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The server accepts no longer key. */
const KEY_CHARS = 32;

/**
 * Moves a favourite to another place. Only its own item changes, and those of favourites before it that have no order key yet;
 * devices that move different ones at the same time therefore agree.
 * @param {import("./items.js").Items} items
 * @param {Room[]} favourites in their order
 * @param {number} id
 * @param {number} place from 0
 */
export function moveFavourite(items, favourites, id, place) {
  const placed = favourites.map((room) => ({ id: room.id, key: keyOf(items, room.id) }));
  for (const moved of keysAfterMove(placed, id, place)) void items.set(FAVOURITE, moved.id, moved.key);
}

/**
 * The order keys to set so that a favourite stands in another place.
 * @param {Placed[]} favourites in their order
 * @param {number} id
 * @param {number} place from 0
 * @returns {{id: number, key: string}[]}
 */
export function keysAfterMove(favourites, id, place) {
  const rest = favourites.filter((favourite) => favourite.id !== id);
  const before = rest.slice(0, place);
  const next = rest[place]?.key ?? null;
  const last = before.findLast(({ key }) => key !== null)?.key ?? "";
  const toPlace = [...before.filter(({ key }) => key === null).map((favourite) => favourite.id), id];
  const keys = next === null || last < next ? keysBetween(last, next, toPlace.length) : [];
  if (keys.length && keys.every((key) => key.length <= KEY_CHARS)) return zip(toPlace, keys);
  // Two devices chose the same key, or there is no short one in between: number them all again.
  const all = [...before.map((favourite) => favourite.id), id, ...rest.slice(place).flatMap(({ id, key }) => (key === null ? [] : [id]))];
  return zip(all, keysBetween("", null, all.length));
}

/**
 * Keys in ascending order, between two others.
 * @param {string} low "" for the beginning
 * @param {string | null} high null for the end
 * @param {number} count
 * @returns {string[]}
 */
export function keysBetween(low, high, count) {
  if (count === 0) return [];
  const middle = keyBetween(low, high);
  const left = Math.floor((count - 1) / 2);
  return [...keysBetween(low, middle, left), middle, ...keysBetween(middle, high, count - 1 - left)];
}

/**
 * @param {string} low
 * @param {string | null} high
 * @returns {string}
 */
function keyBetween(low, high) {
  const same = high === null ? 0 : lengthInCommon(low, high);
  if (high !== null && same) return high.slice(0, same) + keyBetween(low.slice(same), high.slice(same));
  const lowest = low ? DIGITS.indexOf(low[0]) : 0;
  const highest = high === null ? DIGITS.length : DIGITS.indexOf(high[0]);
  if (highest - lowest > 1) return DIGITS[Math.floor((lowest + highest) / 2)];
  if (high !== null && high.length > 1) return high[0];
  return DIGITS[lowest] + keyBetween(low.slice(1), null);
}

/**
 * How many digits are the same at the beginning; missing ones of the lower key count as 0.
 * @param {string} low
 * @param {string} high
 */
function lengthInCommon(low, high) {
  let length = 0;
  while (length < high.length && (low[length] ?? DIGITS[0]) === high[length]) length++;
  return length;
}

/**
 * @param {number[]} ids
 * @param {string[]} keys
 */
function zip(ids, keys) {
  return ids.map((id, index) => ({ id, key: keys[index] }));
}
