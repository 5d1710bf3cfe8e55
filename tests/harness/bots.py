"""Bots for tests, of both kinds: they note what their handlers are called with."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

from client import AsyncBot, Bot
from tests.harness.services import Server
from tests.harness.team import Team
from tests.harness.waiting import until

Kind = Literal["blocking", "asyncio"]
KINDS: list[Kind] = ["blocking", "asyncio"]
PATIENCE_SECONDS = 30.0

CREATE = """
from chat.models import User
from chat.services.bots import create_bot
from chat.services.memberships import join_room
from chat.services.tokens import create_token
mina = User.objects.get(username="mina")
bot = User.objects.filter(username={name!r}).first() or create_bot(mina, username={name!r}, display_name="Helper")
for room in {rooms!r}:
    join_room(bot, room_id=room)
token, text = create_token(None, user_id=bot.pk, name="t", scopes=["read", "write"], room_ids={only!r})
print(token.pk, text)
"""


def bot_token(
    team: Team, name: str = "helper", *, rooms: tuple[int, ...] = (), only: tuple[int, ...] | None = None
) -> str:
    """A token of a bot of mina's, who joins these rooms or General. It is good for the rooms `only`, or for all."""
    return token_with_id(team, name, rooms=rooms, only=only)[1]


def token_with_id(
    team: Team, name: str = "helper", *, rooms: tuple[int, ...] = (), only: tuple[int, ...] | None = None
) -> tuple[int, str]:
    """A new token and its id."""
    script = CREATE.format(name=name, rooms=rooms or (team.general,), only=only and list(only))
    token_id, text = team.installation.python(script).splitlines()[-1].split()
    return int(token_id), text


class BotRun:
    """
    A bot that runs in a thread, and what its handlers were called with.

        with BotRun("blocking", server, token, transport="sse", state=path) as bot:
            ...
            bot.until(lambda: bot.bodies() == ["Hello"])
    """

    def __init__(
        self, kind: Kind, server: Server, token: str, *, state: Path, answers: bool = False, **options: Any
    ) -> None:
        self.fail_with: dict[str, Exception] = {}
        """What the handler of messages raises for these texts."""
        self.answers = answers
        """Whether it replies and reacts to each message."""
        self.given: list[tuple[str, Any]] = []
        self.error: BaseException | None = None
        self.state = state
        self._loop: asyncio.AbstractEventLoop | None = None
        options = {"random": lambda: 0.01, "state": state, "poll_seconds": 0.2, **options}
        self.bot: Any = (Bot if kind == "blocking" else AsyncBot)(server.url, token, **options)
        self.bot.on_message(self._answer if kind == "blocking" else self._answer_async)
        for name in ("message", "edit", "delete", "reaction", "join", "leave"):
            getattr(self.bot, f"on_{name}")(self._noting(name))
        self._is_blocking = kind == "blocking"
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Let it run; leave the block to stop it."""
        self._thread.start()

    def __enter__(self) -> Self:
        self.start()
        self.until(lambda: self.places)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_blocking:
            self.bot.stop()
        elif self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.bot.stop)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    @property
    def places(self) -> dict[str, list[int]]:
        """The places in the file of the bot, by room."""
        return dict(json.loads(self.state.read_text())["rooms"]) if self.state.exists() else {}

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something holds, or the bot ends."""
        with contextlib.suppress(AssertionError):
            until(lambda: is_so() or not self._thread.is_alive(), seconds=PATIENCE_SECONDS)
        assert is_so(), (self.error, self.given, self.places)

    def over(self) -> BaseException | None:
        """Wait until the bot ends. Returns the error with which it ended."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()
        return self.error

    def of(self, name: str) -> list[Any]:
        """What the handlers of one kind were called with."""
        return [given for kind, given in self.given if kind == name]

    def bodies(self, room: int | None = None) -> list[str]:
        """The texts of the messages that it was given."""
        return [message.body for message in self.of("message") if room in (None, message.room.id)]

    def _answer(self, message: Any) -> None:
        if self.answers:
            message.reply(f"{message.author.name} said: {message.body}")
            message.react("👍")

    async def _answer_async(self, message: Any) -> None:
        if self.answers:
            await message.reply(f"{message.author.name} said: {message.body}")
            await message.react("👍")

    def _noting(self, name: str) -> Callable[[Any], None]:
        def note(given: Any) -> None:
            self.given.append((name, given))
            if name == "message" and given.body in self.fail_with:
                raise self.fail_with[given.body]

        return note

    def _run(self) -> None:
        try:
            if self._is_blocking:
                self.bot.run()
            else:
                asyncio.run(self._run_async())
        except BaseException as error:  # noqa: BLE001
            self.error = error

    async def _run_async(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.bot.run()
