/**
 * The parts of the page that nobody sees at first (menus, the panel, dialogs). Their modules are loaded a little after the page, or
 * at once when one of their buttons is pressed, which then is pressed again. The dialog of the palette opens before they are loaded.
 */
import { byId } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

/** The first frames and the first messages come first, also on a slow network. */
const AFTER_MS = 4_000;
const RETRY_MS = 30_000;

/** @template Parts */
export class LateParts {
  /** @type {Parts | null} */
  parts = null;
  /** @type {Promise<Parts> | null} */
  #loading = null;

  /**
   * @param {object} how
   * @param {() => Promise<Parts>} how.load
   * @param {HTMLElement[]} how.openers
   * @param {(parts: Parts) => void} how.loaded
   * @param {(parts: Parts, name: string) => unknown} how.open opens what a link with `data-opens` names, instead of its page
   * @param {() => void} how.failed the network failed: pressing again tries again
   */
  constructor({ load, openers, loaded, open, failed }) {
    this.load = load;
    this.loaded = loaded;
    this.open = open;
    this.failed = failed;
    document.addEventListener("click", (event) => this.#followed(event));
    document.addEventListener("submit", (event) => this.#submitted(event));
    for (const opener of openers) opener.addEventListener("click", (event) => this.#pressed(event, opener));
  }

  /** Loads a little later. Without a network it tries again when there is one, or at the first press. */
  start() {
    setTimeout(() => this.#load(), AFTER_MS);
  }

  #load() {
    this.get().catch(() => {
      const again = () => {
        clearTimeout(timer);
        removeEventListener("online", again);
        this.#load();
      };
      const timer = setTimeout(again, RETRY_MS);
      addEventListener("online", again);
    });
  }

  /** @returns {Promise<Parts>} */
  get() {
    this.#loading ??= this.load().then(
      (parts) => {
        this.parts = parts;
        this.loaded(parts);
        return parts;
      },
      (error) => {
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }

  /**
   * A modified click opens the page of the link, as with any link.
   * @param {MouseEvent} event
   */
  #followed(event) {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-opens]"));
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.get()
      .then((parts) => this.open(parts, link.dataset.opens ?? ""))
      .catch(() => this.failed());
  }

  /**
   * A form of a page in the shell waits for the part that sends it without reloading the shell.
   * @param {SubmitEvent} event
   */
  #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (this.parts || event.defaultPrevented || !form.closest("#page")) return;
    event.preventDefault();
    this.get().then(
      () => form.requestSubmit(event.submitter),
      () => this.failed(),
    );
  }

  /**
   * @param {MouseEvent} event
   * @param {HTMLElement} opener
   */
  #pressed(event, opener) {
    if (this.parts) return;
    event.preventDefault();
    this.get().then(
      () => opener.click(),
      () => this.failed(),
    );
  }
}

/** The keys that the palette acts on and its field does not. */
const PALETTE_KEYS = new Set(["Enter", "ArrowDown", "ArrowUp"]);
/** The key code of keys that an input method handles. */
const IME_KEY_CODE = 229;

/**
 * The dialog of the palette until the palette is loaded: its field takes what is typed, and the keys that were pressed after that are
 * pressed again then. If it can't be loaded, the dialog says so and keeps what was typed, and Enter tries again.
 * @template Parts
 */
export class EarlyPalette {
  #dialog = byId("palette", HTMLDialogElement);
  #input = byId("palette-input", HTMLInputElement);
  #status = byId("palette-nothing", HTMLElement);
  /** @type {string[]} */
  #keys = [];
  #hasFailed = false;

  /**
   * @param {object} how
   * @param {LateParts<Parts>} how.late
   * @param {(parts: Parts, key: string) => void} how.press
   */
  constructor({ late, press }) {
    this.late = late;
    this.press = press;
    this.#input.addEventListener("input", () => (this.#keys = []));
    this.#dialog.addEventListener("close", () => (this.#keys = []));
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Opens the dialog; closes it if it is open. */
  toggle() {
    if (this.#dialog.open) return this.#dialog.close();
    this.#input.value = "";
    this.#dialog.showModal();
    this.#load();
  }

  #load() {
    this.#hasFailed = false;
    this.#status.textContent = "";
    this.late.get().then(
      (parts) => this.#loaded(parts),
      () => this.#failed(),
    );
  }

  /** @param {Parts} parts */
  #loaded(parts) {
    for (const key of this.#keys.splice(0)) this.press(parts, key);
  }

  #failed() {
    this.#hasFailed = true;
    this.#keys = [];
    this.#status.textContent = gettext("This part of the page could not be loaded. Try again when you are online.");
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (this.late.parts || event.isComposing || event.keyCode === IME_KEY_CODE || !PALETTE_KEYS.has(event.key)) return;
    event.preventDefault();
    this.#keys.push(event.key);
    if (event.key === "Enter" && this.#hasFailed) this.#load();
  }
}
