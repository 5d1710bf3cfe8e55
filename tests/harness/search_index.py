"""Compares the search index with the messages."""

from collections.abc import Collection

from django.db import connection
from django.db.models import Q, QuerySet

from chat.models import Message
from search.carried import file_texts
from search.facts import NO_FILES, all_tokens
from search.index_file import the_file
from search.table import BUCKET

Tokens = set[tuple[int, str]]


def stored() -> Tokens:
    """The tokens in the index, by message."""
    return _in_table() if connection.vendor == "postgresql" else _in_file()


def rebuilt(messages: "QuerySet[Message] | None" = None) -> Tokens:
    """The tokens that the index should contain of these messages, or of all."""
    found = list((Message.objects.all() if messages is None else messages).select_related("room"))
    in_files = file_texts(message.pk for message in found)
    return {
        (message.pk, token)
        for message in found
        for token in all_tokens(message.room, message, in_files.get(message.pk, NO_FILES))
    }


def wrong_index(rooms: Collection[int]) -> list[str]:
    """A sentence if the index has other tokens of the messages in these rooms and their threads than it should.

    Django must be set up.
    """
    the_file().close()  # it may be another file by now
    messages = Message.objects.filter(Q(room__in=rooms) | Q(room__parent__in=rooms))
    ids = set(messages.values_list("pk", flat=True))
    held, wanted = {one for one in stored() if one[0] in ids}, rebuilt(messages)
    if held == wanted:
        return []
    return [f"the search index lacks {len(wanted - held)} of {len(wanted)} tokens, and has {len(held - wanted)} others"]


def _in_table() -> Tokens:
    with connection.cursor() as cursor:
        cursor.execute("SELECT message_id, unnest(tsvector_to_array(tokens)) FROM search_messagetokens")
        return {(pk, token.removeprefix(f"{pk // BUCKET}.")) for pk, token in cursor.fetchall()}


def _in_file() -> Tokens:
    file, found = the_file(), Tokens()
    with file.reading() as reading:
        for bucket in file.buckets():
            name = f"all_{bucket}"
            reading.execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab('main', 'words_{bucket}', 'instance')")
            found.update(reading.execute(f"SELECT doc, term FROM temp.{name}"))
            reading.execute(f"DROP TABLE temp.{name}")
    return found
