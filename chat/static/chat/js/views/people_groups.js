/** Groups the people of a room: who is here, and who is not. Groups stay as they are while the reader points at the list or is in it. */
import { gettext, interpolate } from "../lib/i18n.js";

/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {{heading: string}} Heading */

/** Of more people than this, only those on the screen are known to be here. */
const MOST_GROUPED = 200;
const PRESENT = new Set(["here", "busy"]);

export class PeopleGroups {
  /** The people who are in the first group; null until it is known who is here. @type {Set<number> | null} */
  #here = null;

  /**
   * @param {object} how
   * @param {import("../state/presence.js").Presence} how.presence
   * @param {HTMLElement} how.list
   * @param {() => void} how.changed called when the groups have changed
   */
  constructor({ presence, list, changed }) {
    this.presence = presence;
    this.list = list;
    this.changed = changed;
    presence.on("change", () => this.#refresh());
    list.addEventListener("pointerleave", () => this.#refresh());
    list.addEventListener("focusout", () => this.#refresh());
  }

  /** Another room is shown. */
  begin() {
    this.#here = null;
  }

  /**
   * @param {Member[]} members by name
   * @returns {(Member | Heading)[]}
   */
  arranged(members) {
    if (members.length > MOST_GROUPED || !members.every(({ user }) => this.presence.knows(user.id))) return members;
    const known = (this.#here ??= this.#present(members));
    const here = members.filter(({ user }) => known.has(user.id));
    const others = members.filter(({ user }) => !known.has(user.id));
    return [...group(gettext("Here · %(count)s"), here), ...group(gettext("Away · %(count)s"), others)];
  }

  #refresh() {
    if (this.list.matches(":hover") || this.list.contains(document.activeElement)) return;
    this.#here = null;
    if (this.list.isConnected) this.changed();
  }

  /** @param {Member[]} members */
  #present(members) {
    return new Set(members.filter(({ user }) => PRESENT.has(this.presence.of(user.id).state)).map(({ user }) => user.id));
  }
}

/**
 * @param {string} sentence
 * @param {Member[]} members
 * @returns {(Member | Heading)[]}
 */
function group(sentence, members) {
  return members.length ? [{ heading: interpolate(sentence, { count: members.length }) }, ...members] : [];
}
