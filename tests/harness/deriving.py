"""A deriver whose rows can be compared with the messages, and faults between any two statements."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from chat.derive.deriver import Change, Deriver, Watch
from chat.derive.hints import Hints
from chat.derive.runner import Runner
from chat.models import Message, Room

TABLE = "derived_by_tests"
CREATE = f"CREATE TABLE {TABLE} (message_id bigint PRIMARY KEY, room_id bigint, body text, extras text)"
UPSERT = f"""
INSERT INTO {TABLE} (message_id, room_id, body, extras) VALUES (%s, %s, %s, %s)
ON CONFLICT (message_id) DO UPDATE SET body = excluded.body, extras = excluded.extras
"""


class Copies(Deriver):
    """Keeps a copy of every message in a table, and remembers what it was given."""

    name = "copies"
    watches = Watch.NEW | Watch.TEXT | Watch.EXTRAS

    def __init__(self) -> None:
        self.given: list[tuple[Watch, int]] = []
        """The kind of each change, and the position of its message."""

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        self.given += [(change.kind, change.message.position) for change in changes]
        with connection.cursor() as cursor:
            cursor.executemany(UPSERT, [copy_of(change.message) for change in changes])


def copy_of(message: Message) -> tuple[Any, ...]:
    return message.pk, message.room_id, message.body, str(message.extras)


def copies() -> set[tuple[Any, ...]]:
    """The rows that were derived."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT message_id, room_id, body, extras FROM {TABLE}")
        return set(cursor.fetchall())


def rebuilt() -> set[tuple[Any, ...]]:
    """The rows that a deriver would have if it began now."""
    return {copy_of(message) for message in Message.objects.all()}


@contextmanager
def table_of_copies() -> Iterator[None]:
    """The table, for as long as a test needs it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(CREATE)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


class Clock:
    """A clock in the hands of the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def runner_of(*derivers: Deriver, clock: Callable[[], float] | None = None, hints: Hints | None = None) -> Runner:
    """A runner as another process would have it."""
    return Runner({deriver.name: deriver for deriver in derivers}, hints or Hints(), clock=clock or Clock())


def catch_up(runner: Runner) -> None:
    """Compare, and let the derivers take turns until none is behind."""
    runner.compare()
    while runner.has_waiting():
        runner.visit_next()


class KilledError(BaseException):
    """What a process meets that is killed: no code of ours catches it."""


@contextmanager
def at_statement(number: int, act: Callable[[], None]) -> Iterator[list[str]]:
    """Call `act` before the statement with this number, once. Yields the statements so far."""
    said: list[str] = []

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        if len(said) == number:
            act()
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield said


def die() -> None:
    raise KilledError
