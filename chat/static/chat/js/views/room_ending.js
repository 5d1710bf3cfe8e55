/** Leaving a room; for who administers it also archiving it, opening it again and deleting it. Each says first what will happen. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { FormField, refusal } from "./form_field.js";
import { AskingRow } from "./question.js";

/** @typedef {import("../state/room.js").Room} Room */

export class RoomEnding {
  #room = /** @type {Room | null} */ (null);
  #confirmed = new FormField({
    label: gettext("Type the name of the room to delete it"),
    input: h("input", { class: "input", type: "text", autocomplete: "off", spellcheck: "false" }),
  });
  #wrong = h("p", { class: "wrong", role: "alert" });

  /** @param {(form: string, fields: Record<string, string>) => Promise<unknown>} send */
  constructor(send) {
    this.leave = new AskingRow({
      label: [icon("leave"), h("span", {}, gettext("Leave the room"))],
      yes: gettext("Yes, leave"),
      text: () => leaving(this.#room),
      act: () => send("room_leave", {}),
    });
    this.archive = new AskingRow({
      label: [icon("archive"), h("span", {}, gettext("Archive the room"))],
      isDangerous: true,
      yes: gettext("Yes, archive"),
      text: () => gettext("Nobody can then write in it, but everything stays readable. You can unarchive it again. An archived room can be deleted."),
      act: () => send("room_archive", {}).then(() => this.archive.close()),
    });
    this.reopen = button({ class: "set" }, () => void this.#reopen(send), icon("archive"), h("span", {}, gettext("Open the room again")));
    this.delete = new AskingRow({
      label: [icon("delete"), h("span", {}, gettext("Delete the room…"))],
      isDangerous: true,
      yes: gettext("Delete permanently"),
      text: () => deleting(this.#room),
      act: () => this.#delete(send),
      more: [this.#confirmed.element],
    });
    this.element = h("div", {}, this.leave.element, this.archive.element, this.reopen, this.delete.element, this.#wrong);
  }

  /** @param {Room} room */
  draw(room) {
    if (this.#room !== room) {
      for (const row of [this.leave, this.archive, this.delete]) row.close({ focus: false });
      this.#confirmed.input.value = this.#wrong.textContent = "";
      this.#confirmed.refuse("");
    }
    this.#room = room;
    const { archived } = room.summary;
    const mayAdminister = room.may("administer");
    const focused = document.activeElement;
    this.archive.element.hidden = !mayAdminister || archived;
    this.reopen.hidden = this.delete.element.hidden = !mayAdminister || !archived;
    if (focused instanceof HTMLElement && this.element.contains(focused) && focused.offsetParent === null) this.leave.opener.focus();
  }

  /** @param {(form: string, fields: Record<string, string>) => Promise<unknown>} send */
  async #reopen(send) {
    this.#wrong.textContent = "";
    await send("room_unarchive", {}).catch((error) => (this.#wrong.textContent = refusal(error)));
  }

  /** @param {(form: string, fields: Record<string, string>) => Promise<unknown>} send */
  async #delete(send) {
    this.#confirmed.refuse("");
    try {
      await send("room_delete", { name: this.#confirmed.input.value });
    } catch (error) {
      this.#confirmed.refuse(refusal(error, "name"));
      this.#confirmed.input.focus();
    }
  }
}

/** @param {Room | null} room */
function leaving(room) {
  if (!room) return "";
  const { kind, archived } = room.summary;
  if (kind === "public") return gettext("You can join again at any time.");
  if (room.members.size > 1) return gettext("To return, you will need a new invitation.");
  const last = gettext("You are the last person in this room. Once you leave, nobody can return to it or invite anybody, and nobody can read its messages any more.");
  if (!room.may("administer") || archived) return last;
  return [last, gettext("If you archive it instead, you can still read it.")].join(" ");
}

/** @param {Room | null} room */
function deleting(room) {
  const count = room?.summary.message_count ?? 0;
  const people = room?.members.size ?? 0;
  const lost = ngettext(
    "This can’t be undone: the one message of this room is deleted for everybody.",
    "This can’t be undone: all %(count)s messages of this room are deleted for everybody.",
    count,
  );
  const inside = ngettext("%(people)s person is in it.", "%(people)s people are in it.", people);
  return `${interpolate(lost, { count })} ${interpolate(inside, { people })}`;
}
