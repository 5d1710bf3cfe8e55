"""The states in which others see a person."""

from collections.abc import Collection
from enum import StrEnum


class State(StrEnum):
    """Whether a person is connected, and what their devices say of them."""

    HERE = "here"
    AWAY = "away"
    """Connected, but they have not touched any of their devices for a while."""

    BUSY = "busy"
    """Connected, and nothing may interrupt them."""

    GONE = "gone"
    """Not connected, or they hide whether they are."""

    UNKNOWN = "unknown"
    """The server does not know at the moment."""


CONNECTED = (State.AWAY, State.HERE, State.BUSY)
"""States of connections. Of several connections of a person, the last one in this order counts."""


def strongest(states: Collection[str]) -> State:
    """The state of a person whose connections have these, which are not empty."""
    return max((State(state) for state in states), key=CONNECTED.index)
