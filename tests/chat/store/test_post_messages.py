"""Drafts of messages that are made without `Model.__init__`."""

import uuid

from chat.models import Message
from chat.store.post_messages import new_draft

COLUMNS = {"room_id": 1, "author_id": 2, "key": uuid.uuid4(), "body": "Hello", "html": "<p>Hello</p>", "reply_to_id": 3}


def test_a_draft_equals_a_message_with_the_same_columns() -> None:
    made, expected = new_draft(**COLUMNS), Message(**COLUMNS)
    columns = [field.attname for field in Message._meta.concrete_fields]
    assert [getattr(made, name) for name in columns] == [getattr(expected, name) for name in columns]
    assert (made._state.adding, made._state.db) == (True, None)


def test_drafts_do_not_share_what_a_default_made() -> None:
    one, other = new_draft(**COLUMNS), new_draft(**COLUMNS)
    one.extras["poll"] = {}
    assert other.extras == {}
