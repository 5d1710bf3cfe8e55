/**
 * How the page looks in this browser: its theme, its density, and whether the list of rooms shows the last messages. Cookies, so that
 * the server can draw the next page in the same way from its first frame on.
 */

const COOKIE_SECONDS = 365 * 24 * 3600;

/** The event of the document's element after something else was chosen. */
export const CHOSEN = "appearance";

/** @typedef {"theme" | "density" | "excerpts"} Choice */

/** What stands for no choice: the cookie and the attribute are absent. @type {Record<Choice, string>} */
export const DEFAULTS = { theme: "system", density: "comfortable", excerpts: "hidden" };

/** @param {Choice} choice */
export function chosen(choice) {
  return document.documentElement.dataset[choice] ?? DEFAULTS[choice];
}

/**
 * @param {Choice} choice
 * @param {string} value
 */
export function choose(choice, value) {
  const isDefault = value === DEFAULTS[choice];
  document.cookie = `${choice}=${value}; path=/; max-age=${isDefault ? 0 : COOKIE_SECONDS}; samesite=lax`;
  if (isDefault) delete document.documentElement.dataset[choice];
  else document.documentElement.dataset[choice] = value;
  document.documentElement.dispatchEvent(new Event(CHOSEN));
}
