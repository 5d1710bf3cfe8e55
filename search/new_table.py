"""Builds the table of the index in PostgreSQL again, beside the one that is in use."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.db import connection

from search.index import AlreadyBuildingError, Cursor, NewIndex
from search.table import joined

LOCK = 0x5EA2C4
"""Held while a table is built; PostgreSQL releases it when the process ends in any way."""

CREATE = "CREATE TABLE search_newtokens (LIKE search_messagetokens)"
DROP = "DROP TABLE IF EXISTS search_newtokens"
COPY = "COPY search_newtokens (message_id, tokens) FROM STDIN"
# Sorting in memory takes half of the time; the default is 64 MB.
COMPLETE = """
SET maintenance_work_mem = '256MB';
ALTER TABLE search_newtokens ADD CONSTRAINT search_newtokens_pkey PRIMARY KEY (message_id);
CREATE INDEX new_tokens ON search_newtokens USING gin (tokens);
RESET maintenance_work_mem;
ANALYZE search_newtokens
"""
# What others hold for long makes this fail, so that searches do not wait. Rows of messages that were removed meanwhile
# are not derived again; from the lock on, transactions that remove messages wait.
REPLACE = """
SET LOCAL lock_timeout = '3s';
LOCK TABLE search_messagetokens IN SHARE MODE;
DELETE FROM search_newtokens WHERE NOT EXISTS (SELECT FROM chat_message WHERE id = message_id);
DROP TABLE search_messagetokens;
ALTER TABLE search_newtokens RENAME TO search_messagetokens;
ALTER INDEX search_newtokens_pkey RENAME TO search_messagetokens_pkey;
ALTER INDEX new_tokens RENAME TO message_tokens
"""


class NewTable(NewIndex):
    """A table without indexes until it is complete."""

    def add(self, tokens: Mapping[int, set[str]]) -> None:
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for message, found in tokens.items():
                copy.write_row((message, joined(message, found)))

    def complete(self) -> None:
        _execute(COMPLETE)

    def put_in_place(self, cursors: Iterable[Cursor], *, space: str, epoch: int) -> None:
        _execute(REPLACE)


@contextmanager
def new_table() -> Iterator[NewTable]:
    """Begin to build a table; what is left of an earlier attempt is removed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyBuildingError
        try:
            cursor.execute(DROP)
            cursor.execute(CREATE)
            yield NewTable()
        finally:
            cursor.execute(DROP)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
