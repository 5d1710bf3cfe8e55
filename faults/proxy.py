"""A TCP proxy whose networks can be cut, delayed, throttled, frozen, or left half-open.

Each end of a link is on a `Network`, which determines what happens to the bytes of the link. A link obeys two networks:
that of the proxy, and that of the caller (`Proxy.caller`), if the caller has its own.
"""

import asyncio
import contextlib
import socket
import struct

CHUNK_BYTES = 16 * 1024
QUEUE_CHUNKS = 64
"""Most chunks that wait in a slow direction; beyond this many, the proxy stops reading from the sender."""

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
BACKLOG = 1024


class Network:
    """The conditions of the links on it, existing and new ones."""

    def __init__(self) -> None:
        self.latency = 0.0
        """The delay of every byte in each direction, in seconds."""
        self.bytes_per_second: float | None = None
        self.is_cut = False
        self.links: set[Link] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    def cut(self) -> None:
        """Reset every link, and refuse new ones until `heal`."""
        self.is_cut = True
        self.reset()

    def reset(self) -> None:
        """Reset every link. New links work."""
        for link in list(self.links):
            link.reset()

    def half_open(self) -> None:
        """Forget every link, as a restarted router does: neither end receives anything more. New links work."""
        for link in list(self.links):
            link.forget()

    def freeze(self) -> None:
        """Hold all data until `heal`."""
        self._flowing.clear()

    def heal(self) -> None:
        """End all conditions. Forgotten links are reset, as a kernel does eventually."""
        self.latency, self.bytes_per_second, self.is_cut = 0.0, None, False
        self._flowing.set()
        for link in list(self.links):
            if link.is_forgotten:
                link.reset()

    @property
    def chunk_bytes(self) -> int:
        """How many bytes are read from a sender at once: a quarter of a second's worth if the network is throttled."""
        return CHUNK_BYTES if self.bytes_per_second is None else max(1, int(self.bytes_per_second / 4))

    async def let_pass(self, size: int) -> None:
        """Wait for as long as this network delays `size` bytes."""
        await self._flowing.wait()
        if self.bytes_per_second:
            await asyncio.sleep(size / self.bytes_per_second)


class Proxy:
    """Listens on a port of 127.0.0.1 and forwards connections to another port."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.network = Network()
        self.port = 0
        self._networks: dict[int, Network] = {}
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._links: set[Link] = set()
        self._starting: set[asyncio.Task[None]] = set()

    async def start(self) -> "Proxy":
        """Listen on a free port."""
        self._listener = socket.socket()
        self._listener.setblocking(False)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(BACKLOG)
        self.port = self._listener.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(self._listener))
        return self

    async def stop(self) -> None:
        """Reset every link and stop listening."""
        if self._accepting is not None:
            self._accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._accepting
        if self._listener is not None:
            self._listener.close()
        for link in list(self._links):
            link.reset()

    def caller(self, network: Network) -> socket.socket:
        """An unconnected socket for this proxy, whose link will be on this network."""
        made = socket.socket()
        made.setblocking(False)
        made.bind(("127.0.0.1", 0))
        self._networks[made.getsockname()[1]] = network
        return made

    def ports_beyond(self) -> set[int]:
        """The ports from which this proxy has connected to the target."""
        return {link.sockets[1].getsockname()[1] for link in self._links}

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            caller, (_host, port) = await loop.sock_accept(listener)
            networks = [self.network]
            if own := self._networks.pop(port, None):
                networks.append(own)
            task = asyncio.create_task(self._connect(caller, networks))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _connect(self, caller: socket.socket, networks: list[Network]) -> None:
        called = socket.socket()
        called.setblocking(False)
        link = Link(caller, called, networks, self._links)
        if any(network.is_cut for network in networks):
            link.reset()
            return
        try:
            await asyncio.get_running_loop().sock_connect(called, ("127.0.0.1", self.target))
        except OSError:
            link.reset()
        else:
            link.start()


class Link:
    """One connection through a proxy: two sockets, and a task for each direction."""

    def __init__(
        self, caller: socket.socket, called: socket.socket, networks: list[Network], register: set["Link"]
    ) -> None:
        self.sockets = (caller, called)
        self.networks = networks
        self.is_forgotten = False
        self.is_over = False
        self._ended_ways = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._registers = [register, *(network.links for network in networks)]
        for place in self._registers:
            place.add(self)

    def start(self) -> None:
        """Start forwarding. A connection that was reset in the meantime stays closed."""
        if self.is_over:
            return
        caller, called = self.sockets
        for end in self.sockets:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tasks = [asyncio.create_task(self._pass(caller, called)), asyncio.create_task(self._pass(called, caller))]

    def reset(self) -> None:
        """End both connections with an RST."""
        for end in self.sockets:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._end()

    def forget(self) -> None:
        """Stop forwarding, without closing either connection."""
        self.is_forgotten = True

    def _end(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        for place in self._registers:
            place.discard(self)
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        asyncio.get_running_loop().call_soon(self._close)

    def _close(self) -> None:
        """Runs once the tasks have released the sockets."""
        for end in self.sockets:
            end.close()

    async def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        """Forward data from one end, and its end of stream unless the link was forgotten."""
        way = Way(sink)
        try:
            await self._pass_all(source, way)
        except OSError:
            pass
        finally:
            way.stop()
        self._ended_ways += 1
        if not self.is_forgotten or self._ended_ways == len(self.sockets):
            self._end()

    async def _pass_all(self, source: socket.socket, way: "Way") -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(source, min(network.chunk_bytes for network in self.networks)):
            for network in self.networks:
                await network.let_pass(len(data))
            if not self.is_forgotten:
                await way.carry(data, sum(network.latency for network in self.networks))
        await way.arrived()


class Way:
    """One direction of a link. Bytes are written directly to the socket if there is no latency, and queued
    otherwise."""

    def __init__(self, sink: socket.socket) -> None:
        self._sink = sink
        self._queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE_CHUNKS)
        self._carrier: asyncio.Task[None] | None = None
        self._error: OSError | None = None

    async def carry(self, data: bytes, latency: float) -> None:
        """Send data in order, at the earliest in `latency` seconds. Raises OSError."""
        loop = asyncio.get_running_loop()
        if self._carrier is None and latency == 0:
            await loop.sock_sendall(self._sink, data)
            return
        if self._carrier is None:
            self._carrier = asyncio.create_task(self._carry_late())
        await self._queue.put((loop.time() + latency, data))
        if self._error is not None:
            raise self._error

    async def arrived(self) -> None:
        """Wait until all queued data is written."""
        await self._queue.join()

    def stop(self) -> None:
        """Drop all queued data."""
        if self._carrier is not None:
            self._carrier.cancel()

    async def _carry_late(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await self._queue.get()
            try:
                if self._error is None:
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    await loop.sock_sendall(self._sink, data)
            except OSError as error:
                self._error = error
            self._queue.task_done()
