/**
 * The list of mentions on its page: J and K move through it, E marks a mention as read. Nothing in it moves by itself: a link above it
 * shows new mentions.
 */
import { byId } from "../lib/dom.js";
import { FormRefused, send } from "../net/forms.js";

export class MentionList {
  /** Unread mentions of all rooms, as the list of rooms last showed them. */
  #unread = Infinity;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    const count = document.querySelector(".inbox-link [data-mentions]");
    const observer = new MutationObserver(() => (list.isConnected ? this.#counted(count) : observer.disconnect()));
    if (count) observer.observe(count, { attributes: true });
    list.addEventListener("submit", (event) => this.#submitted(event));
    const page = byId("page", HTMLElement);
    const pressed = (/** @type {KeyboardEvent} */ event) => (list.isConnected ? this.#pressed(event) : page.removeEventListener("keydown", pressed));
    page.addEventListener("keydown", pressed);
    list.setAttribute("aria-keyshortcuts", "J K E");
  }

  /** @param {Element | null} count */
  #counted(count) {
    const unread = Number(count?.getAttribute("data-mentions"));
    const newer = this.list.parentElement?.querySelector("[data-newer]");
    if (newer instanceof HTMLElement && unread > this.#unread) newer.hidden = false;
    this.#unread = unread;
  }

  get #links() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.list.querySelectorAll("a.mention-text")]);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const steps = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (steps) this.#move(steps);
    else if (event.key.toLowerCase() === "e") rowOf(document.activeElement)?.querySelector("form")?.requestSubmit();
    else return;
    event.preventDefault();
  }

  /** @param {number} steps */
  #move(steps) {
    const links = this.#links;
    const current = links.findIndex((link) => rowOf(link) === rowOf(document.activeElement));
    const next = current < 0 ? 0 : Math.max(0, Math.min(links.length - 1, current + steps));
    links[next]?.focus();
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const row = rowOf(form);
    // After the last one the server's page says that there are none.
    if (!row || (!this.#isKept && this.list.children.length === 1)) return;
    event.preventDefault();
    void this.#mark(row, form);
  }

  /** Whether mentions that were read stay in the list. */
  get #isKept() {
    return this.list.dataset.keeps !== undefined;
  }

  /**
   * @param {HTMLElement} row
   * @param {HTMLFormElement} form
   */
  async #mark(row, form) {
    const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    form.inert = true;
    try {
      await send(form.action, fields);
    } catch (error) {
      form.inert = false;
      if (error instanceof FormRefused) this.#say(error.message);
      return;
    }
    const hadFocus = row.contains(document.activeElement);
    const next = this.#isKept ? row : /** @type {HTMLElement | null} */ (row.nextElementSibling ?? row.previousElementSibling);
    if (this.#isKept) {
      row.classList.remove("new");
      form.remove();
    } else row.remove();
    if (hadFocus || document.activeElement === document.body) next?.querySelector("a")?.focus();
    this.#say("");
  }

  /** @param {string} text the reason of a refusal */
  #say(text) {
    const status = this.list.parentElement?.querySelector(".refusal");
    if (status) status.textContent = text;
  }
}

/** @param {Element | null} element */
function rowOf(element) {
  return /** @type {HTMLElement | null} */ (element?.closest(".mentions > li") ?? null);
}
