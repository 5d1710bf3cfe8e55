"""Runs the commands of one request: in order, within the rates of the person, with one reply to each."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chat.handlers import HANDLERS, handle
from chat.live.command_runner import SEND_RATE_LIMITED
from chat.live.hub import Hub
from chat.live.refusals import Reason, refusals
from chat.live.replies import as_chat_error, error_shape, reply_text
from chat.live.sending import message_reply, needs_own_transaction, queue_message
from chat.live.token_commands import require_scope
from chat.models import User
from chat.models.token import Scope
from chat.protocol import events
from chat.protocol.commands import BadFrameError, Command, Ref, RefusedCommandError, Send, read_command
from chat.protocol.errors import ChatError, Invalid, RateLimited, UnknownCommand
from chat.protocol.scopes import SCOPE_OF
from chat.queries.token_rooms import require_within

NOT_A_COMMAND = _("A command is a JSON object with a type.")
NEEDS_A_CONNECTION = _("This command needs a connection, such as a WebSocket.")


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one command: the text of a frame, and the error if the command was refused."""

    text: str
    error: ChatError | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who sends a request: a person, with what their token allows (None for a session), in their language."""

    user: User
    scopes: frozenset[Scope] | None
    rooms: frozenset[int] | None
    language: str


class RequestRunner:
    """Runs commands of one person. Messages that follow each other are queued together; other commands wait for them.

    So each command sees what those before it did, as if they had been sent one after the other.
    """

    def __init__(self, hub: Hub, requester: Requester) -> None:
        self._hub = hub
        self._requester = requester
        self._pace = hub.registry.pace(requester.user.pk)

    async def run(self, frames: Sequence[object]) -> list[Answer]:
        """Run commands, given as parsed JSON, and return their answers in the same order. Never raises."""
        answers: list[asyncio.Future[Answer]] = []
        for frame in frames:
            answers.append(await self._begin(frame, answers))
        return list(await asyncio.gather(*answers))

    async def _begin(self, frame: object, before: Sequence["asyncio.Future[Answer]"]) -> "asyncio.Future[Answer]":
        try:
            command = read_command(frame)
        except BadFrameError:
            return self._refusal(None, Invalid(NOT_A_COMMAND))
        except RefusedCommandError as refused:
            return self._refusal(refused.ref, refused.error)
        try:
            await self._permit(command)
            if isinstance(command, Send) and not needs_own_transaction(command):
                stored = await queue_message(self._hub, self._pace, self._requester.user, command)
                return asyncio.ensure_future(self._when_stored(command, stored))
            if before:
                await asyncio.wait(before)
            result = await self._pace.run_in_reader(handle, self._requester.user, command)
        except Exception as error:
            return self._refusal(command.ref, error)
        return _done(Answer(reply_text(command.ref, result)))

    async def _permit(self, command: Command) -> None:
        """Raise a ChatError unless the rates, the scopes and the rooms of the token allow a command."""
        requester = self._requester
        self._take_rates(command)
        require_scope(requester.scopes, SCOPE_OF[command.type])
        if command.type not in HANDLERS:
            raise UnknownCommand(NEEDS_A_CONNECTION)
        if requester.rooms is not None:
            await self._pace.run_in_reader(require_within, command, requester.rooms)

    def _take_rates(self, command: Command) -> None:
        now = time.monotonic()
        wait = self._pace.commands.take(now)
        if not wait and command.type in SEND_RATE_LIMITED:
            wait = self._pace.sending.take(now)
        if wait:
            refusals.count(Reason.PACE)
            raise RateLimited(retry_after=math.ceil(wait * 100) / 100)

    async def _when_stored(self, command: Send, stored: "asyncio.Future[str]") -> Answer:
        try:
            return Answer(message_reply(command, await stored))
        except Exception as error:
            return self._refused(command.ref, error)

    def _refusal(self, ref: Ref, error: BaseException) -> "asyncio.Future[Answer]":
        return _done(self._refused(ref, error))

    def _refused(self, ref: Ref, error: BaseException) -> Answer:
        found = as_chat_error(error)
        shape = error_shape(found, self._requester.language)
        return Answer(events.Refusal(ref=ref, error=shape).encode(), found)


def _done(answer: Answer) -> "asyncio.Future[Answer]":
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    future.set_result(answer)
    return future
