/** Asks the server for what is searched for: again if it could not answer, and says in words what is in the way. */
import { button, h } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";

/** @typedef {import("../net/protocol.js").SearchReply} SearchReply */
/** @typedef {import("../net/connection.js").CommandError} CommandError */

/** Without a connection, a search tries again this often, and says so after this many times. */
const AGAIN_MS = 500;
const SILENT_TRIES = 4;
const SECOND_MS = 1_000;
const DISCONNECTED = "disconnected";

export class SearchAsking {
  element = h("div", { class: "search-trouble", role: "status" });
  /** Which question is under way: the answer to an earlier one is dropped. */
  #asking = 0;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {(command: import("../net/protocol.js").Command) => Promise<any>} how.request
   * @param {import("../lib/clock.js").Clock} how.clock
   */
  constructor({ request, clock }) {
    this.request = request;
    this.clock = clock;
  }

  /** Nothing is asked any more. */
  stop() {
    this.#asking += 1;
    this.clock.clearTimeout(this.#timer);
    this.say("");
  }

  /**
   * The reply; null if something else was asked meanwhile, or the page is shown no more.
   * @param {import("../net/protocol.js").Command} command
   * @param {{hindered: () => void}} how called when something is in the way, and is said
   * @returns {Promise<SearchReply | null>}
   */
  async ask(command, { hindered }) {
    const asking = (this.#asking += 1);
    const isCurrent = () => asking === this.#asking && this.element.isConnected;
    this.clock.clearTimeout(this.#timer);
    for (let tries = 1; isCurrent(); tries += 1) {
      try {
        const reply = await this.request(command);
        if (!isCurrent()) return null;
        this.say("");
        return reply;
      } catch (error) {
        const { code } = /** @type {CommandError} */ (error);
        if (isCurrent() && (code !== DISCONNECTED || tries >= SILENT_TRIES)) hindered();
        if (isCurrent()) await this.#waitUntilLater(/** @type {CommandError} */ (error), tries);
      }
    }
    return null;
  }

  /**
   * @param {string} text
   * @param {...Node} others
   */
  say(text, ...others) {
    if (this.element.firstChild?.textContent === text && !others.length) return;
    this.element.replaceChildren(...(text ? [h("p", {}, text), ...others] : []));
  }

  /**
   * Says why there is no answer, and waits until it makes sense to ask again.
   * @param {CommandError} error
   * @param {number} tries
   */
  async #waitUntilLater({ code, message, retryAfter }, tries) {
    if (code === DISCONNECTED) {
      if (tries >= SILENT_TRIES) this.say(gettext("You are not connected. The search goes on when you are."));
      return this.#wait(AGAIN_MS);
    }
    if (retryAfter) return this.#countDown(message, Math.ceil(retryAfter));
    if (code === "invalid") return this.#wrong(message);
    return /** @type {Promise<void>} */ (new Promise((again) => this.say(message, button({ class: "button quiet" }, () => again(), gettext("Try again")))));
  }

  /** Another question is needed. @param {string} message */
  #wrong(message) {
    this.say(message);
    return /** @type {Promise<void>} */ (new Promise(() => {}));
  }

  /**
   * The seconds are for the eye: a screen reader hears the reason once.
   * @param {string} message
   * @param {number} seconds
   */
  async #countDown(message, seconds) {
    const shown = h("span", { class: "seconds", "aria-hidden": "true" });
    this.say(message, shown);
    for (let left = seconds; left > 0 && shown.isConnected; left -= 1) {
      shown.textContent = interpolate(ngettext("again in %(count)s second", "again in %(count)s seconds", left), { count: left });
      await this.#wait(SECOND_MS);
    }
  }

  /** @param {number} ms */
  #wait(ms) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#timer = this.clock.setTimeout(resolve, ms);
      })
    );
  }
}
