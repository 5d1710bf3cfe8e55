"""Settings of the space, as an administrator would have changed them."""

from typing import Any

from chat.models import Space
from chat.queries.space import space_memory


def set_space(**values: Any) -> None:
    """Store these settings, and let this process know of them."""
    Space.objects.update(settings=values)
    space_memory.clear()
