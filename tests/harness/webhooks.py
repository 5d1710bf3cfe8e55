"""Webhooks for tests."""

from typing import Any

from chat.models import User
from chat.services.bots import create_bot
from webhooks.models import IncomingWebhook
from webhooks.services.incoming import create_incoming


def bot_of(owner: Any, username: str = "builder") -> User:
    """A new bot of somebody."""
    return create_bot(owner, username=username, display_name="Build server")


def incoming_of(owner: Any, room: Any, *, bot: User | None = None) -> tuple[IncomingWebhook, str]:
    """A new incoming webhook of a new bot, and its path."""
    bot = bot or bot_of(owner)
    webhook, secret = create_incoming(owner, room_id=room.pk, name="Builds", bot_id=bot.pk)
    return webhook, f"/webhooks/in/{secret}/"
