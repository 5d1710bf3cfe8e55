/**
 * Displays other pages in the place of the room. Their content and the responses to their forms are fetched, without reloading the
 * shell. Fetched scripts never run.
 */
import { button, byId, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { enhance, focusFault, manageMenus } from "./enhanced_page.js";

/** With this header the server responds with the content only, with 204 for one of my rooms, or with 205 to reload the shell. */
const IN_SHELL = { "In-Shell": "1" };
const ROOM = 204;
const RELOAD = 205;
/** If the socket does not deliver a room that I have just joined or created within this time, its page is loaded. */
const ROOM_MS = 3_000;

/** @typedef {{address: string, form?: URLSearchParams | FormData, push: boolean}} Asked */

export class ContentPage {
  #main = byId("main", HTMLElement);
  #page = byId("page", HTMLElement);
  /** @type {AbortController | null} */
  #asking = null;
  #isSending = false;
  /** Pages that their scripts fill, by path: they need not be fetched again. @type {Map<string, {title: string, content: Node[]}>} */
  #frames = new Map();
  /** Stops waiting for a room from the socket. */
  #stopWaiting = () => {};

  /**
   * @param {object} how
   * @param {import("./page_router.js").PageRouter} how.router
   * @param {import("../state/store.js").Store} how.store
   * @param {string} how.login the address of the sign-in page
   * @param {(page: HTMLElement) => void} how.drawn called for the content of each page
   */
  constructor({ router, store, login, drawn }) {
    this.router = router;
    this.store = store;
    this.login = login;
    this.drawn = drawn;
    this.#page.addEventListener("submit", (event) => this.#submitted(event));
    router.on("opened", () => this.#leave());
    router.on("listed", () => this.#abandon());
    manageMenus();
    this.#markLinks();
    this.#keepFrame(document.title);
    drawn(this.#page);
  }

  /**
   * @param {string} address
   * @param {{push: boolean}} how without `push` the address has changed already
   */
  visit(address, { push }) {
    const frame = this.#frames.get(new URL(address, location.origin).pathname);
    if (!frame) return void this.#ask({ address, push });
    this.#abandon();
    this.#draw(frame.content.map((node) => node.cloneNode(true)), { title: frame.title, address, push });
  }

  /** @param {Asked} asked */
  async #ask(asked) {
    this.#stopWaiting();
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#isSending = asked.form !== undefined;
    this.#main.setAttribute("aria-busy", "true");
    const answer = await read(asked, asking.signal);
    if (asking !== this.#asking) return;
    this.#settle();
    if (answer) this.#answered(asked, answer.response, answer.text);
    else this.#failed(asked, gettext("You are not connected."));
  }

  #settle() {
    this.#asking = null;
    this.#isSending = false;
    this.#main.removeAttribute("aria-busy");
  }

  /** Drops a pending response. */
  #abandon() {
    this.#stopWaiting();
    this.#asking?.abort();
    this.#settle();
  }

  /** A room is displayed. */
  #leave() {
    this.#abandon();
    this.#page.replaceChildren();
    this.#markLinks();
  }

  /**
   * @param {Asked} asked
   * @param {Response} response
   * @param {string} text
   */
  #answered(asked, response, text) {
    const { pathname, search } = new URL(response.url);
    const address = pathname + search;
    if (response.status === ROOM) return this.#enter(pathname);
    if (response.status === RELOAD) return location.assign(new URL(response.headers.get("Location") ?? here(), location.origin).pathname);
    if (pathname === this.login) return location.assign(`${this.login}?signed_out&next=${encodeURIComponent(asked.form ? here() : asked.address)}`);
    if (!this.router.isPage(pathname)) return location.assign(address);
    const found = new DOMParser().parseFromString(text, "text/html");
    const content = found.getElementById("page");
    if (!content) return this.#failed(asked, found.querySelector("h1")?.textContent ?? gettext("The server did not answer."));
    for (const script of content.querySelectorAll("script")) script.remove();
    const isMoved = response.redirected || !asked.form;
    this.#draw([...content.childNodes], { title: found.title, address: isMoved ? address : here(), push: asked.push });
  }

  /**
   * @param {Node[]} content
   * @param {{title: string, address: string, push: boolean}} page
   */
  #draw(content, page) {
    this.#page.replaceChildren(...content);
    this.router.show(page);
    this.#markLinks();
    this.#keepFrame(page.title);
    enhance(this.#page);
    this.drawn(this.#page);
    this.#page.scrollTop = 0;
    if (!focusFault(this.#page)) this.#focusBeginning();
  }

  /** @param {string} title */
  #keepFrame(title) {
    if (!this.#page.querySelector("[data-frame]")) return;
    this.#frames.set(location.pathname, { title, content: [...this.#page.childNodes].map((node) => node.cloneNode(true)) });
  }

  /** Focuses the message about what was done, or else the heading: screen readers then read it. */
  #focusBeginning() {
    const beginning = /** @type {HTMLElement} */ (this.#page.querySelector(".notices") ?? this.#page.querySelector("h1") ?? this.#page);
    beginning.tabIndex = -1;
    beginning.focus({ preventScroll: true });
  }

  /**
   * Shows the reason: above the form, which keeps its values, or in the place of the page.
   * @param {Asked} asked
   * @param {string} reason
   */
  #failed(asked, reason) {
    const title = asked.form ? gettext("This could not be sent.") : gettext("This page could not be loaded.");
    const again = button({ class: "button quiet" }, () => void this.#ask(asked), gettext("Try again"));
    const notice = h("div", { class: "notice error failed", role: "alert" }, h("p", {}, `${title} ${reason}`), again);
    if (asked.form) {
      for (const before of this.#page.querySelectorAll(".failed")) before.remove();
      (this.#page.querySelector(".content") ?? this.#page).prepend(notice);
      this.#page.scrollTop = 0;
    } else {
      this.#page.replaceChildren(h("div", { class: "content narrow" }, h("h1", {}, title), notice));
      this.router.show({ title, address: asked.address, push: asked.push });
      this.#markLinks();
    }
    again.focus();
  }

  /**
   * Opens one of my rooms, as soon as the socket has delivered it.
   * @param {string} path
   */
  #enter(path) {
    if (this.router.visitRoom(path)) return;
    const stop = this.store.on("rooms", () => this.router.visitRoom(path));
    const timer = setTimeout(() => location.assign(path), ROOM_MS);
    this.#stopWaiting = () => {
      stop();
      clearTimeout(timer);
    };
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    const { origin, pathname, search } = new URL(form.getAttribute("action") || here(), location.href);
    if (origin !== location.origin || !this.router.isPage(pathname)) return;
    event.preventDefault();
    if (this.#isSending) return;
    const fields = fieldsOf(form, event.submitter);
    if (form.method === "get") return this.visit(`${pathname}?${fields}`, { push: true });
    void this.#ask({ address: pathname + search, form: fields, push: true });
  }

  /** Marks the sidebar's link to the page on display. */
  #markLinks() {
    const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".sidebar a:not([data-room], .tabs a)"));
    for (const link of links) {
      if (this.router.title !== null && link.pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}

/**
 * The response, or null without one.
 * @param {Asked} asked
 * @param {AbortSignal} signal
 */
async function read({ address, form }, signal) {
  try {
    const response = await fetch(address, { method: form ? "POST" : "GET", body: form, headers: IN_SHELL, signal });
    return { response, text: await response.text() };
  } catch {
    return null;
  }
}

function here() {
  return location.pathname + location.search;
}

/**
 * The fields as a browser would send them.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
function fieldsOf(form, submitter) {
  const data = new FormData(form);
  if (submitter instanceof HTMLButtonElement && submitter.name) data.append(submitter.name, submitter.value);
  return form.enctype === "multipart/form-data" ? data : new URLSearchParams(/** @type {any} */ (data));
}
