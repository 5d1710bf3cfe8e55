"""The index in PostgreSQL: one row of tokens for each message, and an inverted index over these."""

import time
from collections.abc import Iterator, Mapping, Sequence

from django.db import OperationalError, connection, transaction

from chat.store.relaxed_transaction import relaxed_transaction
from search.index import Ask, Index, IndexUnavailable
from search.tokens import MARK, Wanted

BUCKET = 100_000
"""Ids of messages in a bucket. Each is searched by itself, newest first, which bounds how many rows a search sorts."""

AT_ONCE = 200

UPSERT = """
INSERT INTO search_messagetokens (message_id, tokens)
SELECT id, array_to_tsvector(string_to_array(joined, ' ')) FROM unnest(%s::bigint[], %s::text[]) AS given(id, joined)
ON CONFLICT (message_id) DO UPDATE SET tokens = excluded.tokens
WHERE search_messagetokens.tokens IS DISTINCT FROM excluded.tokens
"""
DELETE = "DELETE FROM search_messagetokens WHERE message_id = ANY(%s)"
FIND = """
SELECT message_id FROM search_messagetokens
WHERE tokens @@ %s::tsquery AND message_id >= %s AND message_id < %s
ORDER BY message_id DESC LIMIT %s
"""
NEWEST = "SELECT max(message_id) FROM search_messagetokens"


def bucket_token(message_id: int) -> str:
    """The token of the messages of a bucket."""
    return f"{MARK}b{message_id // BUCKET}"


def write(tokens: Mapping[int, set[str]]) -> None:
    """Store the tokens of messages, by id, instead of those they had; nothing for a message without tokens."""
    kept = {pk: found | {bucket_token(pk)} for pk, found in sorted(tokens.items()) if found}
    gone = [pk for pk, found in tokens.items() if not found]
    with connection.cursor() as cursor:
        if kept:
            cursor.execute(UPSERT, [list(kept), [" ".join(found) for found in kept.values()]])
        if gone:
            cursor.execute(DELETE, [gone])


class TableIndex(Index):
    """Finds messages in the table."""

    def add(self, tokens: Mapping[int, set[str]]) -> None:
        with relaxed_transaction():
            write(tokens)

    def find(self, ask: Ask, *, seconds: float) -> Iterator[Sequence[int]]:
        until = time.monotonic() + seconds
        high = min(ask.high, self._newest() + 1)
        while high > ask.low:
            low = max(ask.low, (high - 1) // BUCKET * BUCKET)
            while ids := self._ids(ask, low, high, until - time.monotonic()):
                yield ids
                high = ids[-1]
                if len(ids) < AT_ONCE:
                    break
            high = low

    def _newest(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(NEWEST)
            return int(cursor.fetchone()[0] or 0)

    def _ids(self, ask: Ask, low: int, high: int, seconds: float) -> list[int]:
        if seconds <= 0:
            raise IndexUnavailable
        query = tsquery(ask, [Wanted(bucket_token(low))])
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{max(1, int(seconds * 1000))}ms"])
                cursor.execute(FIND, [query, low, high, AT_ONCE])
                ids = [pk for (pk,) in cursor.fetchall()]
                cursor.execute("SET LOCAL statement_timeout = 0")
                return ids
        except OperationalError as error:
            raise IndexUnavailable from error


def tsquery(ask: Ask, also: Sequence[Wanted] = ()) -> str:
    """A query in the syntax of PostgreSQL."""
    parts = [_quoted(wanted) for wanted in (*also, *ask.tokens)]
    parts += [f"({' | '.join(_quoted(Wanted(token)) for token in sorted(group))})" for group in ask.one_of]
    return " & ".join(parts)


def _quoted(wanted: Wanted) -> str:
    escaped = wanted.token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" + (":*" if wanted.is_prefix else "")
