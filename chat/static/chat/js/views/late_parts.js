/**
 * The parts of the page that nobody sees at first (menus, the panel, dialogs). Their modules are loaded a little after the page, or
 * at once when one of their buttons is pressed, which then is pressed again.
 */

/** The first frames and the first messages come first, also on a slow network. */
const AFTER_MS = 4_000;

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
    for (const opener of openers) opener.addEventListener("click", (event) => this.#pressed(event, opener));
  }

  /** Loads a little later. Without a network nothing is loaded, and the first press tries again. */
  start() {
    setTimeout(() => void this.get().catch(() => {}), AFTER_MS);
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
