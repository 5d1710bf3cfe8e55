/**
 * Draws who is here, wherever the page has a person with `data-presence`; statuses at `data-status`, and local times at `data-zone`.
 * The page names to the server whom it shows: all of them, or if they are many, those on the screen.
 */
import { h, perFrame } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { localTime } from "../lib/local_time.js";
import { written } from "../lib/text.js";

/** @typedef {import("../state/presence.js").Presence} Presence */
/** @typedef {import("../net/protocol.js").Status} Status */

/** Of more people than this, only those on the screen are shown as here or not. */
const MOST_AT_ONCE = 200;
const MINUTE_MS = 60_000;
const SCROLL_MS = 200;

/** @type {Record<string, string>} */
const WORDS = { here: gettext("here"), away: gettext("away"), busy: gettext("do not disturb") };

export class PresenceView {
  #isScheduled = false;
  /** Rows may have been drawn again, without their dots. */
  soon = perFrame(() => this.draw());

  /**
   * @param {object} how
   * @param {Presence} how.presence
   * @param {number} how.me
   * @param {import("../lib/dates.js").Dates} how.dates
   */
  constructor({ presence, me, dates }) {
    this.presence = presence;
    this.me = me;
    this.dates = dates;
    for (const own of document.querySelectorAll("[data-me]")) furnish(own, me);
    presence.on("change", () => this.draw());
    addEventListener("scroll", () => this.#scheduleDraw(), { capture: true, passive: true });
    setInterval(() => this.draw(), MINUTE_MS);
    this.draw();
  }

  /** Draws everybody, and names them to the server. */
  draw() {
    const faces = found("[data-presence]");
    const shown = faces.length > MOST_AT_ONCE ? faces.filter(isOnScreen) : faces;
    this.presence.show([this.me, ...shown.map((face) => Number(face.dataset.presence))]);
    for (const face of faces) drawDot(face, this.presence.of(Number(face.dataset.presence)).state);
    for (const place of found("[data-status]")) {
      const person = Number(place.dataset.status);
      if (this.presence.knows(person)) drawStatus(place, this.presence.of(person).status);
    }
    for (const place of found("[data-zone]")) {
      const time = localTime(place.dataset.zone ?? "", this.dates);
      if (time) setText(place, time);
    }
  }

  #scheduleDraw() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      if (document.querySelectorAll("[data-presence]").length > MOST_AT_ONCE) this.draw();
    }, SCROLL_MS);
  }
}

/**
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
function found(selector) {
  return [...document.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement);
}

/**
 * The words for a state; empty if nothing is said about it.
 * @param {string} state
 */
export function presenceText(state) {
  return WORDS[state] ?? "";
}

/** @param {Status} status */
export function statusText({ emoji, text }) {
  return [emoji, text].filter(Boolean).join(" ");
}

/**
 * The person's own picture and name: their dot and status.
 * @param {Element} own
 * @param {number} me
 */
function furnish(own, me) {
  const [avatar, name] = [own.querySelector(".avatar"), own.querySelector(".name")];
  if (!avatar || !name) return;
  const face = h("span", { class: "face", "data-presence": me });
  avatar.replaceWith(face);
  face.append(avatar);
  if (!own.closest(".me")) return;
  const both = h("span", { class: "me-names" });
  name.replaceWith(both);
  both.append(name, h("small", { class: "says", "data-status": me }));
}

/** @param {Element} face */
function isOnScreen(face) {
  const { top, bottom } = face.getBoundingClientRect();
  return bottom > 0 && top < innerHeight && bottom !== top;
}

/**
 * @param {Element} face
 * @param {string} state
 */
function drawDot(face, state) {
  const word = presenceText(state);
  const before = face.querySelector(".presence");
  if (before?.className === `presence ${state}`) return;
  if (!word) return before?.remove();
  const dot = before ?? h("span");
  if (!before) face.append(dot);
  dot.className = `presence ${state}`;
  dot.setAttribute("title", word);
  dot.replaceChildren(h("span", { class: "visually-hidden" }, word));
}

/**
 * @param {HTMLElement} place
 * @param {Status | null} status
 */
function drawStatus(place, status) {
  setText(place, status ? statusText(status) : "");
  const { lang } = written(status?.text ?? "");
  if (lang) place.setAttribute("lang", lang);
  else place.removeAttribute("lang");
}

/**
 * @param {Element} place
 * @param {string} text
 */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
