"""Clients of the hub of this process, and the clock by which their pace is measured."""

import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

# Modules of the site are imported inside: this file is read before Django has its settings.


@pytest.fixture
def client_class() -> Any:
    """How clients are connected; a module that tests several transports replaces it."""
    from tests.harness.transports import WebSocketClient

    return WebSocketClient


@pytest.fixture
async def opened(space: Any, client_class: Any) -> AsyncIterator[Any]:
    """Connects a person, or nobody; all clients leave after the test."""
    from chat.live.hub import current_hub
    from chat.live.reader_pool import run_in_reader
    from tests.harness.inprocess import end, sign_in

    clients: list[Any] = []

    async def open_client(user: Any = None, **more: Any) -> Any:
        key = await run_in_reader(sign_in, user) if user is not None else None
        clients.append(client_class(key, **more))
        return await clients[-1].open()

    yield open_client
    for client in clients:
        client.read_again()
        if client.task is not None and not client.task.done():
            await client.leave()
    end(current_hub())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock by which paces are measured, in the hands of the test."""
    from chat.live import command_runner, connection_commands
    from tests.harness.transports import PaceClock

    started = PaceClock(time.monotonic())
    for module in (command_runner, connection_commands):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=started.monotonic))
    return started


@pytest.fixture
async def hub(space: Any) -> AsyncIterator[Any]:
    """A running hub of its own; a module that needs another configuration replaces it."""
    from chat.live.hub import Hub
    from tests.harness.inprocess import end

    started = Hub()
    started.start()
    yield started
    end(started)


@pytest.fixture
async def connect(hub: Any) -> Any:
    """Opens another tab of a person, with a session of its own."""
    from chat.live.reader_pool import run_in_reader
    from tests.harness.inprocess import Client, sign_in

    async def connect_tab(user: Any) -> Client:
        return await Client(hub, user, await run_in_reader(sign_in, user)).connect()

    return connect_tab
