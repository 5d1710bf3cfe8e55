/** The code of an error that the server never saw: there was no connection, or it ended before the reply. */
export const DISCONNECTED = "disconnected";

/** A command that was refused (a code of the protocol) or had no answer (`disconnected`). */
export class CommandError extends Error {
  /** @param {import("./protocol.js").WireError} error */
  constructor(error) {
    super(error.message);
    this.name = "CommandError";
    this.code = error.code;
    /** Seconds to wait before the next try, or null. */
    this.retryAfter = error.retry_after ?? null;
  }
}
