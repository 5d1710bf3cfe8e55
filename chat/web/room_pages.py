"""Pages about a room that apps beside the chat add to its settings, in their `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from chat.models import Membership, Room, User


@dataclass(frozen=True, slots=True)
class RoomPage:
    """A page with the address of a room, and to whom its settings show a link to it."""

    view: str
    title: str | Promise
    about: str | Promise
    may: Callable[[User, Room, Membership | None], bool]


_pages: dict[str, RoomPage] = {}


def register(page: RoomPage) -> None:
    """Add a page."""
    _pages[page.view] = page


def room_pages(user: User, room: Room, membership: Membership | None) -> list[RoomPage]:
    """The pages that this person may open."""
    return [page for page in _pages.values() if page.may(user, room, membership)]
