/** Shows the space's own emoji in messages and reactions, whose HTML contains `<span data-emoji="name">:name:</span>`. */
import { h } from "./dom.js";

/** @typedef {{name: string, picture: string, large: string, archived?: boolean}} CustomEmoji */

const SIZE_PX = 20;

/** The places of emoji in messages and reactions. */
export const PLACES = "span[data-emoji]";

/** @param {CustomEmoji} emoji */
export function emojiImage({ name, picture, large }) {
  const text = `:${name}:`;
  return h("img", { class: "emoji", src: picture, srcset: `${large} 2x`, alt: text, title: text, width: SIZE_PX, height: SIZE_PX, loading: "lazy", draggable: "false" });
}

/**
 * The places of emoji that are still text.
 * @param {ParentNode} root
 * @returns {HTMLElement[]}
 */
export function unresolved(root) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(PLACES))].filter((place) => !place.querySelector("img"));
}

/**
 * Replaces the names of known emoji with their pictures; others stay text. Returns whether a name is not known.
 * @param {HTMLElement[]} places
 * @param {Map<string, CustomEmoji>} known by name
 */
export function resolveEmoji(places, known) {
  let isUnknown = false;
  for (const place of places) {
    const emoji = known.get(place.dataset.emoji ?? "");
    if (emoji) place.replaceChildren(emojiImage(emoji));
    else isUnknown = true;
  }
  return isUnknown;
}
