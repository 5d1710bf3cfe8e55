"""The command that removes a preview."""

from typing import Annotated, Literal

from pydantic import Field

from chat.models import User
from chat.protocol import events, shapes
from chat.protocol.commands import Command, Id
from outbound.target import URL_CHARS
from previews.services.removing import remove_preview


class RemovePreview(Command):
    """Remove the preview of a link from a message, for good. A resend is harmless."""

    type: Literal["remove_preview"]
    message: Id
    url: Annotated[str, Field(strict=True, max_length=URL_CHARS)]


def remove(actor: User, command: RemovePreview) -> shapes.Shape:
    """Run the command for one person."""
    message = remove_preview(actor, message_id=command.message, url=command.url)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))
