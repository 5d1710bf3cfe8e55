/** Arrow keys on the page of people: from the search field into the list, and from person to person. */

/** @param {HTMLElement} page */
export function followKeys(page) {
  const table = page.querySelector(".people-table");
  const search = page.querySelector(".people-find input[type=search]");
  if (!table) return;
  const rows = /** @type {HTMLElement[]} */ ([...table.querySelectorAll("button[data-person]")]);
  /** @param {Event} event */
  const pressed = (event) => {
    const { key, target, ctrlKey, metaKey, altKey, isComposing } = /** @type {KeyboardEvent} */ (event);
    if (ctrlKey || metaKey || altKey || isComposing) return;
    const at = rows.findIndex((row) => row === target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
    if (to === undefined || (at < 0 && key !== "ArrowDown")) return;
    const next = to < 0 ? search : rows[to];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  };
  table.addEventListener("keydown", pressed);
  search?.addEventListener("keydown", pressed);
}
