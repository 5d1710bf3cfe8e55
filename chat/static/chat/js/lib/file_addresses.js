/** Where the bytes of a file are. */

/** @typedef {import("../net/protocol.js").Attachment} Attachment */

/** The longer edge of the two pictures that are made of one; the server has the same (`files/`). */
export const SMALL_PX = 480;
export const LARGE_PX = 1600;

const ENDING_CHARS = 4;
const IN_ENDINGS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** @param {{id: string, name: string}} file */
export function fileAddress({ id, name }) {
  return `/files/${id}/${encodeURIComponent(name)}`;
}

/** @param {{id: string, name: string}} file that is saved, not shown */
export function downloadAddress(file) {
  return `${fileAddress(file)}?download`;
}

/**
 * @param {{id: string}} file
 * @param {"small" | "large" | "poster"} which
 */
export function pictureAddress({ id }, which) {
  return `/files/${id}/${which}/`;
}

/**
 * The smallest picture, and all by their widths for browsers to choose.
 * @param {Attachment} file
 * @returns {{src: string, srcset: string}}
 */
export function pictureSources(file) {
  const { width = 1, height = 1, small, large } = file;
  const longest = Math.max(width, height);
  const original = { address: fileAddress(file), px: longest };
  const made = [small && { address: pictureAddress(file, "small"), px: SMALL_PX }, large && { address: pictureAddress(file, "large"), px: LARGE_PX }];
  const all = made.flatMap((one) => one || []);
  if (!large || longest <= LARGE_PX) all.push(original);
  const srcset = all.map(({ address, px }) => `${address} ${Math.max(1, Math.round((width * Math.min(px, longest)) / longest))}w`).join(", ");
  return { src: all[0].address, srcset };
}

/**
 * The ending of a name in capitals, if it is short enough for a badge.
 * @param {string} name
 */
export function endingOf(name) {
  const at = name.lastIndexOf(".");
  const ending = at > 0 ? name.slice(at + 1).toUpperCase() : "";
  return ending.length <= ENDING_CHARS && [...ending].every((character) => IN_ENDINGS.includes(character)) ? ending : "";
}
