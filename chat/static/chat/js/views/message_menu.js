/**
 * All actions on a message: as a menu that the toolbar's last button opens, or, after a long press, as a sheet at the bottom of the
 * screen. Loaded when one of them is opened first.
 */
import { button, h, icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { pageData } from "../lib/page_data.js";
import { written } from "../lib/text.js";
import { BottomSheet } from "./bottom_sheet.js";
import { Menu } from "./menu.js";
import { avatar } from "./people.js";

/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./message_toolbar.js").Action} Action */

/** In the order of the menu; what changes one's own message comes first. @type {Action[][]} */
const GROUPS = [["edit", "delete"], ["reply", "thread", "react", "copy", "link"], ["pin", "unpin", "unread", "previews"], ["readers", "report"]];

/** The icons of actions that have another name. @type {Partial<Record<Action, string>>} */
const DRAWINGS = { react: "smile", unpin: "pin", readers: "people", report: "shield", previews: "close" };

/** @returns {Record<Action, string>} */
const labels = () => ({
  reply: gettext("Reply"),
  thread: gettext("Reply in a thread"),
  react: gettext("Add a reaction"),
  edit: gettext("Edit"),
  delete: gettext("Delete"),
  copy: gettext("Copy the text"),
  link: gettext("Copy the link"),
  pin: gettext("Pin to the room"),
  unpin: gettext("Unpin"),
  unread: gettext("Mark as unread from here"),
  readers: gettext("Who has read it"),
  report: gettext("Report to the administrators…"),
  previews: gettext("Remove the previews of links"),
});

/**
 * The menu with its styles.
 * @param {import("./message_toolbar.js").MessageToolbar} toolbar
 */
export async function loadMessageMenu(toolbar) {
  await lateStyles(pageData().urls.late_styles);
  return new MessageMenu(toolbar);
}

/** Menus made so far: those of the room and of its threads. */
let menus = 0;

export class MessageMenu {
  #list = h("div", { class: "menu", id: `message-menu-${(menus += 1)}`, role: "menu", "aria-label": gettext("Message actions"), hidden: true });
  #sheet = new BottomSheet(gettext("Message actions"));

  /** @param {import("./message_toolbar.js").MessageToolbar} toolbar */
  constructor(toolbar) {
    this.toolbar = toolbar;
    document.body.append(h("section", { "aria-label": gettext("Message actions") }, this.#list));
    const { more } = toolbar.buttons;
    more.setAttribute("aria-controls", this.#list.id);
    this.menu = new Menu({ opener: more, menu: this.#list, opening: () => this.#fill() });
    this.#list.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
  }

  /**
   * @param {MessageRow} row
   * @param {number} pressedBy id of the pointer
   */
  openSheet(row, pressedBy) {
    const { author, body } = row.message;
    const about = h("div", {}, h("b", written(author.name), author.name), h("p", written(body), body));
    const head = h("header", {}, avatar(author), about);
    const close = () => this.#sheet.close();
    this.#sheet.open([head, ...this.#quick(row, close), ...this.#items(row, "button", close)], pressedBy);
  }

  /**
   * Reactions at the top of the sheet.
   * @param {MessageRow} row
   * @param {() => void} close
   */
  #quick(row, close) {
    const { toolbar } = this;
    if (!toolbar.possible(row).includes("react")) return [];
    const react = /** @param {string} emoji */ (emoji) => {
      close();
      toolbar.react(row, emoji);
    };
    const pressed = /** @param {string} emoji */ (emoji) => String(toolbar.isOwn(row, emoji));
    const chosen = toolbar.quick.map((emoji) => button({ class: "icon react-button", "aria-label": emoji, "aria-pressed": pressed(emoji) }, () => react(emoji), emoji));
    const label = gettext("Another reaction");
    const other = () => {
      close();
      void toolbar.act("react", row, true);
    };
    return [h("div", { class: "quick" }, ...chosen, button({ class: "icon", "aria-label": label, title: label }, other, icon("smile")))];
  }

  #fill() {
    const { row } = this.toolbar;
    this.#list.replaceChildren(...(row ? this.#items(row, "menuitem", () => this.menu.close()) : []));
  }

  /**
   * @param {MessageRow} row
   * @param {"menuitem" | "button"} role
   * @param {() => void} close
   */
  #items(row, role, close) {
    const possible = this.toolbar.possible(row).filter((action) => action !== "react" || role === "menuitem");
    const groups = GROUPS.map((group) => group.filter((action) => possible.includes(action))).filter((group) => group.length);
    return groups.flatMap((group, index) => [
      ...(index ? [h("hr")] : []),
      ...group.map((action) => this.#item(action, row, role, close)),
    ]);
  }

  /**
   * @param {Action} action
   * @param {MessageRow} row
   * @param {"menuitem" | "button"} role
   * @param {() => void} close
   */
  #item(action, row, role, close) {
    const isMenu = role === "menuitem";
    const pressed = this.toolbar.keyOf[action];
    const attributes = { class: action === "delete" ? "item danger" : "item", "data-action": action };
    const keys = isMenu && { role, tabindex: "-1", "aria-keyshortcuts": pressed?.replace("+", "Plus") ?? null };
    const run = () => {
      close();
      void this.toolbar.act(action, row, isMenu);
    };
    const key = isMenu && pressed && h("span", { class: "end", "aria-hidden": "true" }, h("kbd", {}, pressed));
    return button({ ...attributes, ...keys }, run, icon(DRAWINGS[action] ?? action), labels()[action], key);
  }

  /**
   * The keys of the actions work in their menu, too.
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = this.toolbar.actionOf(event);
    const item = action && /** @type {HTMLElement | null} */ (this.#list.querySelector(`[data-action="${action}"]`));
    if (!item) return;
    event.preventDefault();
    event.stopPropagation();
    item.click();
  }
}
