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
    addEventListener("goback", this.#went);
  }

  /** What lay over the page was closed in another way: goes back, if the reader has not. */
  async remove() {
    if (!this.#isThere) return;
    await new Promise((resolve) => {
      this.#gone = () => resolve(undefined);
      history.back();
    });
  }

  /** @param {Event} event of the router, which then does nothing */
  #went = (event) => {
    event.preventDefault();
    removeEventListener("goback", this.#went);
    this.#isThere = false;
    if (this.#gone) this.#gone();
    else this.back();
  };
}
