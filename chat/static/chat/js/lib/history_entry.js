/** An entry of the history for what lies over the page, so that Back closes that and leaves the page as it is. */

export class HistoryEntry {
  #isThere = false;
  /** Called once the entry is gone. @type {(() => void) | null} */
  #gone = null;

  /** @param {() => void} back called when the reader went back */
  constructor(back) {
    this.back = back;
  }

  push() {
    const { sinceList } = history.state ?? {};
    history.pushState({ ...history.state, ...(sinceList !== undefined && { sinceList: sinceList + 1 }) }, "", location.href);
    this.#isThere = true;
    addEventListener("popstate", this.#went, { capture: true });
  }

  /** What lay over the page was closed in another way: goes back, if the reader has not. */
  async remove() {
    if (!this.#isThere) return;
    const focused = document.activeElement;
    await new Promise((resolve) => {
      this.#gone = () => resolve(undefined);
      history.back();
    });
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true }); // browsers focus the field with `autofocus`
  }

  /** @param {PopStateEvent} event which is about nothing else on the page */
  #went = (event) => {
    event.stopImmediatePropagation();
    removeEventListener("popstate", this.#went, { capture: true });
    this.#isThere = false;
    if (this.#gone) this.#gone();
    else this.back();
  };
}
