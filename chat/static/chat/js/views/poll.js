/** The choices of a poll: buttons to vote with, or results. Elements are kept while the poll changes, so the focus stays. */
import { button, h, icon } from "../lib/dom.js";
import { gettext, interpolate, ngettext } from "../lib/i18n.js";
import { lateStyles } from "../lib/late_styles.js";
import { written } from "../lib/text.js";
import { avatar } from "./people.js";

/** @typedef {import("./rows.js").MessageRow} MessageRow */
/** @typedef {import("./message.js").Context} Context */
/** @typedef {import("../net/protocol.js").User} User */
/** @typedef {import("../net/protocol.js").Message} Message */

/**
 * @typedef {object} PollContext
 * @property {string} styles address of the style sheet
 * @property {() => number} members how many people are in the room
 * @property {(id: number) => User | null} user somebody in the room
 * @property {(message: Message) => boolean} mayClose
 * @property {(message: Message, choices: number[]) => void} vote
 * @property {(message: Message) => void} close
 */

/** Most faces beside a choice. */
const FACES = 3;

/** @type {WeakMap<HTMLElement, PollView>} */
const views = new WeakMap();

/**
 * @param {HTMLElement} place
 * @param {MessageRow} row
 * @param {Context} context
 */
export function draw(place, row, context) {
  let view = views.get(place);
  if (!view) views.set(place, (view = new PollView(place, row.message)));
  view.draw(row, context);
  void lateStyles(context.polls.styles).catch(() => {});
}

class PollView {
  #group = h("div", { class: "ballot" });
  #summary = h("span", {});
  #how = h("span", {});
  #withdraw;
  #close;
  /** @type {Option[]} */
  #options = [];
  /** @type {{row: MessageRow, context: Context} | null} */
  #drawn = null;

  /**
   * @param {HTMLElement} place
   * @param {Message} message
   */
  constructor(place, { extras, id }) {
    const isMultiple = Boolean(extras.poll?.multiple);
    this.#group.setAttribute("role", isMultiple ? "group" : "radiogroup");
    this.#group.classList.toggle("several", isMultiple);
    const question = place.parentElement?.querySelector(":scope > .body")?.id;
    if (question) this.#group.setAttribute("aria-labelledby", question);
    for (const choice of extras.poll?.choices ?? []) {
      this.#options.push(new Option({ text: choice.text, number: this.#options.length + 1, type: isMultiple ? "checkbox" : "radio", name: `poll-${id}`, changed: () => this.#vote() }));
    }
    this.#group.append(...this.#options.map(({ element }) => element));
    this.#withdraw = button({ class: "linklike", tabindex: "-1" }, () => this.#send([]), gettext("Withdraw my vote"));
    this.#close = button({ class: "linklike", tabindex: "-1" }, () => this.#drawn?.context.polls.close(this.#drawn.row.message), gettext("Close the poll"));
    place.replaceChildren(this.#group, h("footer", {}, this.#summary, this.#how), h("div", { class: "acts" }, this.#withdraw, this.#close));
  }

  /**
   * @param {MessageRow} row
   * @param {Context} context
   */
  draw(row, context) {
    this.#drawn = { row, context };
    const { message, poll: state } = row;
    const { poll } = message.extras;
    if (!poll || !state) return;
    const isClosed = state.isClosing || isOver(poll, context.now());
    const mayVote = !isClosed && context.mayReact();
    const voters = votersWith(poll, state);
    for (const [index, option] of this.#options.entries()) {
      const number = index + 1;
      const held = poll.choices[index] ?? { text: "" };
      const isMine = state.wanted.includes(number);
      const votes = (held.votes ?? 0) + Number(isMine) - Number(state.own.includes(number));
      const people = (held.users ?? []).flatMap((id) => context.polls.user(id) ?? []);
      const isHidden = Boolean(poll.hidden && !poll.closed_at);
      option.draw({ votes: isHidden ? null : Math.max(0, votes), share: voters ? Math.max(0, votes) / voters : 0, people, isMine, mayVote });
    }
    this.#summary.textContent = summaryOf(poll, voters, { ...context, isClosed });
    this.#how.textContent = [poll.multiple ? gettext("Several choices") : gettext("One choice each"), poll.anonymous && gettext("Anonymous")].filter(Boolean).join(" · ");
    this.#withdraw.hidden = !mayVote || !state.wanted.length;
    this.#close.hidden = isClosed || !context.polls.mayClose(message);
  }

  #vote() {
    this.#send(this.#options.flatMap((option, index) => (option.isChecked ? [index + 1] : [])));
  }

  /** @param {number[]} choices */
  #send(choices) {
    const drawn = this.#drawn;
    if (!drawn) return;
    const hadFocus = this.#withdraw === document.activeElement;
    drawn.context.polls.vote(drawn.row.message, choices);
    if (hadFocus) this.#options[0]?.focus();
  }
}

class Option {
  #input;
  #faces = h("span", { class: "faces", "aria-hidden": "true" });
  #votes = h("b", { "aria-hidden": "true" });
  #bar = h("i", { class: "share" });

  /** @param {{text: string, number: number, type: string, name: string, changed: () => void}} what */
  constructor({ text, number, type, name, changed }) {
    this.text = text;
    // Radio buttons of one group have one name, so that arrow keys move among them.
    this.#input = h("input", { class: "visually-hidden", type, name, value: number, tabindex: "-1" });
    this.#input.addEventListener("change", changed);
    const tick = h("span", { class: "tick", "aria-hidden": "true" }, icon("check"));
    this.element = h("label", { class: "opt" }, this.#input, this.#bar, tick, h("span", { class: "text", ...written(text) }, text), this.#faces, this.#votes);
  }

  get isChecked() {
    return this.#input.checked;
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  /** @param {{votes: number | null, share: number, people: User[], isMine: boolean, mayVote: boolean}} how */
  draw({ votes, share, people, isMine, mayVote }) {
    this.#input.checked = isMine;
    this.#input.disabled = !mayVote;
    this.element.classList.toggle("chosen", isMine);
    this.element.classList.toggle("open", mayVote);
    this.#bar.style.inlineSize = `${votes === null ? 0 : Math.round(Math.min(1, share) * 100)}%`;
    this.#votes.textContent = votes === null ? "" : String(votes);
    this.#faces.replaceChildren(...people.slice(0, FACES).map((user) => avatar(user, { tiny: true })));
    this.#input.setAttribute("aria-label", votes === null ? this.text : `${this.text}, ${votesOf(votes, people)}`);
    this.element.title = people.map(({ name }) => name).join(", ");
  }
}

/**
 * @param {number} votes
 * @param {User[]} people
 */
function votesOf(votes, people) {
  const count = interpolate(ngettext("%(count)s vote", "%(count)s votes", votes), { count: votes });
  return people.length ? `${count}: ${people.map(({ name }) => name).join(", ")}` : count;
}

/**
 * @param {import("../net/protocol.js").Poll} poll
 * @param {number} now
 */
function isOver({ closed_at: closed, closes_at: closes }, now) {
  return Boolean(closed) || (closes !== undefined && Date.parse(closes) <= now);
}

/**
 * How many people have voted, with the reader's vote that is not acked.
 * @param {import("../net/protocol.js").Poll} poll
 * @param {import("./rows.js").PollState} state
 */
function votersWith({ voters = 0 }, { own, wanted }) {
  return Math.max(0, voters + Number(wanted.length > 0) - Number(own.length > 0));
}

/**
 * "6 of 6 voted · closes at 11:30".
 * @param {import("../net/protocol.js").Poll} poll
 * @param {number} voters
 * @param {Context & {isClosed: boolean}} context
 */
function summaryOf({ hidden, closes_at: closes, closed_at: closed }, voters, { dates, now, polls, isClosed }) {
  const members = polls.members();
  const values = { count: voters, members };
  const voted = members >= voters ? gettext("%(count)s of %(members)s voted") : ngettext("%(count)s person voted", "%(count)s people voted", voters);
  const parts = [interpolate(voted, values)];
  if (isClosed) parts.push(gettext("Closed"));
  else if (closes) {
    const isToday = dates.day(closes) === dates.day(new Date(now()).toISOString());
    const when = { day: dates.dayLabel(closes, now()), time: dates.time(closes) };
    parts.push(interpolate(isToday ? gettext("closes at %(time)s") : gettext("closes on %(day)s, %(time)s"), when));
  }
  if (hidden && !closed) parts.push(gettext("Results are shown when it is closed"));
  return parts.join(" · ");
}
