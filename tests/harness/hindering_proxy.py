"""A proxy as networks of companies and hotels have them: it refuses WebSockets, and may hold up or cut streams."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Self

REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD_END = b"\r\n\r\n"


class HinderingProxy:
    """Passes each request of a connection of its own to the server of `port`, in a thread of its own.

    `refuses_upgrades` answers handshakes of WebSockets with 403; `buffers` passes on a response when it is complete;
    `idle_seconds` cuts a connection on which nothing has passed for this long. All may change at any time, for new
    connections. `refused` counts handshakes and `cut` idle connections.
    """

    def __init__(
        self, port: int, *, refuses_upgrades: bool = True, buffers: bool = False, idle_seconds: float | None = None
    ) -> None:
        self.server_port = port
        self.refuses_upgrades = refuses_upgrades
        self.buffers = buffers
        self.idle_seconds = idle_seconds
        self.port = 0
        self.refused = 0
        self.cut = 0
        self._heads: dict[object, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop
        self._stopped: asyncio.Event
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return f"http://127.0.0.1:{self.port}"

    def passing(self, text: bytes) -> int:
        """How many requests are under way whose head contains this."""
        return sum(text in head for head in list(self._heads.values()))

    def cut_all(self) -> None:
        """Cut all present connections."""
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])

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
                self._heads[writer] = head
                buffers = self.buffers and not is_upgrade
                ways = [
                    asyncio.ensure_future(_pass(reader, server_writer)),
                    asyncio.ensure_future(self._answer(server_reader, writer, buffers=buffers)),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    del self._heads[writer]
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, buffers: bool) -> None:
        if not buffers:
            await self._pass_unless_idle(reader, writer)
            return
        try:
            async with asyncio.timeout(self.idle_seconds):
                writer.write(await reader.read())
                await writer.drain()
        except TimeoutError:
            self.cut += 1

    async def _pass_unless_idle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self.idle_seconds) as idle:
                async for _ in _parts_passed(reader, writer):
                    if self.idle_seconds is not None:
                        idle.reschedule(self._loop.time() + self.idle_seconds)
        except TimeoutError:
            self.cut += 1


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
    async for _ in _parts_passed(reader, writer):
        pass


async def _parts_passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
            yield


def _once(head: bytes) -> bytes:
    """A request that says that it is the last one of its connection."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
