/** What the server says of a person for their card: names, time zone, and how many rooms they share with the reader. Kept for a while. */

/** @typedef {{user: import("../net/protocol.js").User, zone: string, rooms: number, about?: string, owner?: string}} Details */

const KEPT_MS = 60_000;
/** How the address of the person 0 ends. */
const ENDING = "0/";

export class PersonDetails {
  /** @type {Map<number, {details: Details, at: number}>} */
  #held = new Map();

  /** @param {string} address that of the person 0 */
  constructor(address) {
    this.address = address;
  }

  /** @param {number} id */
  of(id) {
    return this.#held.get(id)?.details;
  }

  /**
   * Reads them, unless they were read a moment ago. Without an answer the card shows less.
   * @param {number} id
   */
  async read(id) {
    const held = this.#held.get(id);
    if (held && Date.now() - held.at < KEPT_MS) return;
    const response = await fetch(`${this.address.slice(0, -ENDING.length)}${id}/`).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const details = await response.json().catch(() => null);
    if (details) this.#held.set(id, { details, at: Date.now() });
  }
}
