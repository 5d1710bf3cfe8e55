/** What the page says of itself, for parts that are loaded on demand: whose page it is, and addresses. */
import { byId } from "./dom.js";

/** @typedef {{epoch: string, user: {id: number}, urls: Record<string, string>}} PageData */

/** @type {PageData | null} */
let data = null;

/** @returns {PageData} */
export function pageData() {
  return (data ??= JSON.parse(byId("bootstrap", HTMLElement).textContent ?? ""));
}
