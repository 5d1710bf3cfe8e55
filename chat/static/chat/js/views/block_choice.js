/** Blocking a person, which says first what it means, and unblocking them. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate } from "../lib/i18n.js";
import { BLOCKS, isBlocked } from "../state/items.js";
import { question } from "./question.js";

/** @typedef {import("../net/protocol.js").User} User */

/**
 * The buttons about a person; after each act, `changed` is called.
 * @param {import("../state/items.js").Items} items
 * @param {User} user
 * @param {() => void} changed
 */
export function blockChoice(items, user, changed) {
  const set = /** @param {true | null} value */ async (value) => {
    await items.set(BLOCKS, user.id, value);
    changed();
  };
  const element = h("div", { class: "block-choice" });
  if (isBlocked(items, user.id)) {
    element.append(h("p", {}, gettext("You have blocked this person.")), button({ class: "button quiet" }, () => void set(null), gettext("Unblock")));
    return element;
  }
  const text = gettext("They can’t send you direct messages any more, and what they write in rooms is folded for you. They are not notified.");
  const yes = interpolate(gettext("Block %(name)s"), { name: user.name });
  const opener = button({ class: "button bare", "aria-expanded": "false" }, () => ask(), icon("mute"), gettext("Block…"));
  const ask = () => {
    const box = question({ text, yes, act: () => set(true), cancel: () => (element.replaceChildren(opener), opener.focus()) });
    element.replaceChildren(box);
    box.querySelector("button")?.focus();
  };
  element.append(opener);
  return element;
}
