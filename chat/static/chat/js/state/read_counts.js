/** How many members of a room have not read its messages yet, as far as the reader is shown that. */

/** @typedef {import("./room.js").Room} Room */

/** Rooms with more members do not show who has read. */
const MOST_MEMBERS = 100;

export class ReadCounts {
  /** The positions of the members besides the reader, ascending, with what they depend on. @type {{room: Room | null, version: number, isShown: boolean, positions: number[]}} */
  #sorted = { room: null, version: 0, isShown: false, positions: [] };

  /** @param {number} me my user id */
  constructor(me) {
    this.me = me;
  }

  /**
   * How many members besides the reader have not read the message at a position. By binary search: it is asked for every message on the page.
   * @param {Room} room
   * @param {number} position
   */
  countBefore(room, position) {
    const positions = this.#positions(room);
    let [low, high] = [0, positions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (positions[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The ids of those whom `countBefore` counts.
   * @param {Room} room
   * @param {number} position
   */
  idsBefore(room, position) {
    return this.#counted(room).flatMap(([id, read]) => (read < position ? [id] : []));
  }

  /** @param {Room} room */
  #positions(room) {
    const { readsVersion: version } = room;
    const isShown = room.summary.shows_reads;
    if (this.#sorted.room !== room || this.#sorted.version !== version || this.#sorted.isShown !== isShown) {
      const positions = this.#counted(room).map(([, position]) => position);
      this.#sorted = { room, version, isShown, positions: positions.sort((one, other) => one - other) };
    }
    return this.#sorted.positions;
  }

  /** @param {Room} room */
  #counted({ reads, members, summary }) {
    if (!reads || !summary.shows_reads || members.size > MOST_MEMBERS) return [];
    return [...reads].filter(([id]) => id !== this.me && members.has(id));
  }
}
