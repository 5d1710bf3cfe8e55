"""Frames as a client holds them: with the documented defaults of all fields that were left out."""

import json
from functools import cache
from typing import Any

from pydantic import BaseModel


@cache
def shapes_by_field() -> dict[str, type[BaseModel]]:
    """The shapes by the names of the fields that hold them, alone or in a list. Imported late: they need settings."""
    from chat.protocol import shapes

    return {
        "messages": shapes.Message,
        "message": shapes.Message,
        "extras": shapes.Extras,
        "users": shapes.User,
        "user": shapes.User,
        "author": shapes.User,
        "members": shapes.Member,
        "mine": shapes.Mine,
        "rooms": shapes.RoomSummary,
        "room": shapes.RoomSummary,
        "info": shapes.RoomInfo,
        "last_message": shapes.Excerpt,
    }


def read_open_reply(text: str) -> dict[str, Any]:
    """The fields of a reply to `open`, with their defaults."""
    from chat.protocol import events

    reply: dict[str, Any] = json.loads(text)
    _fill(events.OpenReply, reply)
    return _filled(reply)


def read_frame(text: str) -> dict[str, Any]:
    """A frame with its defaults."""
    from chat.protocol import events

    frame: dict[str, Any] = json.loads(text)
    model = events.EVENTS.get(frame["type"])
    if model is not None and frame["type"] != "reply":
        _fill(model, frame)
    elif "revision" in frame:
        _fill(events.OpenReply, frame)
    elif "has_newer" in frame or "has_older" in frame or "messages" in frame:
        _fill(events.HistoryReply, frame)
    return _filled(frame)


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    for name, value in found.items():
        shape = shapes_by_field().get(name)
        is_one = isinstance(value, dict)
        if shape is None or (is_one and name in {"extras", "rooms"}):  # a message's extras, and the reply to ping
            continue
        items = value if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, dict):
                _fill(shape, item)
                _filled(item)
    return found


def _fill(model: type[BaseModel], found: dict[str, Any]) -> None:
    for name, field in model.model_fields.items():
        if not field.is_required() and not field.exclude:
            default = field.get_default(call_default_factory=True)
            found.setdefault(name, list(default) if isinstance(default, tuple) else default)
    if "html" in found and found["html"] is None:
        from chat.protocol.plain import plain

        found["html"] = "" if found["deleted"] else plain(found["body"])
    if "counted" in found and found["counted"] is None:
        found["counted"] = found.get("message_count", found.get("position"))
