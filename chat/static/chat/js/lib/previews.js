/**
 * Pictures of files that this page has itself, so that a picture that was just sent is not loaded again: by the key of the upload, then by
 * the id that the server gave it.
 */

/** Of pictures that were sent, the last ones are kept. */
const KEPT = 30;

/** @type {Map<string, string>} */
const addresses = new Map();

/** @param {string | undefined} key */
export function previewOf(key) {
  return key ? addresses.get(key) : undefined;
}

/**
 * @param {string} key
 * @param {Blob} picture
 */
export function addPreview(key, picture) {
  const address = addresses.get(key) ?? URL.createObjectURL(picture);
  addresses.set(key, address);
  return address;
}

/**
 * @param {string} key
 * @param {string | undefined} id by which it is found from now on
 */
export function renamePreview(key, id) {
  const address = addresses.get(key);
  addresses.delete(key);
  if (address && id) addresses.set(id, address);
  for (const oldest of [...addresses.keys()].slice(0, Math.max(0, addresses.size - KEPT))) dropPreview(oldest);
}

/** @param {string} key */
export function dropPreview(key) {
  const address = addresses.get(key);
  if (address) URL.revokeObjectURL(address);
  addresses.delete(key);
}
