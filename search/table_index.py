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

FIRST, AT_ONCE = 60, 200
"""Most ids that are read at first, which is enough for a page, and afterwards."""

CONDITION = f"tokens @@ replace(%s, '{PLACE}', bucket || '.')::tsquery"
# The buckets are read one after the other, until there are enough ids. "+ 0" keeps PostgreSQL from reading rows in the
# order of ids until some have the tokens: it does not know how many have them.
FIND = f"""
WITH ids AS (SELECT min(message_id) AS oldest, max(message_id) AS newest FROM search_messagetokens)
SELECT found.message_id
FROM ids
CROSS JOIN LATERAL generate_series(least(ids.newest, %s - 1) / {BUCKET}, ids.oldest / {BUCKET}, -1) AS bucket
CROSS JOIN LATERAL (
    SELECT message_id FROM search_messagetokens WHERE {{conditions}} AND message_id < %s
    ORDER BY message_id + 0 DESC LIMIT %s
) AS found
LIMIT %s
"""  # noqa: S608 (constants)


class TableIndex(Index):
    """Finds messages in the table."""

    def new(self) -> AbstractContextManager[NewIndex]:
        return new_table()

    def find(self, ask: Ask, *, seconds: float) -> Iterator[Sequence[int]]:
        until, high, most = monotonic() + seconds, ask.high, FIRST
        queries = tsqueries(ask)
        while ids := _ids(queries, high, most, until - monotonic()):
            yield ids
            if len(ids) < most:
                break
            high, most = ids[-1], AT_ONCE


def _ids(queries: Sequence[str], high: int, most: int, seconds: float) -> list[int]:
    if seconds <= 0:
        raise IndexUnavailable
    sql = FIND.format(conditions=" AND ".join([CONDITION] * len(queries)))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
            cursor.execute(sql, [high, *queries, high, most, most])
            ids = [pk for (pk,) in cursor.fetchall()]
            cursor.execute("SET LOCAL statement_timeout = 0")
            return ids
    except OperationalError as error:
        raise IndexUnavailable from error


def tsqueries(ask: Ask) -> list[str]:
    """Queries in the syntax of PostgreSQL that all must match, for the bucket that takes the place of PLACE.

    Each group is a query of its own: the inverted index then looks for it only at messages that match the others.
    """
    return [
        " & ".join(map(_token, ask.tokens)),
        *(" | ".join(_token(Wanted(token)) for token in sorted(group)) for group in ask.one_of),
    ]


def _token(wanted: Wanted) -> str:
    return f"'{PLACE}{wanted.token}'" + (":*" if wanted.is_prefix else "")
