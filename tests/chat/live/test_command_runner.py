"""One command of one connection: its reply, its errors, its pace, and that nothing it does ends the connection."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from chat import handlers
from chat.live import command_runner, pace
from chat.live.connection import Connection
from chat.live.connection_commands import ON_CONNECTION
from chat.live.person import Pace, Person
from chat.models import User
from chat.protocol import events, shapes
from chat.protocol.commands import COMMANDS, parse
from chat.protocol.errors import Conflict, NotFound
from tests.harness.inprocess import turns
from tests.harness.transports import FunctionTransport, some_credential

pytestmark = pytest.mark.once


class Tab:
    """A connection, and what it got."""

    def __init__(self, language: str = "en") -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.connection = Connection(
            FunctionTransport(self._take, self._closed),
            id="t",
            person=Person(User(pk=1, username="mina"), Pace(0.0)),
            credential=some_credential(),
            language=language,
            now=0.0,
        )

    async def _take(self, text: str) -> None:
        self.frames.append(json.loads(text))

    async def _closed(self, code: int) -> None:
        self.close_code = code


@pytest.fixture
async def tab() -> Tab:
    return Tab()


def run(tab: Tab, text: str) -> Any:
    """Run a command that needs no hub."""
    return command_runner.run(None, tab.connection, parse(text))  # type: ignore[arg-type]


def handle(monkeypatch: pytest.MonkeyPatch, result: shapes.Shape | Exception | None) -> None:
    """From now on `ping` has this result."""

    async def handler(*_args: Any) -> shapes.Shape | None:
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setitem(ON_CONNECTION, "ping", handler)


def test_every_command_of_the_protocol_is_carried_out_and_nothing_else() -> None:
    assert set(ON_CONNECTION) | set(handlers.HANDLERS) == set(COMMANDS)


def test_only_send_and_typing_are_carried_out_both_with_and_without_a_connection() -> None:
    assert set(ON_CONNECTION) & set(handlers.HANDLERS) == {"send", "typing"}


async def test_a_result_is_sent_as_the_reply_to_its_ref(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    handle(monkeypatch, events.ReadReply(last_read=3, unread=1))
    await run(tab, '{"type":"ping","ref":"a"}')
    await run(tab, '{"type":"ping"}')
    assert tab.frames == [{"type": "reply", "ref": "a", "ok": True, "last_read": 3, "unread": 1}]


async def test_an_error_is_sent_as_the_reply_to_its_ref_or_as_an_event(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle(monkeypatch, Conflict(field="key"))
    await run(tab, '{"type":"ping","ref":0}')
    await run(tab, '{"type":"ping"}')
    error = {"code": "conflict", "message": str(Conflict.sentence), "field": "key"}
    assert tab.frames == [{"type": "reply", "ref": 0, "ok": False, "error": error}, {"type": "error", "error": error}]


async def test_an_error_is_in_the_language_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    handle(monkeypatch, NotFound())
    english, korean = Tab("en"), Tab("ko")
    for tab in (english, korean):
        await run(tab, '{"type":"ping","ref":1}')
    said = [tab.frames[0]["error"]["message"] for tab in (english, korean)]
    assert said[0].isascii()
    assert not said[1].isascii()


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (OperationalError("the database is away"), "does not answer"),
        (RuntimeError("a bug in here"), "A command failed"),
    ],
)
async def test_any_other_exception_is_logged_and_unavailable_to_the_client(
    tab: Tab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, logged: str
) -> None:
    handle(monkeypatch, error)
    await run(tab, '{"type":"ping","ref":1}')
    assert tab.frames[0]["error"]["code"] == "unavailable"
    assert str(error) not in json.dumps(tab.frames)
    assert logged in caplog.text
    assert not tab.connection.is_closed


async def test_a_send_that_cannot_be_a_message_is_refused_before_the_database_is_asked(tab: Tab) -> None:
    for body, code in ((" ", "invalid"), ("x" * 10_001, "too_large"), ("x" * 70_000, "too_large")):
        await run(tab, json.dumps({"type": "send", "ref": 1, "room": 1, "key": str(uuid4()), "body": body}))
        assert tab.frames.pop()["error"]["code"] == code


# --- pace -------------------------------------------------------------------------------------------------------------


async def test_rate_limited_says_when_to_try_again_rounded_up(tab: Tab) -> None:
    error = command_runner.rate_limited(tab.connection, 0.1234, now=5.0)
    assert error.retry_after == 0.13


async def test_a_client_that_waits_as_asked_never_floods(tab: Tab) -> None:
    now = 0.0
    for _ in range(200):
        error = command_runner.rate_limited(tab.connection, 0.5, now)
        now += error.retry_after or 0
    assert not tab.connection.is_closed


async def test_a_client_that_never_waits_floods_after_ten_seconds(tab: Tab) -> None:
    tenths = 0
    while not tab.connection.is_closed:
        command_runner.rate_limited(tab.connection, 0.5, tenths / 10)
        tenths += 1
    await turns()
    assert tab.close_code == 4429
    assert pace.FLOODING_SECONDS <= tenths / 10 <= pace.FLOODING_SECONDS + 0.5


async def test_a_client_that_slows_down_in_time_starts_again_from_zero(tab: Tab) -> None:
    now = 0.0
    for _ in range(5):
        for _ in range(80):  # eight seconds of flooding
            command_runner.rate_limited(tab.connection, 0.5, now)
            now += 0.1
        now += pace.QUIET_SECONDS + 0.1
    assert not tab.connection.is_closed
