/**
 * The part of a room's messages that is on the page: a window of positions that slides with the reader, so that a long history
 * never becomes a long document. Pure.
 */

/** Messages shown at first, and added at a time while scrolling. */
export const STEP = 50;
/** Most messages on the page. */
export const MOST = 300;
/** Most messages on the page while the reader is at the newest one. */
export const AT_END = 150;

/** @typedef {import("../net/protocol.js").Message} Message */

export class MessageWindow {
  /** Position of the first message on the page. */
  #from = 0;
  /** Position of the last one; null stands for the newest. @type {number | null} */
  #to = null;

  get followsEnd() {
    return this.#to === null;
  }

  /**
   * Shows the newest messages.
   * @param {Message[]} messages
   */
  toEnd(messages) {
    this.#to = null;
    this.#from = messages[Math.max(0, messages.length - STEP)]?.position ?? 0;
  }

  /**
   * Shows a message that is held, with some before it.
   * @param {Message[]} messages
   * @param {number} position
   */
  reach(messages, position) {
    const index = Math.max(0, at(messages, position) - STEP);
    const from = messages[index]?.position ?? 0;
    if (from >= this.#from && position <= (this.#to ?? Infinity)) return;
    this.#from = Math.min(from, this.#from);
    const end = messages[index + MOST]?.position;
    this.#to = end === undefined ? null : end;
  }

  /**
   * Shows earlier messages; removes some at the other end if there are too many. False if there are none to show.
   * @param {Message[]} messages
   */
  earlier(messages) {
    const index = at(messages, this.#from);
    if (index <= 0) return false;
    const start = Math.max(0, index - STEP);
    this.#from = messages[start].position;
    if (messages.length - start > MOST) this.#to = Math.min(this.#to ?? Infinity, messages[start + MOST - 1].position);
    return true;
  }

  /**
   * Shows later messages; removes some at the beginning if there are too many. False if there are none to show.
   * @param {Message[]} messages
   */
  later(messages) {
    if (this.#to === null) return false;
    const end = Math.min(messages.length - 1, at(messages, this.#to) + STEP);
    this.#to = end === messages.length - 1 ? null : messages[end].position;
    this.#from = messages[Math.max(at(messages, this.#from), end - MOST + 1, 0)]?.position ?? 0;
    return true;
  }

  /**
   * The messages on the page. While the reader is at the end, new messages replace old ones; elsewhere, new ones are not added
   * once the page is full.
   * @param {Message[]} messages
   * @param {boolean} atEnd
   */
  of(messages, atEnd) {
    let start = Math.max(0, at(messages, this.#from));
    const end = this.#to === null ? messages.length : at(messages, this.#to) + 1;
    if (atEnd && this.#to === null && end - start > AT_END) start = end - AT_END + STEP;
    else if (!atEnd && end - start > MOST) return this.#hold(messages, start);
    this.#from = messages[start]?.position ?? this.#from;
    return messages.slice(start, end);
  }

  /**
   * @param {Message[]} messages
   * @param {number} start
   */
  #hold(messages, start) {
    const end = start + MOST;
    this.#to = messages[end - 1].position;
    return messages.slice(start, end);
  }
}

/**
 * Index of the first message at or after a position.
 * @param {Message[]} messages
 * @param {number} position
 */
function at(messages, position) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
