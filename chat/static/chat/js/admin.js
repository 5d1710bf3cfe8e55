/**
 * Makes the pages of the admin usable by keyboard and screen reader where unfold's markup does not: clickable elements
 * can be focused and have a name, and screen readers skip icons.
 */

const NATIVE = "a[href], button, input, label, select, summary, textarea";

/** The labels of icon buttons, by the icon's name in the font; the page contains the translated words. */
const WORDS = new Map([
  ["dock_to_right", "menu"],
  ["close", "close"],
  ["more_horiz", "more"],
  ["more_vert", "more"],
  ["search", "search"],
]);

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
function all(root, selector) {
  return [...root.querySelectorAll(selector)].filter((found) => found instanceof HTMLElement);
}

/** @param {Element} element */
function text(element) {
  return (element.textContent ?? "").trim();
}

/** The label of an element that contains only an icon. @param {Element} element */
function wordFor(element) {
  const word = WORDS.get(text(element));
  return word && document.getElementById("main")?.dataset[word];
}

/** Gives elements with click handlers the role of a button. @param {ParentNode} root */
function makeButtons(root) {
  for (const element of all(root, "[x-on\\:click], button")) {
    const word = wordFor(element);
    if (word && !element.title) element.setAttribute("aria-label", word);
    if (element.matches(NATIVE) || element.role === "button" || text(element) === "") continue;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      element.click();
    });
  }
}

/** Hides the icons' font names from screen readers. @param {ParentNode} root */
function hideIcons(root) {
  for (const icon of all(root, ".material-symbols-outlined:not([role])")) icon.setAttribute("aria-hidden", "true");
}

/** The name of a field: its label, or the heading of its column. @param {HTMLElement} field */
function nameOf(field) {
  const label = document.querySelector(`label[for="${field.id}"]`);
  return label ? text(label) : (field.closest("td")?.dataset["label"] ?? "");
}

/** A text for screen readers only. @param {string} id @param {string} words */
function named(id, words) {
  const label = document.createElement("span");
  if (id) label.id = id;
  label.className = "for-screen-readers";
  label.textContent = words;
  return label;
}

/** Gives autocomplete widgets the name of their field. @param {ParentNode} root */
function nameSearchableSelects(root) {
  for (const select of all(root, "select.select2-hidden-accessible")) {
    const box = select.nextElementSibling;
    if (!box || document.getElementById(`${select.id}-name`)) continue;
    const label = named(`${select.id}-name`, nameOf(select));
    box.prepend(label);
    const shown = box.querySelector(".select2-selection__rendered");
    const ids = [label.id, shown?.id].filter(Boolean).join(" ");
    box.querySelector(".select2-selection")?.setAttribute("aria-labelledby", ids);
    if (shown?.getAttribute("role") === "textbox") shown.setAttribute("aria-label", text(label));
    box.querySelector(".select2-search__field")?.setAttribute("aria-label", text(label));
  }
}

/** Removes the landmark role from scrolling parts, and names them in the page's language. @param {ParentNode} root */
function fixScrollers(root) {
  const word = document.getElementById("main")?.dataset["scrolls"];
  for (const part of all(root, '.simplebar-content-wrapper[role="region"]')) {
    part.setAttribute("role", "group");
    if (word) part.setAttribute("aria-label", word);
  }
}

/** Gives menus distinct names. @param {ParentNode} root */
function nameMenus(root) {
  const words = document.getElementById("main")?.dataset;
  for (const menu of all(root, "nav:not([aria-label])")) {
    const word = menu.id === "nav-sidebar-inner" ? words?.["menu"] : words?.["more"];
    if (word) menu.setAttribute("aria-label", word);
  }
}

/** Puts the titles of filters one heading level below the page's title. @param {ParentNode} root */
function fixHeadings(root) {
  for (const heading of all(root, "#changelist-filter h3")) heading.setAttribute("aria-level", "2");
}

/** Labels the column and the checkboxes that remove rows. @param {ParentNode} root */
function nameRemovals(root) {
  for (const cell of all(root, "td.delete[data-label]")) {
    const name = cell.dataset["label"] ?? "";
    cell.querySelector("input")?.setAttribute("aria-label", name);
    const heading = cell.closest("table")?.querySelector("thead th:last-child");
    if (heading && text(heading) === "") {
      heading.append(named("", name));
    }
  }
}

/** Gives the named search icons above lists of choices the role of an image. @param {ParentNode} root */
function fixTips(root) {
  for (const tip of all(root, ".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
}

const PARTS = [
  makeButtons,
  hideIcons,
  nameSearchableSelects,
  fixScrollers,
  nameMenus,
  fixHeadings,
  nameRemovals,
  fixTips,
];

function mend() {
  isWaiting = false;
  for (const mendPart of PARTS) mendPart(document);
}

let isWaiting = false;

/** Runs once for all elements added in one turn: Django's and unfold's scripts build their widgets at any time. */
function fixSoon() {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(mend);
}

document.addEventListener("DOMContentLoaded", () => {
  mend();
  new MutationObserver(fixSoon).observe(document.body, { childList: true, subtree: true });
});
