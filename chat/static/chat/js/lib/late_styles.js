/** Loads the style sheet of what is not there at first. Without a network it fails, and the next call tries again. */
import { h } from "./dom.js";

/** @type {Promise<void> | null} */
let loading = null;

/** @param {string} address */
export function lateStyles(address) {
  loading ??= load(address).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/**
 * @param {string} address
 * @returns {Promise<void>}
 */
function load(address) {
  const link = h("link", { rel: "stylesheet", href: address });
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`${address} could not be loaded`));
    });
    document.head.append(link);
  });
}
