"""What apps beside the chat add to the demo to what was said."""

from collections.abc import Callable

Addition = Callable[[], None]

_additions: dict[str, Addition] = {}


def register(name: str, addition: Addition) -> None:
    """Call this whenever a demo is created."""
    _additions[name] = addition


def add_all() -> None:
    """Add everything."""
    for addition in _additions.values():
        addition()
