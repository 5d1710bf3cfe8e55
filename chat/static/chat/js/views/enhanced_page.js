/** Enhances the content of pages that the server renders: buttons beside fields, menus that close, the focus on an invalid field. */
import { copy } from "../lib/plain_http.js";

/**
 * Adds the buttons to show a password, to copy a link and to choose an emoji, the square of a picture that is chosen, passkeys, and the keys
 * of a list of mentions.
 * @param {ParentNode} root
 */
export function enhance(root) {
  for (const wrapper of root.querySelectorAll("[data-password]")) addPasswordToggle(/** @type {HTMLElement} */ (wrapper));
  for (const wrapper of root.querySelectorAll("[data-copy]")) addCopyButton(/** @type {HTMLElement} */ (wrapper));
  for (const input of root.querySelectorAll(".one-emoji")) chooseEmoji(/** @type {HTMLInputElement} */ (input)).catch(() => {}); // it stays a field
  const inbox = root.querySelector(".mentions");
  if (inbox) enhanceMentions(/** @type {HTMLElement} */ (inbox)).catch(() => {}); // its forms work by themselves
  if (root.querySelector("form[data-passkey]")) preparePasskeys(root).catch(() => {}); // without it the page says that there are none
  if (root.querySelector("form[data-picture]")) prepareForms(root).catch(() => {}); // without it the server uses the middle of the picture
}

/** @param {HTMLElement} list */
async function enhanceMentions(list) {
  const { MentionList } = await import("./mention_list.js");
  new MentionList(list);
}

/** @param {ParentNode} root */
async function prepareForms(root) {
  const { preparePictures } = await import("./picture_form.js");
  preparePictures(root);
}

/** @param {ParentNode} root */
async function preparePasskeys(root) {
  const { prepareForms } = await import("./passkey_form.js");
  prepareForms(root);
}

/** @param {HTMLInputElement} input */
async function chooseEmoji(input) {
  const { replaceField } = await import("./emoji_choice.js");
  replaceField(input);
}

/** A button that shows and hides what is typed into the password field of `wrapper`.
 * @param {HTMLElement} wrapper
 */
function addPasswordToggle(wrapper) {
  const input = wrapper.querySelector("input");
  if (!input) return;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-controls", input.id);
  const draw = () => {
    const shown = input.type === "text";
    button.textContent = (shown ? wrapper.dataset.hide : wrapper.dataset.show) ?? "";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => {
    input.type = input.type === "text" ? "password" : "text";
    draw();
  });
  // Password managers and the session history read the type when the form is submitted.
  input.form?.addEventListener("submit", () => {
    input.type = "password";
  });
  draw();
  wrapper.append(button);
}

/** A button that copies the text of the field in `wrapper`.
 * @param {HTMLElement} wrapper
 */
function addCopyButton(wrapper) {
  const input = wrapper.querySelector("input");
  if (!input) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = wrapper.dataset.label ?? "";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    input.select();
    if (await copy(input.value)) button.textContent = wrapper.dataset.done ?? "";
  });
  wrapper.append(button);
}

/** Close other menus when one opens, and all menus on Escape or a click elsewhere. */
export function manageMenus() {
  const menus = () => /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.manage[open]"));
  document.addEventListener("click", (event) => {
    for (const menu of menus()) {
      if (!(event.target instanceof Node && menu.contains(event.target))) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

/**
 * Focuses the first invalid field. False if there is none.
 * @param {ParentNode} root
 */
export function focusFault(root) {
  const wrong = root.querySelector("form [aria-invalid=true]");
  if (wrong instanceof HTMLElement) wrong.focus();
  return wrong !== null;
}
