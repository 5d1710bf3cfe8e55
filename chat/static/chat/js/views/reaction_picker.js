/** A small choice of emoji beside a button. Loaded when it is opened first. */
import { button, h } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

const GAP_PX = 4;
const COLUMNS = 6;
const EMOJI = ["👍", "❤️", "👀", "👏", "🙏", "🎉", "😂", "😮", "😢", "🔥", "✅", "🚀"];

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/** Closes the choice that is open. */
let close = () => {};

/**
 * @param {object} how
 * @param {HTMLElement} how.anchor gets the focus if nothing had it
 * @param {(emoji: string) => void} how.onPick
 */
export function openEmojiPicker({ anchor, onPick }) {
  close();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const pick = /** @param {string} emoji */ (emoji) => {
    close();
    onPick(emoji);
  };
  const items = EMOJI.map((emoji) => button({ class: "icon react-button", role: "menuitem", tabindex: "-1", "aria-label": emoji }, () => pick(emoji), emoji));
  const label = { "aria-label": gettext("Choose a reaction") };
  const choice = h("div", { class: "menu emoji-choice", role: "menu", ...label }, ...items);
  const section = h("section", label, choice);
  const outside = /** @param {Event} event */ ({ target }) => target instanceof Node && !choice.contains(target) && close();
  close = () => {
    close = () => {};
    document.removeEventListener("pointerdown", outside);
    const hadFocus = choice.contains(document.activeElement);
    section.remove();
    const next = before?.isConnected && before !== document.body ? before : anchor;
    if (hadFocus) next.focus({ preventScroll: true });
  };
  choice.addEventListener("keydown", (event) => pressed(event, items));
  document.addEventListener("pointerdown", outside);
  document.body.append(section);
  place(choice, anchor);
  items[0].focus({ preventScroll: true });
}

/**
 * Above or below the anchor, always on the screen.
 * @param {HTMLElement} choice
 * @param {HTMLElement} anchor
 */
function place(choice, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = choice;
  const above = at.top - GAP_PX - height;
  choice.style.insetBlockStart = `${above > 0 ? above : Math.min(at.bottom + GAP_PX, innerHeight - height - GAP_PX)}px`;
  choice.style.left = `${Math.max(GAP_PX, Math.min(at.right - width, innerWidth - width - GAP_PX))}px`;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items
 */
function pressed(event, items) {
  const { key } = event;
  const step = STEPS[key];
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (key === "Escape" || key === "Tab") close();
  else if (step) items[(at + step + items.length) % items.length].focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
