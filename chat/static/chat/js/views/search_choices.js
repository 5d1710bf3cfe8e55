/** What completes an operator of a search: people and rooms that the reader knows, days and other values. */
import { icon } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";
import { OPERATORS } from "../lib/query.js";
import { face } from "./people.js";
import { choices, explainedOperators, operatorName } from "./search_words.js";
import { sign } from "./sidebar.js";

/** @typedef {import("../net/protocol.js").User} User */
/** @typedef {import("../lib/query.js").Term} Term */
/** `value` completes the operator; without one, `operator` is typed. @typedef {{key: string, name: string, also?: string, note?: string, picture: () => Node, value?: string, operator?: string}} ChoiceRow */

const MOST = 8;
/** Letters of a word that may be the beginning of an operator. */
const ENOUGH = 2;

export class SearchChoices {
  /**
   * @param {object} from
   * @param {import("../state/store.js").Store} from.store
   * @param {import("../net/finder.js").Finder} from.finder
   */
  constructor({ store, finder }) {
    this.store = store;
    this.finder = finder;
  }

  /**
   * What completes the term before the caret, best first.
   * @param {Term | undefined} term
   * @returns {ChoiceRow[]}
   */
  of(term) {
    if (!term) return [];
    const typed = term.value.replace(/^[@#]/, "");
    const isNamed = ["from", "with", "in"].includes(term.kind);
    this.finder.ask(isNamed ? typed : "");
    if (term.kind === "word") return this.#operators(term.value);
    const rows = isNamed ? this.#named(term) : choices(term.kind).map((choice) => ({ ...choice, key: choice.value, picture: () => icon(pictureOf(term.kind)) }));
    return matching(rows, typed).slice(0, MOST);
  }

  /** @param {Term} term */
  #named({ kind, value }) {
    if (kind !== "in") return this.#people().map((user) => this.#personRow(user));
    const rooms = this.store.sorted();
    const places = value.startsWith("@") ? [] : rooms.filter((room) => !room.isDirect).map(roomRow);
    const talks = value.startsWith("#") ? [] : rooms.filter((room) => room.isDirect && room.summary.people.length === 1);
    return [...places, ...talks.map((room) => this.#personRow(room.summary.people[0]))];
  }

  /** Me, people of my conversations, of rooms that this page has opened, and those whom the server found. */
  #people() {
    const rooms = this.store.sorted();
    const met = [
      this.store.user,
      ...rooms.flatMap((room) => (room.isDirect ? room.summary.people : [])),
      ...rooms.flatMap((room) => [...room.members.values()].map(({ user }) => user)),
      ...this.finder.found.people,
    ];
    return [...new Map(met.map((user) => [user.id, user])).values()].filter(({ username }) => username);
  }

  /**
   * @param {User} user
   * @returns {ChoiceRow}
   */
  #personRow(user) {
    const { id, name, username } = user;
    const isMe = id === this.store.user.id;
    const you = gettext("you");
    const [also, note] = isMe ? [`${username} me ${you}`, `@${username} · ${you}`] : [username, `@${username}`];
    return { key: `person ${id}`, name, also, note, picture: () => face(user, { small: true }), value: `@${username}` };
  }

  /**
   * The operators that begin with a word, in English or as they are shown.
   * @param {string} word
   * @returns {ChoiceRow[]}
   */
  #operators(word) {
    if (word.length < ENOUGH) return [];
    const typed = word.toLocaleLowerCase();
    const known = explainedOperators().filter(({ kind }) => kind.startsWith(typed) || operatorName(kind).startsWith(typed));
    return known.map(({ kind, about }) => ({ key: kind, name: operatorName(kind), note: about, picture: () => icon("plus"), operator: kind }));
  }
}

/**
 * @param {import("../state/room.js").Room} room
 * @returns {ChoiceRow}
 */
function roomRow(room) {
  const { id, name, slug } = room.summary;
  return { key: `room ${id}`, name, also: slug, picture: () => sign(room), value: `#${slug}` };
}

/** @param {string} kind */
function pictureOf(kind) {
  return OPERATORS.indexOf(/** @type {any} */ (kind)) >= OPERATORS.indexOf("has") ? "check" : "clock";
}
