/** The rows of the palette: rooms that I am in or may join, people, and actions. */
import { icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { matching } from "../lib/matching.js";
import { isOperator, terms } from "../lib/query.js";
import { directWith } from "../state/direct.js";
import { face } from "./people.js";
import { sign } from "./sidebar.js";

/** @typedef {import("../state/room.js").Room} Room */
/** @typedef {import("./palette.js").Row} Row */
/** @typedef {import("./palette.js").Group} Group */

const MOST = 20;
/** Rooms that an empty field shows. */
const MOST_RECENT = 8;

/**
 * @param {object} from
 * @param {import("../state/store.js").Store} from.store
 * @param {import("./page_router.js").PageRouter} from.router
 * @param {import("../state/recent_rooms.js").RecentRooms} from.recent
 * @param {import("../net/finder.js").Finder} from.finder
 * @param {() => Row[]} from.actions
 * @param {(user: import("../net/protocol.js").User) => void} from.openPerson
 * @param {string} [from.searchAddress] of the page that searches messages, if there is one
 * @returns {(query: string) => Group[]}
 */
export function paletteRows({ store, router, recent, finder, actions, openPerson, searchAddress }) {
  /** @param {Room} room */
  const roomRow = (room) => ({
    key: `room ${room.id}`,
    name: room.summary.name,
    also: room.isDirect ? room.summary.people.map(({ username }) => `${username} @${username}`).join(" ") : undefined,
    note: roomNote(room),
    picture: () => sign(room),
    choose: () => router.go(room.id),
  });
  return (query) => {
    const isEmpty = query.trim() === "";
    const mine = isEmpty ? recentFirst(store, recent, router.current).slice(0, MOST_RECENT) : store.sorted();
    const others = finder.found.rooms.filter(({ id }) => !store.rooms.has(id)).map((room) => joinRow(room, router));
    const found = finder.found.people.filter(({ id }) => isEmpty || !directWith(store, [id])); // their conversation is among the rooms
    const people = found.map((user) => personRow(user, openPerson));
    const groups = [
      { title: isEmpty ? gettext("Recent rooms") : gettext("Rooms"), rows: [...among(mine.map(roomRow), query), ...among(others, query)] },
      { title: gettext("People"), rows: isEmpty ? [] : among(people, query) },
      { title: gettext("Actions"), rows: among(actions(), query) },
    ];
    if (isEmpty || !searchAddress) return groups;
    const messages = { title: gettext("Messages"), rows: [searchRow(query.trim(), () => router.visit(`${searchAddress}?${new URLSearchParams({ q: query.trim() })}`))] };
    return terms(query).some(isOperator) ? [messages] : [...groups, messages];
  };
}

/**
 * @param {Row[]} rows
 * @param {string} query
 */
function among(rows, query) {
  return matching(rows, query).slice(0, MOST);
}

/**
 * My rooms but the one that is shown: those that I was in last, then those with the latest messages.
 * @param {import("../state/store.js").Store} store
 * @param {import("../state/recent_rooms.js").RecentRooms} recent
 * @param {number | null} current
 */
function recentFirst(store, recent, current) {
  const places = new Map(recent.ids.map((id, place) => [id, place]));
  /** @param {Room} room */
  const place = ({ id }) => places.get(id) ?? places.size;
  /** @param {Room} room */
  const time = ({ summary }) => summary.last_message?.created_at ?? "";
  const others = store.sorted().filter(({ id }) => id !== current);
  return others.sort((a, b) => place(a) - place(b) || (time(a) < time(b) ? 1 : time(a) > time(b) ? -1 : 0));
}

/** @param {Room} room */
function roomNote({ summary, unread }) {
  if (summary.archived) return gettext("archived");
  return unread ? interpolate(ngettext("%(count)s unread", "%(count)s unread", unread), { count: unread }) : "";
}

/**
 * @param {import("../net/finder.js").RoomToJoin} room
 * @param {import("./page_router.js").PageRouter} router
 * @returns {Row}
 */
function joinRow({ id, slug, name }, router) {
  return {
    key: `join ${id}`,
    name,
    note: gettext("not joined"),
    picture: () => icon("plus"),
    choose: () => router.visit(router.address(slug)),
  };
}

/**
 * @param {import("../net/protocol.js").User} user
 * @param {(user: import("../net/protocol.js").User) => void} open
 * @returns {Row}
 */
function personRow(user, open) {
  return {
    key: `person ${user.id}`,
    name: user.name,
    also: `${user.username} @${user.username}`,
    note: `@${user.username}`,
    picture: () => face(user, { small: true }),
    choose: () => open(user),
  };
}

/**
 * @param {string} query
 * @param {() => void} choose
 * @returns {Row}
 */
function searchRow(query, choose) {
  return { key: "search", name: interpolate(gettext("Search messages for “%(query)s”"), { query }), picture: () => icon("search"), choose, keys: "Ctrl Enter", isSearch: true };
}
