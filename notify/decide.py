"""Which message deserves which notification. Everything that notifies asks `decide`.

The browser's twin is `chat/static/chat/js/lib/notify_decision.js`; `tests/harness/notify_decisions.json` tests both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["all", "mentions", "none"]
Mention = Literal["", "me", "everyone"]
Channel = Literal["count", "dot", "desktop", "sound", "push", "mail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a message, its reader, and one of their devices.

    `blocked`: the reader has blocked the author. `direct`: the room is a direct one.
    `level` is that of the room, or the person's default. `quiet`: during quiet hours or a pause. `viewed`: the reader
    looks at the room in this browser. `desktop` and `sound`: allowed there. `push` and `mail`: the reader has a device
    or an address for them. `connected`: some browser of the reader is connected, which notifies by itself.
    """

    level: Level
    system: bool = False
    own: bool = False
    deleted: bool = False
    read: bool = False
    blocked: bool = False
    mention: Mention = ""
    direct: bool = False
    quiet: bool = False
    viewed: bool = False
    desktop: bool = False
    sound: bool = False
    push: bool = False
    mail: bool = False
    connected: bool = False


def decide(facts: Facts) -> frozenset[Channel]:
    """Return the channels that notify of a message.

    `count` adds it to the number at the title of the page, `dot` shows there that something is unread.
    """
    badge = _badge(facts)
    if badge is None:
        return frozenset()
    interrupting = frozenset[Channel]() if _is_silent(facts) else _interrupting(facts)
    return interrupting | {badge}


def _badge(facts: Facts) -> Literal["count", "dot"] | None:
    """A room without notifications counts only what names the reader, and does not interrupt them."""
    if facts.own or facts.blocked or facts.system or facts.deleted or facts.read or facts.viewed:
        return None
    if facts.level == "none":
        return "count" if facts.mention == "me" else None
    if facts.mention or facts.direct:
        return "count"
    return "dot" if facts.level == "all" else None


def _is_silent(facts: Facts) -> bool:
    return facts.quiet or facts.level == "none"


def _interrupting(facts: Facts) -> frozenset[Channel]:
    """A connected browser notifies by itself. Mail is only for what is said to the reader."""
    away = not facts.connected
    possible: dict[Channel, bool] = {
        "desktop": facts.desktop,
        "sound": facts.sound,
        "push": facts.push and away,
        "mail": facts.mail and away and bool(facts.mention or facts.direct),
    }
    return frozenset(channel for channel, is_possible in possible.items() if is_possible)


def is_quiet(quiet_hours: Mapping[str, Any] | None, *, weekday: int, minute: int) -> bool:
    """Whether a local time, with its ISO weekday, is within quiet hours. They may go on after midnight."""
    if quiet_hours is None:
        return False
    start, end = quiet_hours["from"], quiet_hours["to"]
    days = quiet_hours.get("days", range(1, 8))
    if start < end:
        return weekday in days and start <= minute < end
    yesterday = (weekday - 2) % 7 + 1
    return (weekday in days and minute >= start) or (yesterday in days and minute < end)
