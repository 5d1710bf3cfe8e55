"""Posts drafts of one author in a transaction of their own, perhaps with files."""

import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial

from django.db import transaction

from chat.bus.bus import bus
from chat.models import Message, User
from chat.protocol.errors import ChatError
from chat.services.attaching import attached
from chat.services.group_commit import send_batch
from chat.store.lock_timeout import limited_transaction


def post_drafts(
    author: User, drafts: Sequence[Message], *, files: Sequence[uuid.UUID] = (), at: datetime | None = None
) -> list[Message]:
    """Post drafts, all of them or none, and return the messages, which are published after COMMIT.

    The first one carries these files; the others show them, too. Raises the first error.
    """
    # A single statement is a transaction of its own.
    with limited_transaction() if files or len(drafts) > 1 else nullcontext(), attached(author, drafts, files):
        sent = send_batch(drafts, at=at)
        posted = []  # perhaps by somebody else, with the same key, in the meantime
        for outcome in sent.outcomes:
            if isinstance(outcome, ChatError):
                raise outcome
            posted.append(outcome)
        transaction.on_commit(partial(bus.publish, sent.changes))
    return posted
