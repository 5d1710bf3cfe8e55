"""
Our server with one of its tricks switched off, to see what the trick buys.

    python -m bench.without NAME --host 127.0.0.1 --port 8000

The words after NAME are those of `chatproject.server`. The product itself has no such switch.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import chatproject.asgi
from chatproject.server import server, websocket


def direct_writes() -> None:
    """Every frame passes Twisted's transport, and Autobahn's and Daphne's objects of the connection."""

    class Unclear(websocket.DirectWriter):
        def refresh(self) -> None:
            self.is_clear = False

    websocket.DirectWriter = Unclear  # type: ignore[misc]


def whole_frame() -> None:
    """Autobahn parses every frame."""
    websocket.whole_text = lambda *_: None  # type: ignore[attr-defined]


def pipeline() -> None:
    """The statements of a group commit go to PostgreSQL one by one, from the writer's thread: compare `loop-commit`."""
    from django.db import transaction

    from chat.store import pipeline as pipeline_of_statements
    from chat.store import post_messages

    def one_by_one(connection: Any, statements: Iterable[Any], before_commit_ack: Callable[[Any], Any]) -> Any:
        with transaction.atomic(using=connection.alias):
            return before_commit_ack(pipeline_of_statements.ask(connection, statements))

    post_messages.transact = one_by_one  # type: ignore[attr-defined]
    loop_commit()


def loop_commit() -> None:
    """A thread waits for the group commit instead of the event loop."""
    from chat.live import writer

    writer.connection_for_loop = lambda: None  # type: ignore[attr-defined]


def one_hop() -> None:
    """Django's own handler, which goes to a thread and back for each middleware."""
    from django.core.handlers.asgi import ASGIHandler

    chatproject.asgi.application.application_mapping["http"] = ASGIHandler()


def room_cache() -> None:
    """What readers of a room see is read and encoded again for each of them."""
    from chat.queries.room_cache import VersionedLRU

    VersionedLRU.find = lambda *_: None  # type: ignore[method-assign]


def gc_freeze() -> None:
    """Python's own garbage collection."""
    server._settle_garbage_collection = lambda: None  # noqa: SLF001


TRICKS: dict[str, Callable[[], None]] = {
    switch_off.__name__.replace("_", "-"): switch_off
    for switch_off in (direct_writes, whole_frame, pipeline, loop_commit, one_hop, room_cache, gc_freeze)
}


def main() -> None:
    """Switch the trick off and serve."""
    TRICKS[sys.argv.pop(1)]()
    server.main()


if __name__ == "__main__":
    main()
