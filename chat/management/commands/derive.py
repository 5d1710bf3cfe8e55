"""`manage.py derive`: lists the derivers, or lets one start again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.models import DeriverState, Room
from chat.protocol.errors import NotFound
from chat.queries.derivers import progress_of
from chat.services.deriving import rewind


class Command(BaseCommand):
    """Derives nothing itself: the server does, or `manage.py work`."""

    help = "List the derivers and how far they have come, or let one derive everything again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rewind",
            nargs="+",
            metavar=("NAME", "ROOM"),
            help="start this deriver again from the first message, in the room with this address or id, or in all",
        )

    def handle(self, *args: Any, rewind: list[str] | None = None, **options: Any) -> None:
        if rewind is None:
            self._list()
        elif len(rewind) > 2:
            raise CommandError("--rewind takes the name of a deriver and at most one room.")
        else:
            self._rewind(*rewind)

    def _list(self) -> None:
        for state in DeriverState.objects.order_by("name"):
            progress = progress_of(state)
            since = "" if progress.behind_since is None else f" since {progress.behind_since:%Y-%m-%d %H:%M:%S} UTC"
            error = f", last error: {state.error}" if state.error else ""
            self.stdout.write(f"{state.name}: {progress.rooms_behind} rooms behind{since}{error}")

    def _rewind(self, name: str, room: str = "") -> None:
        try:
            rewind(None, name=name, room_id=room_id(room) if room else None)
        except NotFound:
            raise CommandError(f"There is no deriver {name}, or no room {room}.") from None
        where = f"room {room}" if room else "all rooms"
        self.stdout.write(f"{name} starts again in {where}.")


def room_id(text: str) -> int:
    """The id of a room with this address or id. Raises NotFound."""
    found = Room.objects.filter(slug=text).first()
    if found is None and text.isascii() and text.isdecimal():
        found = Room.objects.filter(pk=int(text)).first()
    if found is None:
        raise NotFound
    return found.pk
