/** What the tabs of a browser want to receive, together, for the request of the one that leads. Without time, channel or network. */
import { KEPT } from "./events_request.js";

/** A tab that posted nothing for this long, although tabs ping, has vanished. */
const VANISHED_MS = 3 * 60_000;
/** Most people whose presence one request may show. */
const MOST_PEOPLE = 300;
/** Of several tabs, the last state in this order counts. */
const STATES = ["away", "here", "busy"];

/**
 * @typedef {object} Wanted what a tab wants to receive
 * @property {[number, number][]} rooms with the revisions that it has
 * @property {number[]} people
 * @property {string} presence "" if it does not say
 */
/** @typedef {{commands: object[], isMore: boolean, isOther: boolean}} Change whether rooms must be read again, and whether commands changed */

export class TabWants {
  /** What the tabs want, and when each of them last posted it, by tab. @type {Map<string, {wanted: Wanted, at: number}>} */
  #tabs = new Map();
  #commands = "[]";

  /** @param {Map<number, number>} rooms those of the request, with the revisions that have arrived */
  constructor(rooms) {
    this.rooms = rooms;
  }

  /**
   * Notes what a tab wants.
   * @param {string} tab
   * @param {Wanted} wanted
   * @param {number} now
   * @returns {Change}
   */
  note(tab, wanted, now) {
    const before = new Map(this.#tabs.get(tab)?.wanted.rooms);
    this.#tabs.set(tab, { wanted, at: now });
    for (const [other, { at }] of this.#tabs) if (now - at > VANISHED_MS) this.#tabs.delete(other);
    // What a tab wanted before has been posted to it since.
    const added = wanted.rooms.filter(([room, revision]) => !before.has(room) && revision < (this.rooms.get(room) ?? Infinity));
    for (const [room, revision] of added) this.rooms.set(room, revision);
    return this.#changed(added.length > 0);
  }

  /**
   * Forgets a tab.
   * @param {string} tab
   * @returns {Change}
   */
  remove(tab) {
    this.#tabs.delete(tab);
    return this.#changed(false);
  }

  /** @param {boolean} isMore */
  #changed(isMore) {
    const tabs = [...this.#tabs.values()].map(({ wanted }) => wanted);
    const wanted = new Set(tabs.flatMap(({ rooms }) => rooms.map(([room]) => room)));
    for (const room of this.rooms.keys()) if (!wanted.has(room)) this.rooms.delete(room);
    const commands = commandsFor(tabs);
    const isOther = JSON.stringify(commands) !== this.#commands;
    this.#commands = JSON.stringify(commands);
    return { commands, isMore, isOther };
  }
}

/**
 * The commands for what tabs want beside rooms.
 * @param {Wanted[]} tabs
 */
function commandsFor(tabs) {
  const people = [...new Set(tabs.flatMap((tab) => tab.people))].slice(0, MOST_PEOPLE).sort((a, b) => a - b);
  const state = STATES[Math.max(...tabs.map((tab) => STATES.indexOf(tab.presence)))];
  const commands = [];
  if (state) commands.push({ type: "presence", ref: KEPT, state });
  if (people.length) commands.push({ type: "show_people", ref: KEPT, people });
  return commands;
}
