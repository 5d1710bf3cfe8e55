/** The choice of a skin tone in the emoji picker: a button that shows the present one, and a row of all. */
import { button, h, icon } from "../lib/dom.js";
import { inTone, TONES } from "../lib/emoji.js";
import { gettext, interpolate } from "../lib/i18n.js";

const HAND = { text: "✋", light: "✋🏻" };

/** In the order of TONES. */
const toneNames = () => [
  gettext("No skin tone"),
  gettext("Light skin"),
  gettext("Medium-light skin"),
  gettext("Medium skin"),
  gettext("Medium-dark skin"),
  gettext("Dark skin"),
];

export class SkinTones {
  opener = button({ class: "button quiet", "aria-expanded": "false" }, () => (this.isOpen ? this.close() : this.#open()));
  choices = h("div", { class: "tones", role: "group", "aria-label": gettext("Skin tone"), hidden: true });

  /**
   * @param {import("../state/emoji_use.js").EmojiUse} use
   * @param {() => void} changed
   */
  constructor(use, changed) {
    this.use = use;
    this.changed = changed;
    this.#draw();
  }

  get isOpen() {
    return !this.choices.hidden;
  }

  /** @param {{focus?: boolean}} [how] */
  close({ focus = false } = {}) {
    this.choices.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    if (focus) this.opener.focus();
  }

  #open() {
    const names = toneNames();
    const tones = TONES.map((tone, index) => {
      const attributes = { class: "tone", "aria-label": names[index], title: names[index], "aria-pressed": String(tone === this.use.tone) };
      return button(attributes, () => this.#choose(tone), inTone(HAND, tone));
    });
    this.choices.replaceChildren(...tones);
    this.choices.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    tones[TONES.indexOf(this.use.tone)].focus();
  }

  /** @param {string} tone */
  #choose(tone) {
    this.use.tone = tone;
    this.#draw();
    this.close({ focus: true });
    this.changed();
  }

  #draw() {
    const { tone } = this.use;
    this.opener.replaceChildren(h("span", { "aria-hidden": "true" }, inTone(HAND, tone)), icon("chevron"));
    this.opener.setAttribute("aria-label", interpolate(gettext("Skin tone: %(tone)s"), { tone: toneNames()[TONES.indexOf(tone)] }));
  }
}
