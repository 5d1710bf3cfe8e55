/** A sheet that lists the keys of the room page. */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { IS_MAC } from "./navigation.js";

/** What a key is called on its cap. @type {Record<string, string>} */
const CAPS = IS_MAC ? { Mod: "⌘", Alt: "⌥", Shift: "⇧", Enter: "⏎" } : { Mod: "Ctrl" };

/** @typedef {{name: string, keys: string[]}} Shortcut `keys`: each a way to press it, such as "Alt ↑" */

export class ShortcutsSheet {
  #dialog = makeDialog(() => this.#dialog.close());

  constructor() {
    document.body.append(this.#dialog);
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  open() {
    if (!this.#dialog.open && !document.querySelector("dialog[open]")) this.#dialog.showModal();
  }
}

/** @returns {{title: string, shortcuts: Shortcut[]}[]} */
function groups() {
  return [
    {
      title: gettext("Everywhere"),
      shortcuts: [
        { name: gettext("Jump to a room, a person or an action"), keys: ["Mod K"] },
        { name: gettext("Search in this room"), keys: ["Mod F"] },
        { name: gettext("Next room with unread messages"), keys: ["Alt ↓"] },
        { name: gettext("Previous room with unread messages"), keys: ["Alt ↑"] },
        { name: gettext("Close a menu, a panel or a dialog"), keys: ["Esc"] },
        { name: gettext("Show these shortcuts"), keys: ["?"] },
      ],
    },
    {
      title: gettext("In the list of rooms"),
      shortcuts: [
        { name: gettext("From room to room"), keys: ["↑", "↓"] },
        { name: gettext("To the first or last room"), keys: ["Home", "End"] },
        { name: gettext("Move a favourite up or down"), keys: ["Alt Shift ↑ ↓"] },
      ],
    },
    {
      title: gettext("Writing"),
      shortcuts: [
        { name: gettext("Send"), keys: ["Enter"] },
        { name: gettext("New line"), keys: ["Shift Enter"] },
        { name: gettext("Bold, italic, code"), keys: ["Mod B", "Mod I", "Mod E"] },
        { name: gettext("Make the selection a link"), keys: ["Mod K"] },
        { name: gettext("Edit my last message, in an empty field"), keys: ["↑"] },
        { name: gettext("Stop editing"), keys: ["Esc"] },
      ],
    },
    {
      title: gettext("In the messages"),
      shortcuts: [
        { name: gettext("From message to message"), keys: ["↑", "↓"] },
        { name: gettext("To the first or last message on the page"), keys: ["Home", "End"] },
        { name: gettext("To the actions on a message"), keys: ["Enter", "→"] },
        { name: gettext("Reply"), keys: ["R"] },
        { name: gettext("Reply in a thread"), keys: ["T"] },
        { name: gettext("Add a reaction"), keys: ["+"] },
        { name: gettext("Back to writing"), keys: ["Esc"] },
      ],
    },
  ];
}

/** @param {() => void} close */
function makeDialog(close) {
  const closer = button({ class: "icon", "aria-label": gettext("Close"), title: gettext("Close") }, close, icon("close"));
  const header = h("header", {}, h("h2", { id: "shortcuts-title" }, gettext("Keyboard shortcuts")), closer);
  const parts = groups().map(({ title, shortcuts }) => h("section", {}, h("h3", {}, title), h("dl", {}, ...shortcuts.map(row))));
  // Scrollable content needs the focus to be scrolled by keyboard.
  const body = h("div", { class: "pad keys", tabindex: "0", role: "region", "aria-labelledby": "shortcuts-title" }, ...parts);
  return h("dialog", { class: "sheet wide", id: "shortcuts", "aria-labelledby": "shortcuts-title" }, header, body);
}

/** @param {Shortcut} shortcut */
function row({ name, keys }) {
  const ways = keys.flatMap((way, index) => [index ? " " : null, ...way.split(" ").map((key) => h("kbd", {}, CAPS[key] ?? key))]);
  return h("div", {}, h("dt", {}, name), h("dd", {}, ...ways));
}
