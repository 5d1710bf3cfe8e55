"""A token may do the same by every way: each command with each set of scopes, over HTTP, a socket and a stream."""

import json
from collections.abc import AsyncIterator
from itertools import combinations
from typing import Any

import pytest

from chat.handlers import HANDLERS
from chat.live.reader_pool import run_in_reader
from chat.models.token import Scope
from chat.protocol.commands import COMMANDS
from chat.protocol.scopes import SCOPE_OF
from chat.streams.requests import COMMANDS as OF_STREAMS
from tests.harness.admin_actions import say
from tests.harness.api_client import call, send_commands
from tests.harness.commands import example
from tests.harness.tokens import token_of
from tests.harness.transports import WebSocketClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

SETS = [frozenset(some) for size in (1, 2, 3) for some in combinations(Scope, size)]
NOT_FOR_TOKENS = {"presence"}
"""A script does not say whether a person is here."""


@pytest.fixture
async def commands(mina: Any, joon: Any, general: Any) -> dict[str, dict[str, Any]]:
    """A valid command of each type, about a message that another person wrote."""
    message = await run_in_reader(say, joon, general)
    return {name: example(name, room=general.pk, message=message.pk, person=joon.pk) for name in COMMANDS}


@pytest.fixture(params=SETS, ids=lambda scopes: "+".join(sorted(scopes)))
async def token(request: pytest.FixtureRequest, mina: Any) -> tuple[str, frozenset[Scope]]:
    """A token with a set of scopes, and this set."""
    return await run_in_reader(token_of, mina, *request.param), request.param


@pytest.fixture
async def socket(token: tuple[str, frozenset[Scope]]) -> AsyncIterator[WebSocketClient]:
    """A socket that was opened with the token, or closed."""
    client = await WebSocketClient(None, authorization=f"Bearer {token[0]}", host="localhost").open()
    yield client
    await client.leave()


def lacks_scope(reply: dict[str, Any]) -> bool:
    error = reply.get("error") or {}
    return error.get("code") == "forbidden" and ("scope" in error["message"] or "token" in error["message"])


def expected(name: str, scopes: frozenset[Scope]) -> bool:
    return name not in NOT_FOR_TOKENS and SCOPE_OF[name] in scopes


def test_every_command_has_a_scope() -> None:
    assert set(SCOPE_OF) == set(COMMANDS)


async def test_over_http(commands: dict[str, dict[str, Any]], token: tuple[str, frozenset[Scope]]) -> None:
    text, scopes = token
    for name in HANDLERS:
        got = await send_commands(commands[name], token=text)
        assert lacks_scope(got.json) is not expected(name, scopes), (name, got.text)


async def test_over_http_a_command_that_needs_a_connection_is_refused_in_any_case(
    commands: dict[str, dict[str, Any]], token: tuple[str, frozenset[Scope]]
) -> None:
    for name in COMMANDS.keys() - HANDLERS.keys():
        got = await send_commands(commands[name], token=token[0])
        assert got.code in ("forbidden", "unknown_command")


async def test_over_a_socket(
    commands: dict[str, dict[str, Any]], token: tuple[str, frozenset[Scope]], socket: WebSocketClient
) -> None:
    _text, scopes = token
    if Scope.READ not in scopes:
        assert (socket.close_code, socket.frames) == (4401, [])
        return
    for name, command in commands.items():
        reply = await socket.ask(name, **{field: value for field, value in command.items() if field != "type"})
        assert lacks_scope(reply) is not expected(name, scopes), (name, reply)


async def test_over_a_stream(commands: dict[str, dict[str, Any]], token: tuple[str, frozenset[Scope]]) -> None:
    text, scopes = token
    for name, command in commands.items():
        body = json.dumps({"commands": [{**command, "ref": 1}]})
        got = await call("POST", "/api/v1/events", token=text, body=body, headers={"accept": "application/json"})
        if name not in OF_STREAMS:
            assert (got.status, got.code) == (400, "invalid"), name
        elif Scope.READ not in scopes:
            assert (got.status, got.code) == (403, "forbidden"), name
        else:
            (reply,) = [frame for frame in got.json["frames"] if frame["type"] == "reply"]
            assert lacks_scope(reply) is not expected(name, scopes), (name, reply)
