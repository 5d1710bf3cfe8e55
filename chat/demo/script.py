"""What the team says, read from the files in `talk/`.

A file is plain text. `@3` begins the working day three before the last one. A message is a line `09:12 ada: text`;
lines below it that are indented belong to its text. `ada #plan:` gives a message a name, and `ada ^plan:` answers the
one of that name, which the pages cannot show yet. Below a message, `~ text` is what it was edited into, and `✗` says
that it was deleted. `--` is how far the owner has read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from chat.demo.cast import TALK, DemoRoom

_DAY = re.compile(r"@(\d+)$")
_SAID = re.compile(r"(\d\d):(\d\d) (\w+)(?: #(\w+))?(?: \^(\w+))?: (.*)$")

FRIDAY = 4


@dataclass(slots=True)
class Line:
    """Something that is said. `day` counts working days back from the last one."""

    day: int
    at: time
    who: str
    body: str
    name: str | None = None
    answers: str | None = None
    edited: str | None = None
    deleted: bool = False

    def moment(self, last_day: date, zone: tzinfo) -> datetime:
        """When it is said, if the talk ends on `last_day`."""
        return datetime.combine(working_day(last_day, self.day), self.at, zone)


@dataclass(slots=True)
class Talk:
    """Everything that is said in a room, in its order; `read` counts how many of it the owner has read."""

    lines: list[Line] = field(default_factory=list)
    read: int | None = None


def talk(room: DemoRoom) -> Talk:
    """What is said in a room. Raises ValueError, with the line, where its file makes no sense."""
    return parse((TALK / f"{room.talk}.txt").read_text(encoding="utf-8"))


def parse(text: str) -> Talk:
    """A talk from the text of its file."""
    found, day = Talk(), 0
    for raw in filter(str.strip, text.splitlines()):
        line, last = raw.strip(), found.lines[-1] if found.lines else None
        if match := _DAY.match(raw):
            day = int(match[1])
        elif match := _SAID.match(raw):
            hour, minute, who, name, answers, body = match.groups()
            found.lines.append(Line(day, time(int(hour), int(minute)), who, body, name, answers))
        elif line == "--":
            found.read = len(found.lines)
        elif not raw.startswith(" ") or last is None:
            raise ValueError(f"Nobody says this: {raw!r}")
        elif line == "✗":
            last.deleted = True
        elif line.startswith("~ "):
            last.edited = line[2:]
        else:
            last.body += f"\n{line}"
    return found


def working_day(last: date, back: int) -> date:
    """The working day that lies `back` working days before `last`, itself one."""
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
    """The newest working day on which everything up to the hour `ends` has been said by `now`."""
    is_over = now.weekday() <= FRIDAY and now.time() > ends
    return now.date() if is_over else previous_working_day(now.date())
