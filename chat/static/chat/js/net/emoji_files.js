/** Loads the names of emoji, which are too large for the first visit, when somebody needs them first. */
import { EmojiCatalog } from "../lib/emoji.js";

/** @type {Promise<EmojiCatalog> | null} */
let loading = null;
/** @type {EmojiCatalog | null} */
let loaded = null;

/** The catalogue if it is loaded. */
export function loadedCatalog() {
  return loaded;
}

/**
 * Rejects without a network; the next call tries again.
 * @param {{emoji_en: string, emoji_ko: string}} urls
 */
export function emojiCatalog(urls) {
  loading ??= load(urls).then(
    (catalog) => (loaded = catalog),
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

/** @param {{emoji_en: string, emoji_ko: string}} urls */
async function load(urls) {
  const [english, korean] = await Promise.all([urls.emoji_en, urls.emoji_ko].map(read));
  return new EmojiCatalog(english, korean, document.documentElement.lang);
}

/**
 * @param {string} address
 * @returns {Promise<any>}
 */
async function read(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.json();
}
