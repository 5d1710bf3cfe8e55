/** The rules of a room in its details: rows that say who may do what, each of which opens its choices for who may change them. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { refusal } from "./form_field.js";
import { slowText } from "./slow_text.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {{value: string, label: string}} Choice */

/** Seconds between two messages of one person that are offered. */
const SLOW_SECONDS = [0, 5, 10, 30, 60, 300, 900, 3_600, 21_600];

const everyone = () => gettext("Everybody in the room");
const moderators = () => gettext("Moderators and owners");

/** @type {Choice[]} */
const WHO = [
  { value: "everyone", label: everyone() },
  { value: "moderators", label: moderators() },
];

export class RoomRules {
  #wrong = h("p", { class: "wrong", role: "alert" });
  #rows;
  element;

  /** @param {(fields: Record<string, string>) => Promise<unknown>} store rejects with FormRefused */
  constructor(store) {
    const stored = /** @param {string} name */ (name) => (/** @type {string} */ value) => {
      this.#wrong.textContent = "";
      return store({ [name]: value }).catch((error) => (this.#wrong.textContent = refusal(error)));
    };
    this.#rows = [
      new RuleRow({ glyph: "edit", label: gettext("Who may write"), usual: "everyone", read: ({ summary }) => summary.who_posts, choices: () => WHO, store: stored("who_posts") }),
      new RuleRow({ glyph: "at", label: gettext("Who may mention everybody"), usual: "", read: ({ summary }) => summary.who_mentions_all, choices: mentionChoices, store: stored("who_mentions_all") }),
      new RuleRow({ glyph: "people", label: gettext("Who may invite people"), usual: "everyone", read: ({ summary }) => summary.who_invites, choices: () => WHO, store: stored("who_invites") }),
      new RuleRow({ glyph: "clock", label: gettext("Slow mode"), usual: "0", read: ({ summary }) => String(summary.slow_seconds), choices: slowChoices, store: stored("slow_seconds") }),
    ];
    this.element = h("div", {}, ...this.#rows.map(({ element }) => element), this.#wrong);
  }

  /**
   * @param {Room} room
   * @param {boolean} mayEdit
   */
  draw(room, mayEdit) {
    for (const row of this.#rows) row.draw(room, mayEdit);
  }
}

/** @param {Room} room @returns {Choice[]} */
function mentionChoices({ summary }) {
  const usual = summary.kind === "public" ? moderators() : everyone();
  return [{ value: "", label: interpolate(gettext("As usual: %(who)s"), { who: usual }) }, ...WHO];
}

/** @param {Room} room @returns {Choice[]} */
function slowChoices({ summary }) {
  const offered = SLOW_SECONDS.includes(summary.slow_seconds) ? SLOW_SECONDS : [...SLOW_SECONDS, summary.slow_seconds];
  return offered.map((seconds) => ({ value: String(seconds), label: slowText(seconds) }));
}

/** One rule: a row that opens its choices below itself, or for who may not change it a line, unless it is as usual. */
class RuleRow {
  #now = h("small", {});
  #opener;
  #fixed;
  #choices;
  /** @type {Room | null} */
  #room = null;
  #drawn = "";

  /**
   * @param {object} how
   * @param {string} how.glyph
   * @param {string} how.label
   * @param {string} how.usual value that most rooms have
   * @param {(room: Room) => string} how.read
   * @param {(room: Room) => Choice[]} how.choices
   * @param {(value: string) => Promise<unknown>} how.store
   */
  constructor({ glyph, label, usual, read, choices, store }) {
    this.usual = usual;
    this.read = read;
    this.choices = choices;
    this.store = store;
    this.name = `rule-${label}`;
    this.#opener = button({ class: "set", "aria-expanded": "false" }, () => this.#show(this.#choices.hidden === true), icon(glyph), h("span", {}, label, this.#now), icon("chevron"));
    this.#fixed = h("p", { class: "set" }, icon(glyph), h("span", {}, label, h("small", {})));
    this.#choices = h("div", { class: "choices-in-place", role: "radiogroup", "aria-label": label, hidden: true });
    this.element = h("div", {}, this.#opener, this.#fixed, this.#choices);
  }

  /**
   * @param {Room} room
   * @param {boolean} mayEdit
   */
  draw(room, mayEdit) {
    const value = this.read(room);
    const choices = this.choices(room);
    const text = choices.find((choice) => choice.value === value)?.label ?? value;
    if (this.#room?.id !== room.id || !mayEdit) this.#show(false);
    this.#room = room;
    this.element.hidden = !mayEdit && value === this.usual;
    this.#opener.hidden = !mayEdit;
    this.#fixed.hidden = mayEdit;
    this.#now.textContent = text;
    const fixed = this.#fixed.querySelector("small");
    if (fixed) fixed.textContent = text;
    const look = JSON.stringify(choices);
    if (look !== this.#drawn) this.#choices.replaceChildren(...choices.map((choice) => this.#choice(choice)));
    this.#drawn = look;
    for (const radio of this.#choices.querySelectorAll("input")) radio.checked = radio.value === value;
  }

  /** @param {Choice} choice */
  #choice({ value, label }) {
    const radio = h("input", { type: "radio", name: this.name, value });
    radio.addEventListener("change", () => void this.store(value));
    return h("label", { class: "check" }, radio, h("span", {}, label));
  }

  /** @param {boolean} isShown */
  #show(isShown) {
    this.#choices.hidden = !isShown;
    this.#opener.setAttribute("aria-expanded", String(isShown));
    if (isShown) this.#choices.querySelector("input:checked")?.scrollIntoView({ block: "nearest" });
    if (isShown) /** @type {HTMLElement | null} */ (this.#choices.querySelector("input:checked"))?.focus();
  }
}
