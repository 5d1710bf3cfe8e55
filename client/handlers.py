"""The handlers of a bot, by what they handle."""

from collections.abc import Callable
from typing import Any, TypeVar

from .happenings import Deleted, Edited, Happening, Joined, Left, Posted, Reacted

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Handlers:
    """Decorators that register functions. Several of one kind are called in the order of their registration."""

    def __init__(self) -> None:
        self.by_kind: dict[type[Happening], list[Callable[..., Any]]] = {}
        """The functions by what they handle."""

    def of(self, happening: Happening) -> list[Callable[..., Any]]:
        """The functions to call."""
        return self.by_kind.get(type(happening), [])

    def on_message(self, handler: Handler) -> Handler:
        """Call with each new message of a person."""
        return self._add(Posted, handler)

    def on_edit(self, handler: Handler) -> Handler:
        """Call with a message whose text has changed; perhaps once more after the bot was restarted."""
        return self._add(Edited, handler)

    def on_delete(self, handler: Handler) -> Handler:
        """Call with a message that was deleted."""
        return self._add(Deleted, handler)

    def on_reaction(self, handler: Handler) -> Handler:
        """Call with the Reactions to a message, when they have changed."""
        return self._add(Reacted, handler)

    def on_join(self, handler: Handler) -> Handler:
        """Call with the people who joined a room."""
        return self._add(Joined, handler)

    def on_leave(self, handler: Handler) -> Handler:
        """Call with the people who left a room."""
        return self._add(Left, handler)

    def _add(self, kind: type[Happening], handler: Handler) -> Handler:
        self.by_kind.setdefault(kind, []).append(handler)
        return handler
