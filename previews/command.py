"""The command that removes a preview."""

from chat.models import User
from chat.protocol import commands, events, shapes
from previews.services.removing import remove_preview


def remove(actor: User, command: commands.RemovePreview) -> shapes.Shape:
    """Run the command for one person."""
    message = remove_preview(actor, message_id=command.message, url=command.url)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))
