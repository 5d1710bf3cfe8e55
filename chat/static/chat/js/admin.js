/**
 * Makes the pages of the admin usable by keyboard and screen reader where the markup of unfold does not: what can be
 * clicked can be reached and has a name, and icons are not read out.
 */

const NATIVE = "a[href], button, input, label, select, summary, textarea";

/** What an icon that is a button does, by its name in the font: a word that stands in the page. */
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

/** The word for an element that shows nothing but an icon. @param {Element} element */
function wordFor(element) {
  const word = WORDS.get(text(element));
  return word && document.getElementById("main")?.dataset[word];
}

/** Whatever listens for clicks is a button. @param {ParentNode} root */
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

/** The name of an icon in its font is nothing to read out. @param {ParentNode} root */
function hideIcons(root) {
  for (const icon of all(root, ".material-symbols-outlined:not([role])")) icon.setAttribute("aria-hidden", "true");
}

/** What a field is called: by its label, or by the column of its table. @param {HTMLElement} field */
function nameOf(field) {
  const label = document.querySelector(`label[for="${field.id}"]`);
  return label ? text(label) : (field.closest("td")?.dataset["label"] ?? "");
}

/** A text for screen readers alone. @param {string} id @param {string} words */
function named(id, words) {
  const label = document.createElement("span");
  if (id) label.id = id;
  label.className = "for-screen-readers";
  label.textContent = words;
  return label;
}

/** What selects one of many by search has the name of its field. @param {ParentNode} root */
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

/** Parts that scroll are no landmarks. @param {ParentNode} root */
function mendScrollers(root) {
  for (const part of all(root, '.simplebar-content-wrapper[role="region"]')) part.setAttribute("role", "group");
}

/** Menus are told apart by their names. @param {ParentNode} root */
function nameMenus(root) {
  const words = document.getElementById("main")?.dataset;
  for (const menu of all(root, "nav:not([aria-label])")) {
    const word = menu.id === "nav-sidebar-inner" ? words?.["menu"] : words?.["more"];
    if (word) menu.setAttribute("aria-label", word);
  }
}

/** The titles of filters come right after the title of the page. @param {ParentNode} root */
function mendHeadings(root) {
  for (const heading of all(root, "#changelist-filter h3")) heading.setAttribute("aria-level", "2");
}

/** The column and the boxes by which rows are removed say so. @param {ParentNode} root */
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

/** The search icons above a list of choices have a name, so they are images. @param {ParentNode} root */
function mendTips(root) {
  for (const tip of all(root, ".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
}

const PARTS = [
  makeButtons,
  hideIcons,
  nameSearchableSelects,
  mendScrollers,
  nameMenus,
  mendHeadings,
  nameRemovals,
  mendTips,
];

function mend() {
  isWaiting = false;
  for (const mendPart of PARTS) mendPart(document);
}

let isWaiting = false;

/** Once for all that is added in one turn: the scripts of Django and unfold build their widgets whenever they like. */
function mendSoon() {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(mend);
}

document.addEventListener("DOMContentLoaded", () => {
  mend();
  new MutationObserver(mendSoon).observe(document.body, { childList: true, subtree: true });
});
