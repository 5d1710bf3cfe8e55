/**
 * Consecutive messages of a room: the newest ones, or, detached from these, some around an older one. Only a message with a higher
 * revision replaces the one held, so frames and pages may repeat or overlap.
 */

/** @typedef {import("../net/protocol.js").Message} Message */
/** @typedef {import("../net/protocol.js").Extras} Extras */
/** @typedef {{messages: Message[], has_older: boolean, has_newer: boolean}} Page */

/** Most messages of a detached range. When it grows further at one end, messages at the other end are dropped. */
export const MOST_DETACHED = 1_000;

export class MessageRange {
  /** By position, without gaps except for a moment when an ack precedes an earlier frame. @type {Message[]} */
  messages = [];
  /** Whether messages older than the first held one exist. */
  hasOlder = false;
  /** Whether messages newer than the last held one exist: the range is detached from the newest. */
  hasNewer = false;
  /** Whether the range may have missed changes, and must be read again. */
  isStale = false;

  /** @param {Partial<Page>} [page] */
  constructor({ messages = [], has_older = false, has_newer = false } = {}) {
    this.messages = messages;
    this.hasOlder = has_older;
    this.hasNewer = has_newer;
  }

  /** Position of the newest message held, or 0. */
  get newest() {
    return this.messages.at(-1)?.position ?? 0;
  }

  /** Position of the oldest message held, or 0. */
  get oldest() {
    return this.messages[0]?.position ?? 0;
  }

  /** @param {number} position */
  at(position) {
    return this.messages[this.#indexOf(position)] ?? null;
  }

  /**
   * Whether a position is between the ends of the range.
   * @param {number} position
   */
  covers(position) {
    return position >= this.oldest && position <= this.newest && this.newest > 0;
  }

  /**
   * Applies the state of a message, unless the message is beyond an end after which more messages exist.
   * @param {Message} message
   */
  upsert(message) {
    const { messages } = this;
    let index = messages.length;
    while (index > 0 && messages[index - 1].position >= message.position) index -= 1;
    if (messages[index]?.position === message.position) {
      const held = messages[index];
      if (held.revision < message.revision) messages[index] = isSameText(held, message) ? { ...message, text_revision: textRevision(held) } : message;
    } else if (!this.#isBeyond(index)) {
      messages.splice(index, 0, message);
    }
  }

  /** @param {Extras} change */
  replaceExtras({ position, revision, extras }) {
    const index = this.#indexOf(position);
    const held = this.messages[index];
    if (held && held.revision < revision) this.messages[index] = { ...held, revision, extras, text_revision: textRevision(held) };
  }

  /** @param {Pick<Page, "messages" | "has_older">} page of the messages before the oldest */
  prepend({ messages, has_older }) {
    const { oldest } = this;
    const older = messages.filter(({ position }) => !oldest || position < oldest);
    this.messages = [...older, ...this.messages];
    this.hasOlder = has_older;
    if (!this.hasNewer || this.messages.length <= MOST_DETACHED) return;
    this.messages = this.messages.slice(0, MOST_DETACHED);
  }

  /** @param {Pick<Page, "messages" | "has_newer">} page of the messages after the newest */
  append({ messages, has_newer }) {
    const { newest } = this;
    this.messages = [...this.messages, ...messages.filter(({ position }) => position > newest)];
    this.hasNewer = has_newer;
    this.trim(MOST_DETACHED);
  }

  /** @param {number} keep number of newest messages to keep */
  trim(keep) {
    if (this.messages.length <= keep) return;
    this.messages = this.messages.slice(-keep);
    this.hasOlder = true;
  }

  /** @param {number} most limit of the messages held; if it is exceeded, only half of it is kept */
  thin(most) {
    if (this.messages.length > most) this.trim(most / 2);
  }

  /** @param {number} index where a message would be inserted */
  #isBeyond(index) {
    if (!this.messages.length) return false;
    return (index === 0 && this.hasOlder) || (index === this.messages.length && this.hasNewer);
  }

  /** @param {number} position */
  #indexOf(position) {
    return this.messages.findIndex((message) => message.position === position);
  }
}

/**
 * The revision at which the text of a message last changed: views redraw it only then.
 * @param {Message} message
 */
export function textRevision({ text_revision, revision }) {
  return text_revision ?? revision;
}

/**
 * @param {Message} held
 * @param {Message} message
 */
function isSameText(held, message) {
  return held.html === message.html && held.body === message.body && held.edited_at === message.edited_at && held.deleted === message.deleted;
}

/** The changes of messages that were received while a page of history was pending, and may be newer than the page. */
export class MeanwhileChanged {
  /** By position. @type {Map<number, Partial<Message> & {revision: number}>} */
  #changed = new Map();

  /** @param {Message} message that changed */
  note(message) {
    if (message.revision > this.#revisionOf(message.position)) this.#changed.set(message.position, message);
  }

  /** @param {Extras} change */
  noteExtras({ position, revision, extras }) {
    if (revision <= this.#revisionOf(position)) return;
    this.#changed.set(position, { ...this.#changed.get(position), revision, extras });
  }

  /**
   * The messages of the page in their newest states.
   * @param {Message[]} messages
   */
  applyTo(messages) {
    return messages.map((message) => {
      const changed = this.#changed.get(message.position);
      return changed && changed.revision > message.revision ? { ...message, ...changed } : message;
    });
  }

  /** @param {number} position */
  #revisionOf(position) {
    return this.#changed.get(position)?.revision ?? 0;
  }
}
