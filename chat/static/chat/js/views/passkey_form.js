/** Forms that create or use a passkey before they are sent. They are hidden until it is known that the browser has passkeys. */
import { h } from "../lib/dom.js";
import { answer, creationOptions, requestOptions } from "../lib/passkeys.js";

/** @param {ParentNode} root */
export function prepareForms(root) {
  if (!("PublicKeyCredential" in window)) return;
  for (const without of root.querySelectorAll("[data-without-passkeys]")) without.remove();
  for (const form of root.querySelectorAll("form[data-passkey]")) prepare(/** @type {HTMLFormElement} */ (form));
}

/** @param {HTMLFormElement} form */
function prepare(form) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
  field.value = "";
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    void ask(form, field);
  });
}

/**
 * Lets the browser create or use a passkey, and sends the form with its answer.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} field
 */
async function ask(form, field) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button:not([type])"));
  button.disabled = true;
  form.querySelector(".failed")?.remove();
  try {
    field.value = JSON.stringify(answer(await credentialFor(form)));
    button.disabled = false;
    form.requestSubmit(button);
  } catch (error) {
    field.value = "";
    button.disabled = false;
    button.before(h("div", { class: "notice error failed", role: "alert" }, reason(form.dataset, error)));
    button.focus();
  }
}

/** @param {HTMLFormElement} form */
async function credentialFor(form) {
  const { passkey, options } = form.dataset;
  const credential =
    passkey === "create"
      ? await navigator.credentials.create(creationOptions(JSON.parse(options ?? "")))
      : await navigator.credentials.get(requestOptions(options ? JSON.parse(options) : await fetched(form.action)));
  if (!(credential instanceof PublicKeyCredential)) throw new Error("There is no passkey.");
  return credential;
}

/**
 * The options of a sign-in, which begin a session on the server and are therefore not in the page.
 * @param {string} address
 */
async function fetched(address) {
  const response = await fetch(address, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()).request_options;
}

/**
 * Why there is no passkey. Browsers do not say whether somebody cancelled or has none.
 * @param {DOMStringMap} texts
 * @param {unknown} error
 */
function reason(texts, error) {
  const name = error instanceof DOMException ? error.name : "";
  return (name === "InvalidStateError" ? texts.known : name === "SecurityError" ? texts.insecure : texts.failed) ?? "";
}
