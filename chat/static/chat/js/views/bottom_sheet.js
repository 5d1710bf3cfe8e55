/** A sheet at the bottom of the screen, where the thumb is. Escape and a tap beside it close it. */
import { h } from "../lib/dom.js";

export class BottomSheet {
  /** The finger whose long press opened the sheet: lifting it is no tap on what is below it now. @type {number | undefined} */
  #pressedBy;

  /** @param {string} label */
  constructor(label) {
    this.dialog = h("dialog", { class: "bottom-sheet", "aria-label": label });
    this.dialog.addEventListener("click", (event) => this.#pressed(/** @type {PointerEvent} */ (event)), { capture: true });
    document.body.append(this.dialog);
  }

  /**
   * @param {Node[]} content
   * @param {number} [pressedBy] id of the pointer
   */
  open(content, pressedBy) {
    this.dialog.replaceChildren(...content);
    this.#pressedBy = pressedBy;
    this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    if (event.detail > 0 && event.pointerId === this.#pressedBy) event.stopPropagation();
    else if (event.target === this.dialog && event.clientY < this.dialog.getBoundingClientRect().top) this.close();
  }
}
