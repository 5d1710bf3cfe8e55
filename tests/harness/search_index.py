"""What is in the index of messages, and what should be."""

from django.db import connection

from chat.models import Message
from search.carried import file_texts
from search.facts import NO_FILES, all_tokens
from search.index_file import the_file
from search.table import BUCKET


def stored() -> set[tuple[int, str]]:
    """The tokens in the index, by message."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT message_id, unnest(tsvector_to_array(tokens)) FROM search_messagetokens")
            return {(pk, token.removeprefix(f"{pk // BUCKET}.")) for pk, token in cursor.fetchall()}
    file = the_file()
    found: set[tuple[int, str]] = set()
    with file.reading() as reading:
        for bucket in file.buckets():
            name = f"all_{bucket}"
            reading.execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab('main', 'words_{bucket}', 'instance')")
            found.update(reading.execute(f"SELECT doc, term FROM temp.{name}"))
            reading.execute(f"DROP TABLE temp.{name}")
    return found


def rebuilt() -> set[tuple[int, str]]:
    """The tokens that the index should contain."""
    messages = Message.objects.select_related("room")
    in_files = file_texts(message.pk for message in messages)
    return {
        (message.pk, token)
        for message in messages
        for token in all_tokens(message.room, message, in_files.get(message.pk, NO_FILES))
    }
