/** Asks the server for what is searched for, and again if it could not answer. */

/** @typedef {import("./protocol.js").SearchReply} SearchReply */
/** @typedef {import("./connection.js").CommandError} CommandError */

/**
 * What is in the way of an answer: a `code` and, for any but `disconnected`, a sentence. It is asked again by itself when there is a
 * connection or after `seconds`; else only by `again`, or not at all.
 * @typedef {{code: string, message: string, seconds?: number, again?: () => void}} Trouble
 */

/** Without a connection, a search tries again this often, and says so after this many times. */
const AGAIN_MS = 500;
const SILENT_TRIES = 4;
const SECOND_MS = 1_000;
/** The command itself is wrong. */
const WRONG = ["invalid", "forbidden", "not_found"];

export class SearchAsking {
  /** Which question is under way: the answer to an earlier one is dropped. */
  #asking = 0;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {object} how
   * @param {(command: import("./protocol.js").Command) => Promise<any>} how.request
   * @param {import("../lib/clock.js").Clock} how.clock
   * @param {(trouble: Trouble | null) => void} how.troubled called with what is in the way; null once nothing is
   * @param {() => boolean} how.isWanted whether anybody still waits for answers
   */
  constructor({ request, clock, troubled, isWanted }) {
    this.request = request;
    this.clock = clock;
    this.troubled = troubled;
    this.isWanted = isWanted;
  }

  /** Nothing is asked any more. */
  stop() {
    this.#asking += 1;
    this.clock.clearTimeout(this.#timer);
    this.troubled(null);
  }

  /**
   * The reply; null if something else was asked meanwhile.
   * @param {import("./protocol.js").Command} command
   * @returns {Promise<SearchReply | null>}
   */
  async ask(command) {
    const asking = (this.#asking += 1);
    const isCurrent = () => asking === this.#asking && this.isWanted();
    this.clock.clearTimeout(this.#timer);
    for (let tries = 1; isCurrent(); tries += 1) {
      try {
        const reply = await this.request(command);
        if (!isCurrent()) return null;
        this.troubled(null);
        return reply;
      } catch (error) {
        if (isCurrent()) await this.#untilLater(/** @type {CommandError} */ (error), tries);
      }
    }
    return null;
  }

  /**
   * Waits until it makes sense to ask again. A question that is overtaken meanwhile never goes on.
   * @param {CommandError} error
   * @param {number} tries
   */
  async #untilLater({ code, message, retryAfter }, tries) {
    if (code === "disconnected") {
      if (tries >= SILENT_TRIES) this.troubled({ code, message });
      return this.#wait(AGAIN_MS);
    }
    if (retryAfter) return this.#countDown({ code, message }, Math.ceil(retryAfter));
    return this.#untilPressed({ code, message }, !WRONG.includes(code));
  }

  /**
   * @param {Trouble} trouble
   * @param {number} seconds
   */
  async #countDown(trouble, seconds) {
    for (let left = seconds; left > 0 && this.isWanted(); left -= 1) {
      this.troubled({ ...trouble, seconds: left });
      await this.#wait(SECOND_MS);
    }
  }

  /**
   * @param {Trouble} trouble
   * @param {boolean} mayTryAgain
   */
  #untilPressed(trouble, mayTryAgain) {
    return /** @type {Promise<void>} */ (new Promise((again) => this.troubled(mayTryAgain ? { ...trouble, again } : trouble)));
  }

  /** @param {number} ms */
  #wait(ms) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#timer = this.clock.setTimeout(resolve, ms);
      })
    );
  }
}
