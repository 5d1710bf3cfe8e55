"""The index beside SQLite: a file of its own, so that filling it keeps no sender waiting."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from search.index import BEING_BUILT, TOOK_TOO_LONG, Ask, Index, IndexUnavailable, NewIndex
from search.index_file import BUCKET, SCHEMA, IndexFile, is_damage, the_file
from search.new_file import new_file
from search.tokens import MARK, Wanted

AT_ONCE = 200

NO_MESSAGE = f"{MARK}none"
"""A token that no message has."""

STEPS_BETWEEN_LOOKS = 1_000
"""After how many steps of its virtual machine SQLite looks whether the time is over."""


class FileIndex(Index):
    """Finds messages in the file. Without it, nothing is found until it is there."""

    is_outside = True

    def is_of(self, epoch: int) -> bool:
        identity = the_file().identity()
        return identity is not None and (identity.version, identity.epoch) == (SCHEMA, epoch)

    def new(self) -> AbstractContextManager[NewIndex]:
        return new_file(the_file())

    def find(self, ask: Ask, *, seconds: float) -> Iterator[Sequence[int]]:
        until = time.monotonic() + seconds
        file = the_file()
        try:
            for bucket in file.buckets():
                if bucket * BUCKET < ask.high:
                    yield from _find_in(file, bucket, ask, until)
        except sqlite3.Error as error:
            if is_damage(error):
                file.discard()
            took_too_long = time.monotonic() > until
            raise IndexUnavailable(TOOK_TOO_LONG if took_too_long else BEING_BUILT) from error


def _find_in(file: IndexFile, bucket: int, ask: Ask, until: float) -> Iterator[Sequence[int]]:
    table, query, high = f"words_{bucket}", match(ask), ask.high
    sql = (
        f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid < ? "  # noqa: S608 (a number)
        "ORDER BY rowid DESC LIMIT ?"
    )
    while True:
        with file.reading() as connection:
            connection.set_progress_handler(lambda: time.monotonic() > until, STEPS_BETWEEN_LOOKS)
            ids = [pk for (pk,) in connection.execute(sql, [query, high, AT_ONCE])]
        if ids:
            yield ids
        if len(ids) < AT_ONCE:
            break
        high = ids[-1]
    if time.monotonic() > until:
        raise IndexUnavailable


def match(ask: Ask) -> str:
    """A query in the syntax of FTS5.

    NOT keeps FTS5 from taking words and groups for one list, all of which it moves forward at each message that has one
    of the words. So the groups, of perhaps hundreds of rooms, are moved only to messages that have all words.
    """
    words = f"(({' AND '.join(map(_quoted, ask.tokens))}) NOT {_quoted(Wanted(NO_MESSAGE))})"
    groups = [f"({' OR '.join(_quoted(Wanted(token)) for token in sorted(group))})" for group in ask.one_of]
    return " AND ".join([words, *groups])


def _quoted(wanted: Wanted) -> str:
    escaped = wanted.token.replace('"', '""')
    return f'"{escaped}"' + ("*" if wanted.is_prefix else "")
