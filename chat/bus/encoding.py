"""Events as dicts for the channel layer, and back.

In a deployment, processes of the previous version send and receive them as well. So no name in a dict may change. A
process ignores names that it does not know. For an event that lacks a name, or has an unknown type, `decode` raises
DecodeError, and the caller reads from the database what changed. The exception is a field marked `may_be_absent`, which
was added later: the earlier version could not have set it, so it has its default.
"""

from collections.abc import Callable
from dataclasses import Field, fields
from itertools import starmap
from typing import Any, NamedTuple, get_args, get_origin

from chat.bus.events import Event

EncodedEvent = dict[str, Any]


class DecodeError(Exception):
    """A process of another version published an event that this one can't decode."""


class _Layout(NamedTuple):
    """The dict of one class of events: what is the same in all of them, and their fields.

    `names` are the names of each field in the class and in the dict. `items` are the positions of those fields that are
    tuples, with the class of their items. `defaults` are the values of names that may be absent.
    """

    event_class: Callable[..., Event]
    tags: dict[str, str]
    names: tuple[tuple[str, str], ...]
    items: tuple[tuple[int, Callable[..., Any]], ...]
    defaults: dict[str, Any]


def _layout(event_class: type[Event]) -> _Layout:
    kind = getattr(event_class, "KIND", None)
    tags = {"type": event_class.TYPE} if kind is None else {"type": event_class.TYPE, "kind": kind}
    encoded = [field for field in fields(event_class) if _name_in_dict(field) is not None]
    names = tuple((field.name, _name_in_dict(field)) for field in encoded)
    items = [(position, _item_class(field)) for position, field in enumerate(encoded)]
    items_of = tuple((position, found) for position, found in items if found is not None)
    defaults = {_name_in_dict(field): field.default for field in encoded if field.metadata.get("may_be_absent")}
    return _Layout(event_class, tags, names, items_of, defaults)


def _name_in_dict(field: Field[Any]) -> Any:
    return field.metadata.get("encoded_as", field.name)


def _item_class(field: Field[Any]) -> Callable[..., Any] | None:
    return get_args(field.type)[0] if get_origin(field.type) is tuple else None


EVENT_CLASSES: tuple[type[Event], ...] = get_args(Event)

_LAYOUTS = {event_class: _layout(event_class) for event_class in EVENT_CLASSES}
_LAYOUT_OF_TAGS = {(layout.tags["type"], layout.tags.get("kind")): layout for layout in _LAYOUTS.values()}


def encode(event: Event, *, origin: str) -> EncodedEvent:
    """Return the dict of an event that the process `origin` publishes."""
    _class, tags, names, _items, _defaults = _LAYOUTS[type(event)]
    encoded: EncodedEvent = {"origin": origin, **tags}
    for name, encoded_as in names:
        encoded[encoded_as] = getattr(event, name)
    return encoded


def decode(encoded: EncodedEvent) -> Event:
    """Inverse of `encode`, with lists instead of tuples as a layer delivers them. Raises DecodeError."""
    tags: tuple[Any, Any] = encoded.get("type"), encoded.get("kind")
    try:
        event_class, _tags, names, items, defaults = _LAYOUT_OF_TAGS[tags]
    except (KeyError, TypeError):
        raise DecodeError(f"unknown type {tags}") from None
    try:
        known = {**defaults, **encoded} if defaults else encoded
        values = [known[encoded_as] for _name, encoded_as in names]
        for position, item_class in items:
            values[position] = tuple(starmap(item_class, values[position]))
        return event_class(*values)
    except (KeyError, TypeError) as error:
        raise DecodeError(f"unknown layout of {tags}: {error!r}") from error
