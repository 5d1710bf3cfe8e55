/** The numbers of the frames that the leader of the tabs posts: which is next, and whether one is missing. */

/** @typedef {{leader: string, n: number}} Place the number of a frame of a leader */

export class FrameOrder {
  /** The last frame that was received or posted. @type {Place | null} */
  place = null;

  /** @param {string} leader whose frames are counted from now on */
  begin(leader) {
    this.place = { leader, n: 0 };
  }

  /** The place of the next frame that this tab posts. */
  next() {
    const { leader, n } = /** @type {Place} */ (this.place);
    this.place = { leader, n: n + 1 };
    return this.place;
  }

  /**
   * Follows a leader that continues from what it has received. Returns whether this tab has received as much.
   * @param {string} leader
   * @param {Place | null} after
   */
  follow(leader, after) {
    const { place } = this;
    this.begin(leader);
    return !place || !after || (after.leader === place.leader && after.n <= place.n);
  }

  /**
   * Whether a frame is the `next` one, comes after a `gap`, or is of `another` leader, which does not lead any more.
   * @param {Place} frame
   */
  take({ leader, n }) {
    this.place ??= { leader, n: n - 1 };
    if (leader !== this.place.leader) return "another";
    if (n !== this.place.n + 1) return "gap";
    this.place = { leader, n };
    return "next";
  }

  /**
   * The same for a note that follows the last frame.
   * @param {Place} place
   */
  compare({ leader, n }) {
    this.place ??= { leader, n };
    if (leader !== this.place.leader) return "another";
    return n === this.place.n ? "next" : "gap";
  }
}
