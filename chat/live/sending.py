"""Sends messages by group commit, for connections and requests."""

import asyncio
import json
from functools import partial

from chat.live.hub import Hub
from chat.live.person import Pace
from chat.models import User
from chat.protocol import commands
from chat.protocol.errors import Held
from chat.services import group_commit, held_messages

QUICK_BODY_CHARS = 1_000
"""Longer texts are rendered in a thread. The most expensive text takes 6 ms at this length, 20 ms at 10,000."""


def needs_own_transaction(command: commands.Send) -> bool:
    """Whether a message can't be in one transaction with others: with a poll or files, or in a thread, which it
    may begin."""
    return command.poll is not None or command.thread is not None or bool(command.files)


async def queue_message(hub: Hub, pace: Pace, author: User, command: commands.Send) -> "asyncio.Future[str]":
    """Queue a message. The future gives its JSON text after COMMIT, or raises a ChatError.

    Raises Invalid, TooLarge, Forbidden, or Held for a message that an administrator must see first.
    """
    make_draft = partial(
        group_commit.draft,
        author_id=author.pk,
        room_id=command.room,
        key=command.key,
        body=command.body,
        reply_to=command.reply_to,
    )
    is_quick = len(command.body) <= QUICK_BODY_CHARS
    draft = make_draft() if is_quick else await pace.run_in_reader(make_draft)
    try:
        if is_quick:
            held_messages.screen(author, draft, on_loop=True)
        else:
            await pace.run_in_reader(held_messages.screen, author, draft)
    except Held:
        await pace.run_in_reader(held_messages.hold, author, draft)
        raise
    return hub.writer.send(draft)


def message_reply(command: commands.Send, message: str) -> str:
    """The frame of the reply to a `send`, from the JSON text of the stored message."""
    ref = json.dumps(command.ref)
    return f'{{"type":"reply","ref":{ref},"ok":true,"room":{command.room},"message":{message}}}'
