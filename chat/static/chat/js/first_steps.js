/** The first steps for the owner of an empty room: invite people, set a topic, create another room. */
import { roomAddress } from "./addresses.js";
import { copy } from "./clipboard.js";
import { button, h } from "./dom.js";
import { gettext } from "./i18n.js";

/** @typedef {import("./room.js").Room} Room */

/**
 * The steps that the reader may take; none unless they administer the room.
 * @param {Room} room
 * @param {Record<string, string>} urls `invite` is empty for people who may not invite to the space
 */
export function firstSteps(room, urls) {
  const { summary } = room;
  if (!room.may("administer") || summary.archived) return null;
  const settings = roomAddress(urls.room_settings, summary.slug);
  return h(
    "ul",
    { class: "steps" },
    urls.invite &&
      step(gettext("Invite people"), gettext("With a link, for any number of people."), inviting(urls.invite)),
    !summary.topic &&
      step(gettext("Say what this room is for"), gettext("In one line, below its name."), link(settings, gettext("Set a topic"))),
    step(gettext("Make another room"), gettext("One for each piece of work, or for lunch."), link(urls.room_create, gettext("Create a room"))),
  );
}

/**
 * @param {string} title
 * @param {string} text
 * @param {HTMLElement} way
 */
function step(title, text, way) {
  return h("li", {}, h("div", {}, h("b", {}, title), h("p", {}, text)), way);
}

/**
 * @param {string} href
 * @param {string} text
 */
function link(href, text) {
  return h("a", { class: "button quiet", href }, text);
}

/** @param {string} path of the sign-up page, with the invitation in it */
function inviting(path) {
  const copying = async () => {
    const done = await copy(new URL(path, location.href).href);
    made.textContent = done ? gettext("Copied") : gettext("Your browser does not let this page copy.");
  };
  const made = button({ class: "button", "aria-live": "polite" }, copying, gettext("Copy the link"));
  return made;
}
