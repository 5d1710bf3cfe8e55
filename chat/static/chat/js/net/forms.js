/** Sends forms to the views of the pages, which answer scripts in JSON. What is refused is refused by the same services as there. */
import { gettext } from "../lib/i18n.js";

/** @typedef {Record<string, string[]>} Errors sentences by field; under "" those about none */

const TIMEOUT_MS = 20_000;
/** The page for signing in is the only one to which forms of scripts are redirected. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What was refused, with the reason at each field. */
export class FormRefused extends Error {
  /**
   * @param {Errors} errors
   * @param {any} [answer] all that the server said
   */
  constructor(errors, answer = {}) {
    super(Object.values(errors).flat().join(" "));
    this.name = "FormRefused";
    this.errors = errors;
    this.answer = answer;
  }
}

/**
 * Reads what a form needs. Rejects with FormRefused.
 * @param {string} address
 * @returns {Promise<any>}
 */
export function ask(address) {
  return answered(address, {});
}

/**
 * Sends a form. Resolves to what the server answered, null if that is nothing. Rejects with FormRefused.
 * @param {string} address
 * @param {Record<string, string | number>} fields
 * @returns {Promise<any>}
 */
export function send(address, fields) {
  const body = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  const token = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
  return answered(address, { method: "POST", body, headers: { "X-CSRFToken": token?.value ?? "" } });
}

/**
 * @param {string} address
 * @param {RequestInit} how
 */
async function answered(address, how) {
  const headers = { ...how.headers, Accept: "application/json" };
  const response = await fetch(address, { ...how, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null);
  if (response?.status === 204) return null;
  const isJson = response?.headers.get("Content-Type")?.startsWith("application/json");
  const answer = response && isJson ? await response.json().catch(() => ({})) : {};
  if (response?.ok && isJson) return answer;
  throw new FormRefused(answer.errors ?? { "": [sentence(response)] }, answer);
}

/** @param {Response | null} response */
function sentence(response) {
  if (!response) return gettext("You are not connected.");
  if (response.type === "opaqueredirect" || REDIRECTS.has(response.status)) return gettext("You are signed out.");
  if (response.status === 429) return gettext("That was too fast. Wait a moment.");
  if (response.status === 403) return gettext("You may not do this. Reload the page and try again.");
  if (response.status === 404) return gettext("This no longer exists.");
  return gettext("The server can't do this right now. Try again.");
}
