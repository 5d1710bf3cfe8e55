"""Parses the messages of the team in `talk/`.

A file is plain text. `@3` begins the working day three before the last one. A message is a line `09:12 ada: text`;
lines below it that are indented by six spaces belong to its text. `ada #plan:` names a message, and `ada ^plan:`
replies to the message of that name; `ada >plan:` replies in its thread, `ada >>plan:` there and in the room. Indented
by two spaces, `~ text` is the text after an edit, `+ 👍 mina joon` are reactions, `! mina` pins it,
`? text: mina joon` is a choice of a poll with who voted for it, `= one.png | two.pdf` are files, and `✗` marks a
deletion. `--` marks how far the owner has read, `-- ada joon` how far these people have.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from chat.demo.cast import TALK, DemoRoom

_DAY = re.compile(r"@(\d+)$")
_SAID = re.compile(r"(\d\d):(\d\d) (\w+)(?: #(\w+))?(?: (\^|>>?)(\w+))?: (.*)$")

TEXT_INDENT = 6 * " "
FRIDAY = 4


@dataclass(slots=True)
class Line:
    """A message. `day` counts working days back from the last one; `reactions` are emoji with who used them, `choices`
    those of a poll with who voted for them.

    `place` is `^` for a reply that quotes what it answers, `>` for one in the thread of that, and `>>` for one in the
    room as well.
    """

    day: int
    at: time
    who: str
    body: str
    name: str | None = None
    answers: str | None = None
    place: str = ""
    edited: str | None = None
    reactions: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, list[str]]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    pinned_by: str | None = None
    deleted: bool = False

    def moment(self, last_day: date, zone: tzinfo) -> datetime:
        """The time of the message, if the talk ends on `last_day`."""
        return datetime.combine(working_day(last_day, self.day), self.at, zone)


@dataclass(slots=True)
class Talk:
    """The messages of a room in order; the owner has read the first `read` of them, others as many as `behind` says."""

    lines: list[Line] = field(default_factory=list)
    read: int | None = None
    behind: dict[str, int] = field(default_factory=dict)


def talk(room: DemoRoom) -> Talk:
    """The messages of a room. Raises ValueError with the line number if its file is malformed."""
    return parse((TALK / f"{room.talk}.txt").read_text(encoding="utf-8"))


def parse(text: str) -> Talk:
    """Parse the text of a file."""
    found, day = Talk(), 0
    for raw in filter(str.strip, text.splitlines()):
        line, last = raw.strip(), found.lines[-1] if found.lines else None
        if match := _DAY.match(raw):
            day = int(match[1])
        elif match := _SAID.match(raw):
            hour, minute, who, name, place, answers, body = match.groups()
            found.lines.append(Line(day, time(int(hour), int(minute)), who, body, name, answers, place or ""))
        elif line == "--":
            found.read = _in_the_room(found.lines)
        elif line.startswith("-- "):
            found.behind |= dict.fromkeys(line[3:].split(), _in_the_room(found.lines))
        elif not raw.startswith(" ") or last is None:
            raise ValueError(f"Nobody says this: {raw!r}")
        else:
            _add_below(last, raw)
    return found


def _add_below(message: Line, raw: str) -> None:
    """Add what stands below a message: more of its text, or what happened to it."""
    line = raw.strip()
    if raw.startswith(TEXT_INDENT):
        message.body += f"\n{raw.removeprefix(TEXT_INDENT)}"
    elif line == "✗":
        message.deleted = True
    elif line.startswith("! "):
        message.pinned_by = line[2:]
    elif line.startswith("~ "):
        message.edited = line[2:]
    elif line.startswith("= "):
        message.files += line[2:].split(" | ")
    elif line.startswith("? "):
        choice, _colon, voters = line[2:].rpartition(": ")
        message.choices.append((choice, voters.split()))
    elif line.startswith("+ "):
        emoji, *people = line[2:].split()
        message.reactions += [(emoji, who) for who in people]
    else:
        raise ValueError(f"Below a message, this means nothing: {raw!r}")


def _in_the_room(lines: list[Line]) -> int:
    """How many of these messages are in the room itself."""
    return sum(line.place != ">" for line in lines)


def working_day(last: date, back: int) -> date:
    """The day `back` working days before the working day `last`."""
    day = last
    for _ in range(back):
        day = previous_working_day(day)
    return day


def previous_working_day(day: date) -> date:
    """The last Monday to Friday before a day."""
    return next(before for before in _back_from(day) if before.weekday() <= FRIDAY)


def _back_from(day: date) -> Iterator[date]:
    while True:
        day -= timedelta(days=1)
        yield day


def last_day(now: datetime, ends: time) -> date:
    """The newest working day on which the time `ends` is not after `now`."""
    is_over = now.weekday() <= FRIDAY and now.time() > ends
    return now.date() if is_over else previous_working_day(now.date())
