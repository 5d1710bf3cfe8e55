/**
 * Announces new messages in a polite live region for screen readers. The timeline itself is not one, because it would also announce
 * loaded history and every redrawn message.
 */
import { gettext, interpolate } from "../lib/i18n.js";
import { textOf } from "../lib/text.js";

const GATHER_MS = 700;
/** If more messages than this arrive at once, only their number is announced. */
const MOST_READ = 3;
const MOST_CHARS = 300;

export class Announcer {
  /** @type {string[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} region a polite live region */
  constructor(region) {
    this.region = region;
  }

  /** @param {import("../net/protocol.js").Message} message */
  message({ author, html, kind }) {
    const text = textOf(html).trim().slice(0, MOST_CHARS);
    this.say(kind === "system" ? text : interpolate(gettext("%(name)s: %(text)s"), { name: author.name, text }));
  }

  /** @param {string} text */
  say(text) {
    this.#waiting.push(text);
    this.#timer ??= setTimeout(() => this.#speak(), GATHER_MS);
  }

  #speak() {
    const texts = this.#waiting;
    this.#waiting = [];
    this.#timer = undefined;
    const many = interpolate(gettext("%(count)s new messages"), { count: texts.length });
    this.region.textContent = texts.length > MOST_READ ? many : texts.join("\n");
  }
}
