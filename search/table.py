"""The table of the index in PostgreSQL: one row of tokens for each message.

Each token begins with the number of a bucket of ids. So the inverted index has a list for each token and bucket, and a
search reads the lists of the newest messages first, however many others have the same words.
"""

from collections.abc import Mapping

from django.db import connection

BUCKET = 20_000
"""Ids of messages in a bucket: few enough to sort those that have a common word."""

PLACE = "@"
"""Stands for the number of the bucket in a query. No token contains it."""

# Tokens consist of letters, digits, symbols and MARK, which mean nothing in the syntax of a tsvector.
UPSERT = """
INSERT INTO search_messagetokens (message_id, tokens)
SELECT id, joined::tsvector FROM unnest(%s::bigint[], %s::text[]) AS given(id, joined)
ON CONFLICT (message_id) DO UPDATE SET tokens = excluded.tokens
WHERE search_messagetokens.tokens IS DISTINCT FROM excluded.tokens
"""
DELETE = "DELETE FROM search_messagetokens WHERE message_id = ANY(%s)"


def joined(message_id: int, tokens: set[str]) -> str:
    """The tokens of a message as PostgreSQL reads them."""
    prefix = f" {message_id // BUCKET}."
    return prefix + prefix.join(tokens)


def write(tokens: Mapping[int, set[str]]) -> None:
    """Store the tokens of messages, by id, instead of those they had; nothing for a message without tokens."""
    kept = [pk for pk, found in sorted(tokens.items()) if found]
    gone = [pk for pk, found in tokens.items() if not found]
    with connection.cursor() as cursor:
        if kept:
            cursor.execute(UPSERT, [kept, [joined(pk, tokens[pk]) for pk in kept]])
        if gone:
            cursor.execute(DELETE, [gone])
