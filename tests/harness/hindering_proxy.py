"""A proxy as networks of companies and hotels have them: it refuses WebSockets, and may hold up streams."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Self

REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD_END = b"\r\n\r\n"


class HinderingProxy:
    """Passes each request of a connection of its own to the server of `port`, in a thread of its own.

    `refuses_upgrades` answers handshakes of WebSockets with 403; `buffers` passes on a response when it is complete.
    """

    def __init__(self, port: int, *, refuses_upgrades: bool = True, buffers: bool = False) -> None:
        self.server_port = port
        self.refuses_upgrades = refuses_upgrades
        self.buffers = buffers
        self.port = 0
        self.refused = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop
        self._stopped: asyncio.Event
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _closing(writer):
            head = await reader.readuntil(HEAD_END)
            is_upgrade = b"\nupgrade: websocket" in head.lower()
            if is_upgrade and self.refuses_upgrades:
                self.refused += 1
                writer.write(REFUSED)
                await writer.drain()
                return
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
            async with _closing(server_writer):
                server_writer.write(head if is_upgrade else _once(head))
                passing = asyncio.ensure_future(_pass(reader, server_writer))
                try:
                    await self._answer(server_reader, writer, buffers=self.buffers and not is_upgrade)
                finally:
                    passing.cancel()
                    await asyncio.wait([passing])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, buffers: bool) -> None:
        if buffers:
            writer.write(await reader.read())
            await writer.drain()
        else:
            await _pass(reader, writer)


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Closes a connection; one that breaks is no error."""
    try:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


def _once(head: bytes) -> bytes:
    """A request that says that it is the last one of its connection."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
