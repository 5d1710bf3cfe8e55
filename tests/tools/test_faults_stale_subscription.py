"""chat.live.subscriptions: a connection to Redis whose other end vanishes without a word."""

import asyncio
import contextlib
import copy
import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from channels.layers import channel_layers, get_channel_layer

from chat.live import subscriptions as module
from chat.live.subscriptions import Subscriptions
from faults.proxy import Proxy
from faults.site import at_port
from tests.harness.inprocess import until

GROUP = "room.1"


@pytest.fixture
async def proxy(settings: Any) -> AsyncIterator[Proxy]:
    """In front of the Redis of the channel layer."""
    url = os.environ["REDIS_URL"]
    made = await Proxy(urlsplit(url).port or 6379).start()
    layers = copy.deepcopy(settings.CHANNEL_LAYERS)
    layers["default"]["CONFIG"]["hosts"][0]["address"] = at_port(url, made.port)
    settings.CHANNEL_LAYERS = layers
    channel_layers.backends.clear()
    yield made
    await made.stop()


@pytest.mark.postgresql
async def test_a_process_that_receives_nothing_from_redis_reconnects_and_receives_again(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STALE_SECONDS", 0.3)
    received: list[dict[str, Any]] = []
    subscribed: list[str] = []
    subscriptions = Subscriptions(receive=received.append, subscribed=subscribed.extend)
    subscriptions.add(GROUP)
    running = asyncio.create_task(subscriptions.run())
    layer: Any = get_channel_layer()
    await until(lambda: GROUP in subscribed)
    await layer.group_send(GROUP, {"type": "one"})
    await until(lambda: received == [{"type": "one"}])

    proxy.network.half_open()
    subscribed.clear()
    while GROUP not in subscribed:
        subscriptions.probe()
        await asyncio.sleep(0.05)
    with contextlib.suppress(TimeoutError):  # the connection that publishes is half-open as well, until it is used
        await asyncio.wait_for(layer.group_send(GROUP, {"type": "two"}), 0.5)
    await layer.group_send(GROUP, {"type": "two"})
    await until(lambda: {"type": "two"} in received)

    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await layer.flush()
