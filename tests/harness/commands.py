"""A valid command of each type."""

import uuid
from typing import Any

from chat.protocol.commands import COMMANDS


def example(name: str, *, room: int, message: int, person: int) -> dict[str, Any]:
    """A valid command of this type."""
    values: dict[str, Any] = {
        "room": room,
        "message": message,
        "people": [person],
        "key": "k" if name == "set_item" else str(uuid.uuid4()),
        "kind": "draft",
        "value": None,
        "body": "hi",
        "emoji": "👍",
        "on": True,
        "position": 0,
        "choices": [],
        "reason": "spam",
        "before": 99,
        "state": "here",
        "query": "hi",
        "url": "https://example.com/",
    }
    fields = COMMANDS[name].model_fields
    given = {field: values[field] for field in fields if field in values}
    return {**given, "type": name}
