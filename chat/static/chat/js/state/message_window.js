/**
 * The part of a room's messages that is on the page: a window of positions that slides with the reader, so that a long history
 * never becomes a long document. Pure.
 */

/** Messages shown at first, and added at a time while scrolling. */
export const STEP = 50;
/** Most rows on the page: messages, and the separators above them. */
export const MOST = 300;
/** Messages on the page while the reader is at the newest one, and when nothing arrives. */
export const AT_END = 150;

/** @typedef {import("../net/protocol.js").Message} Message */

export class MessageWindow {
  /** Position of the first message on the page. */
  #from = 0;
  /** Position of the last one; null stands for the newest. @type {number | null} */
  #to = null;
  /** Position of the newest message that was held at the last call of `of`. */
  #newest = 0;
  /** Whether old messages are on the page that should be removed as soon as nothing arrives. */
  isOverfull = false;

  /**
   * @param {(message: Message, previous: Message | undefined) => number} separators the number of separators above a message after
   *   this one
   */
  constructor(separators = () => 0) {
    this.separators = separators;
  }

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
    const end = this.#endAfter(messages, index);
    this.#to = end === messages.length ? null : messages[end - 1].position;
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
    const end = this.#endAfter(messages, start);
    if (end < messages.length) this.#to = Math.min(this.#to ?? Infinity, messages[end - 1].position);
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
    this.#from = messages[Math.max(at(messages, this.#from), this.#startBefore(messages, end + 1))]?.position ?? 0;
    return true;
  }

  /**
   * The messages on the page. While the reader is at the end, new messages replace old ones, but not in the same step: removing old ones
   * moves nothing on the screen, and a new one only scrolls it. Elsewhere, new ones are not added once the page is full.
   * @param {Message[]} messages
   * @param {boolean} atEnd
   */
  of(messages, atEnd) {
    let start = Math.max(0, at(messages, this.#from));
    const end = this.#to === null ? messages.length : at(messages, this.#to) + 1;
    const newest = messages.at(-1)?.position ?? 0;
    const most = newest === this.#newest ? AT_END : AT_END + STEP;
    this.#newest = newest;
    if (atEnd && this.#to === null && end - start > most) start = end - AT_END + STEP;
    this.isOverfull = atEnd && this.#to === null && end - start > AT_END;
    if (atEnd) start = Math.max(start, this.#startBefore(messages, end));
    else if (this.#endAfter(messages, start) < end) return this.#hold(messages, start);
    this.#from = messages[start]?.position ?? this.#from;
    return messages.slice(start, end);
  }

  /**
   * @param {Message[]} messages
   * @param {number} start
   */
  #hold(messages, start) {
    const end = this.#endAfter(messages, start);
    this.#to = messages[end - 1].position;
    return messages.slice(start, end);
  }

  /**
   * Index after the last message of a full page that begins with this one.
   * @param {Message[]} messages
   * @param {number} start
   */
  #endAfter(messages, start) {
    let end = start;
    for (let rows = 0; end < messages.length; end += 1) {
      rows += this.#rows(messages, end);
      if (rows > MOST) break;
    }
    return end;
  }

  /**
   * Index of the first message of a full page that ends before this one.
   * @param {Message[]} messages
   * @param {number} end
   */
  #startBefore(messages, end) {
    let start = end;
    for (let rows = 0; start > 0; start -= 1) {
      rows += this.#rows(messages, start - 1);
      if (rows > MOST) break;
    }
    return start;
  }

  /**
   * The rows of a message and its separators.
   * @param {Message[]} messages
   * @param {number} index
   */
  #rows(messages, index) {
    return 1 + this.separators(messages[index], messages[index - 1]);
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
