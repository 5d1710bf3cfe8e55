"""Sample `changes` frames as described in docs/protocol.md, with messages of 100 ASCII characters."""

import json
import random
import uuid
from collections.abc import Callable

from bench.contenders import ROOT

CHARACTERS = 100
WORDS = (
    "the of and to in room message about when people write tomorrow lunch meeting please can you review my branch "
    "deploy server broken thanks okay sure later today maybe think good morning everyone who has time for this release"
)


def words(dice: random.Random) -> str:
    """A text of common words."""
    return " ".join(dice.choices(WORDS.split(), k=CHARACTERS))[:CHARACTERS]


def prose(dice: random.Random) -> str:
    """A passage of this project's documentation, which is more varied than chat."""
    start = dice.randrange(len(_PROSE) - CHARACTERS)
    return _PROSE[start : start + CHARACTERS]


BODIES: dict[str, Callable[[random.Random], str]] = {"common words": words, "prose": prose}

_PROSE = " ".join(
    " ".join(path.read_text().encode("ascii", "ignore").decode().split())
    for path in sorted((ROOT / "bench" / "prose").glob("*.md"))
)


def changes(messages: int, body: Callable[[random.Random], str]) -> str:
    """The text of a frame with `count` new messages of different people."""
    dice = random.Random(messages)
    return json.dumps(
        {
            "type": "changes",
            "room": 17,
            "since": 6233,
            "revision": 6233 + messages,
            "messages": [_message(number, body(dice), dice) for number in range(messages)],
        },
        separators=(",", ":"),
    )


def _message(number: int, body: str, dice: random.Random) -> dict[str, object]:
    return {
        "id": 100_234 + number,
        "position": 5123 + number,
        "revision": 6234 + number,
        "key": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "author": dice.randrange(1, 2000),
        "created_at": f"2026-11-29T02:20:{number % 60:02d}.{dice.randrange(10**6):06d}Z",
        "body": body,
    }


def reaction() -> str:
    """A frame in which only the extras of one message changed."""
    changed = {
        "id": 100_234,
        "position": 5123,
        "revision": 6234,
        "extras": {"reactions": [{"emoji": "👍", "count": 2, "users": [12, 71]}]},
    }
    return json.dumps(
        {"type": "changes", "room": 17, "since": 6233, "revision": 6234, "extras": [changed]}, separators=(",", ":")
    )


def send_command() -> str:
    """The frame with which a client posts a message."""
    dice = random.Random(1)
    key = str(uuid.UUID(int=dice.getrandbits(128), version=4))
    return json.dumps({"type": "send", "ref": 12, "room": 17, "key": key, "body": words(dice)}, separators=(",", ":"))
