"""The index in PostgreSQL: one row of tokens for each message, and an inverted index over these.

Each token begins with the number of a bucket of ids. So the inverted index has a list for each token and bucket, and a
search reads the lists of the newest messages first, however many others have the same words.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from time import monotonic

from django.db import OperationalError, connection, transaction

from search.index import Ask, Index, IndexUnavailable, NewIndex
from search.new_table import new_table
from search.table import BUCKET, PLACE
from search.tokens import Wanted

AT_ONCE = 200

# The buckets are read one after the other, until there are enough ids. "+ 0" keeps PostgreSQL from reading rows in the
# order of ids until some have the tokens: it does not know how many have them.
FIND = f"""
WITH ids AS (SELECT min(message_id) AS oldest, max(message_id) AS newest FROM search_messagetokens)
SELECT found.message_id
FROM ids
CROSS JOIN LATERAL generate_series(least(ids.newest, %s - 1) / {BUCKET}, ids.oldest / {BUCKET}, -1) AS bucket
CROSS JOIN LATERAL (
    SELECT message_id FROM search_messagetokens
    WHERE tokens @@ replace(%s, '{PLACE}', bucket || '.')::tsquery AND message_id < %s
    ORDER BY message_id + 0 DESC LIMIT {AT_ONCE}
) AS found
LIMIT {AT_ONCE}
"""  # noqa: S608 (constants)


class TableIndex(Index):
    """Finds messages in the table."""

    def new(self) -> AbstractContextManager[NewIndex]:
        return new_table()

    def find(self, ask: Ask, *, seconds: float) -> Iterator[Sequence[int]]:
        until = monotonic() + seconds
        query, high = tsquery(ask), ask.high
        while ids := _ids(query, high, until - monotonic()):
            yield ids
            if len(ids) < AT_ONCE:
                break
            high = ids[-1]


def _ids(query: str, high: int, seconds: float) -> list[int]:
    if seconds <= 0:
        raise IndexUnavailable
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")  # noqa: S608 (a number)
            cursor.execute(FIND, [high, query, high])
            ids = [pk for (pk,) in cursor.fetchall()]
            cursor.execute("SET LOCAL statement_timeout = 0")
            return ids
    except OperationalError as error:
        raise IndexUnavailable from error


def tsquery(ask: Ask) -> str:
    """A query in the syntax of PostgreSQL, for the bucket that takes the place of PLACE."""
    parts = [_token(wanted) for wanted in ask.tokens]
    parts += [f"({' | '.join(_token(Wanted(token)) for token in sorted(group))})" for group in ask.one_of]
    return " & ".join(parts)


def _token(wanted: Wanted) -> str:
    return f"'{PLACE}{wanted.token}'" + (":*" if wanted.is_prefix else "")
