/**
 * Removes a person's drafts and unsent messages from the browser at sign-out. Unsent messages would be lost, so a page asks for
 * confirmation first.
 */
import { removeFileStore } from "./lib/file_store.js";
import { interpolate, ngettext } from "./lib/i18n.js";
import { unsentTexts } from "./net/outbox.js";
import { localStorageOrNull, ScopedStorage } from "./lib/storage.js";

/** @param {number} count */
export function warning(count) {
  const text = ngettext(
    "%(count)s message has not been sent yet. It will be lost if you sign out now.",
    "%(count)s messages have not been sent yet. They will be lost if you sign out now.",
    count,
  );
  return interpolate(text, { count });
}

/**
 * Returns true after removing everything that the browser stored for the person, or false if the person must confirm first.
 * @param {ScopedStorage} storage
 * @param {{asked: boolean}} how whether the person has already confirmed
 */
export function leave(storage, { asked }) {
  if (!asked && unsentTexts(storage)) return false;
  storage.forget();
  removeFileStore(storage.prefix);
  return true;
}

/** @param {HTMLFormElement} form with `data-sign-out` (`ask` or `asked`), `data-epoch` and `data-user` */
function storageOf({ dataset: { epoch = "", user = "" } }) {
  return new ScopedStorage(localStorageOrNull(), { epoch, user: Number(user) });
}

/** @param {SubmitEvent} event of any form: those for signing out may be added to the page later */
function submitted(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.signOut) return;
  if (leave(storageOf(form), { asked: form.dataset.signOut === "asked" })) return;
  event.preventDefault();
  location.assign(form.action);
}

/** @param {HTMLFormElement} form on the page that asks */
function warn(form) {
  const notice = document.getElementById("unsent");
  const count = unsentTexts(storageOf(form));
  if (!notice || !count) return;
  notice.textContent = warning(count);
  notice.hidden = false;
}

if (typeof document !== "undefined") {
  document.addEventListener("submit", submitted);
  for (const form of document.querySelectorAll("form[data-sign-out=asked]")) warn(/** @type {HTMLFormElement} */ (form));
}
