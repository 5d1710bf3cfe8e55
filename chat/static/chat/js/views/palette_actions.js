/** What the palette does besides jumping: actions on the room that is shown, on how the page looks, and the entries of the space's menu. */
import { choose, chosen } from "../lib/appearance.js";
import { icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { FAVOURITE, isFavourite } from "../state/favourites.js";
import { defaultLevel, HIDDEN, isHidden, NOTIFY } from "../state/items.js";
import { isMuted } from "./sidebar.js";

/** @typedef {import("./palette.js").Row} Row */

/**
 * @param {object} from
 * @param {import("../state/items.js").Items} from.items
 * @param {import("./page_router.js").PageRouter} from.router
 * @param {Record<string, string>} from.urls
 * @param {() => void} from.openShortcuts
 * @param {() => void} from.newMessage
 * @returns {() => Row[]} those that are possible now
 */
export function paletteActions({ items, router, urls, openShortcuts, newMessage }) {
  const menu = document.getElementById("space-menu");
  return () => [
    ...(router.room ? ofRoom(router.room, items) : []),
    action("send", gettext("New message"), "New message", newMessage),
    ...ofElement(menu?.querySelector(`a[href="${urls.room_create}"]`), "plus", gettext("Create a room"), "Create a room"),
    ...ofElement(menu?.querySelector("#invite-people"), "user", gettext("Invite people"), "Invite people"),
    action("list", gettext("Browse all rooms"), "Browse all rooms", () => router.visit(urls.rooms)),
    action("at", gettext("Mentions"), "Mentions", () => router.visit(urls.inbox)),
    ...ofElement(document.querySelector(".people-link"), "people", gettext("People"), "People"),
    ...ofElement(menu?.querySelector("#status-open"), "smile", gettext("Set a status"), "Set a status"),
    action("user", gettext("Your profile"), "Your profile", () => router.visit(urls.profile)),
    ...ofElement(menu?.querySelector("#notifications-link"), "bell", gettext("Notifications"), "Notifications"),
    ...ofLook(),
    action("keys", gettext("Keyboard shortcuts"), "Keyboard shortcuts", openShortcuts),
    ...ofElement(menu?.querySelector("#administration"), "shield", gettext("Administration"), "Administration"),
    ...ofElement(menu?.querySelector("[data-sign-out] button"), "leave", gettext("Sign out"), "Sign out"),
  ];
}

/**
 * @param {import("../state/room.js").Room} room
 * @param {import("../state/items.js").Items} items
 */
function ofRoom(room, items) {
  const values = { room: room.summary.name };
  const muted = isMuted(items, room);
  const favourite = isFavourite(items, room.id);
  return [
    muted
      ? action("bell", interpolate(gettext("Unmute %(room)s"), values), "Unmute", () => void items.set(NOTIFY, room.id, defaultLevel(items) === "none" ? "all" : null))
      : action("mute", interpolate(gettext("Mute %(room)s"), values), "Mute", () => void items.set(NOTIFY, room.id, "none")),
    favourite
      ? action("star", interpolate(gettext("Remove %(room)s from the favourites"), values), "Remove favourite", () => void items.set(FAVOURITE, room.id, null))
      : action("star", interpolate(gettext("Add %(room)s to the favourites"), values), "Add favourite", () => void items.set(FAVOURITE, room.id, true)),
    ...(room.isDirect && !isHidden(items, room)
      ? [action("close", gettext("Hide this conversation until the next message"), "Hide conversation", () => void items.set(HIDDEN, room.id, { position: room.summary.message_count }))]
      : []),
    ...ofPanel("people-open", "people", gettext("Show the people of this room"), "Show people"),
    ...ofPanel("details-open", "panel", gettext("Show the details of this room"), "Show room details"),
  ];
}

/**
 * @param {string} id of the button that opens the panel, and closes it again
 * @param {string} picture
 * @param {string} name
 * @param {string} also
 */
function ofPanel(id, picture, name, also) {
  const opener = document.getElementById(id);
  return opener?.getAttribute("aria-expanded") === "true" ? [] : ofElement(opener, picture, name, also);
}

/** The looks that are not chosen. */
function ofLook() {
  /** @type {{choice: import("../lib/appearance.js").Choice, value: string, picture: string, name: string, also: string}[]} */
  const looks = [
    { choice: "theme", value: "system", picture: "screen", name: gettext("Theme: as the system has it"), also: "Theme: auto" },
    { choice: "theme", value: "light", picture: "sun", name: gettext("Theme: light"), also: "Theme: light" },
    { choice: "theme", value: "dark", picture: "moon", name: gettext("Theme: dark"), also: "Theme: dark" },
    { choice: "density", value: "comfortable", picture: "list", name: gettext("Density: comfortable"), also: "Density: comfortable" },
    { choice: "density", value: "compact", picture: "list", name: gettext("Density: compact"), also: "Density: compact" },
    { choice: "excerpts", value: "hidden", picture: "list", name: gettext("Room list: names only"), also: "Room list: names only" },
    { choice: "excerpts", value: "shown", picture: "list", name: gettext("Room list: with the last message"), also: "Room list: with the last message" },
  ];
  return looks
    .filter(({ choice, value }) => chosen(choice) !== value)
    .map(({ choice, value, picture, name, also }) => action(picture, name, also, () => choose(choice, value)));
}

/**
 * Presses a button or follows a link of the page; nothing if the person has none.
 * @param {Element | null | undefined} element
 * @param {string} picture
 * @param {string} name
 * @param {string} also
 */
function ofElement(element, picture, name, also) {
  return element instanceof HTMLElement ? [action(picture, name, also, () => element.click())] : [];
}

/**
 * @param {string} picture name of an icon
 * @param {string} name
 * @param {string} also in English, which finds it in every language
 * @param {() => void} choose
 * @returns {Row}
 */
function action(picture, name, also, choose) {
  return { key: also, name, also, picture: () => icon(picture), choose };
}
