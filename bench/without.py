"""Our server with one optimisation switched off, to measure its gain.

    python -m bench.without NAME --host 127.0.0.1 --port 8000

The arguments after NAME are those of `chatproject.server`, or `work` to run `manage.py work`. The product itself
has no such switch.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management import execute_from_command_line

import chatproject.asgi
from chatproject.server import server, websocket


def direct_writes() -> None:
    """Write every frame through Twisted's transport and the connection objects of Autobahn and Daphne."""

    class Unclear(websocket.DirectWriter[Any]):
        def refresh(self) -> None:
            self.is_clear = False

    websocket.DirectWriter = Unclear  # type: ignore[misc]


def whole_frame() -> None:
    """Parse every frame with Autobahn."""
    websocket.whole_text = lambda *_: None  # type: ignore[attr-defined]


def pipeline() -> None:
    """Send the statements of a group commit one by one, from the writer's thread. Compare with `loop-commit`."""
    from django.db import transaction

    from chat.store import pipeline as pipeline_of_statements
    from chat.store import post_messages

    def one_by_one(connection: Any, statements: Iterable[Any], before_commit_ack: Callable[[Any], Any]) -> Any:
        with transaction.atomic(using=connection.alias):
            return before_commit_ack(pipeline_of_statements.ask(connection, statements))

    post_messages.transact = one_by_one  # type: ignore[attr-defined]
    loop_commit()


def loop_commit() -> None:
    """Wait for the group commit in a thread instead of on the event loop."""
    from chat.live import writer

    writer.connection_for_loop = lambda: None  # type: ignore[attr-defined]


def one_hop() -> None:
    """Use Django's own handler, which hops to a thread and back for each middleware."""
    from django.core.handlers.asgi import ASGIHandler

    chatproject.asgi.application.application_mapping["http"] = ASGIHandler()


def room_cache() -> None:
    """Read and encode the contents of a room for each reader."""
    from chat.queries.room_cache import VersionedLRU

    VersionedLRU.find = lambda *_: None  # type: ignore[method-assign]


def gc_freeze() -> None:
    """Use Python's default garbage collection."""
    server._settle_garbage_collection = lambda: None  # noqa: SLF001


def search() -> None:
    """Keep no search index, in the process that derives."""
    from chat.derive import registry

    registry.DERIVERS.pop("search")


OPTIMISATIONS: dict[str, Callable[[], None]] = {
    switch_off.__name__.replace("_", "-"): switch_off
    for switch_off in (direct_writes, whole_frame, pipeline, loop_commit, one_hop, room_cache, gc_freeze, search)
}


def main() -> None:
    """Switch the optimisation off, and serve."""
    OPTIMISATIONS[sys.argv.pop(1)]()
    if sys.argv[1:] == ["work"]:
        execute_from_command_line(sys.argv)
    else:
        server.main()


if __name__ == "__main__":
    main()
