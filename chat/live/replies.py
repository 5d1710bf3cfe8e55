"""Replies to the commands of a connection. Errors become replies only here."""

import logging

from django.db import DatabaseError
from django.utils import translation

from chat.live.connection import Connection, Frame
from chat.live.outage import asking
from chat.live.reader_pool import LOST_CONNECTION
from chat.protocol import events, shapes
from chat.protocol.commands import Ref
from chat.protocol.errors import ChatError, Unavailable

logger = logging.getLogger(__name__)


def send_reply(connection: Connection, ref: Ref, result: shapes.Shape) -> None:
    """Send the reply to a command that succeeded."""
    if ref is not None:
        connection.push(Frame(reply_text(ref, result)))


def reply_text(ref: Ref, result: shapes.Shape) -> str:
    """The frame of the reply to a command that succeeded."""
    return events.Reply(ref=ref, result=result).encode()


def send_error(connection: Connection, ref: Ref, error: BaseException) -> None:
    """Send the refusal of a command, in the language of the connection."""
    shape = error_shape(as_chat_error(error), connection.language)
    event = events.ErrorEvent(error=shape) if ref is None else events.Refusal(ref=ref, error=shape)
    connection.push(Frame(event.encode()))


def error_shape(error: ChatError, language: str) -> shapes.Error:
    """An error as a client gets it, with its message in this language."""
    with translation.override(language):
        return shapes.Error.of(error)


def as_chat_error(error: BaseException) -> ChatError:
    """Return the error to send to the client. Other exceptions are logged and sent as Unavailable."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, LOST_CONNECTION):
        asking.failed(error)
    elif isinstance(error, DatabaseError):
        logger.warning("The database did not answer: %r", error)
    else:
        logger.error("A command failed", exc_info=error)
    return Unavailable()
