"""Admits or refuses connections by limits for each address and by the remaining resources of the process."""

from collections import Counter
from typing import Any

from chat.live.refusals import Reason
from chatproject.addresses import counted_network
from chatproject.server.resources import Descriptors, Memory

WAITING_ROOM = 16
"""How many refused connections may still send their request, so that the answer reaches them; others close at once."""

LARGE_BODIES_BYTES = 80 * 1024 * 1024
"""How much this process keeps in memory at once of bodies over BODY_LIMIT_BYTES, on the paths that accept them."""


class Admission:
    """Admits or refuses connections and requests, and counts the connections of each address.

    Behind a proxy, all connections come from the proxy's address, which is not counted; sockets are counted under the
    address that the proxy reports.
    """

    def __init__(self, *, per_address: int, is_behind_proxy: bool, descriptors: Descriptors, memory: Memory) -> None:
        self._per_address = per_address
        self._is_behind_proxy = is_behind_proxy
        self._descriptors = descriptors
        self._memory = memory
        self._network_of: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()
        self._waiting: set[Any] = set()
        self._large_bodies: dict[Any, int] = {}

    def enter(self, transport: Any) -> Reason | None:
        """The reason to refuse a new connection; None if it is admitted, which counts it until `leave`."""
        if self._descriptors.is_in_reserve(transport.fileno()):
            return Reason.DESCRIPTORS
        if self._memory.is_short():
            return Reason.MEMORY
        if self._is_behind_proxy:
            return None
        return self._count(transport, getattr(transport.getPeer(), "host", None))

    def upgrade(self, transport: Any, host: str | None) -> Reason | None:
        """The reason to refuse an upgrade to a WebSocket, or a stream of events, of this host, or None."""
        if self._memory.is_short():
            return Reason.MEMORY
        return self._count(transport, host) if self._is_behind_proxy else None

    def request(self) -> Reason | None:
        """The reason to refuse a request for a page, or None: a page uses descriptors that open sockets need."""
        return Reason.DESCRIPTORS if self._descriptors.is_reserve_half_gone() else None

    def wait(self, transport: Any) -> bool:
        """Whether a refused connection may stay open until its request has arrived; counts it if so."""
        if len(self._waiting) >= WAITING_ROOM:
            return False
        self._waiting.add(transport)
        return True

    def begin_large_body(self, transport: Any, size: int) -> Reason | None:
        """The reason to refuse a body of at most this size; None if it is admitted, and counted until it ends."""
        if sum(self._large_bodies.values()) + size > LARGE_BODIES_BYTES or self._memory.is_short():
            return Reason.MEMORY
        self._large_bodies[transport] = size
        return None

    def end_large_body(self, transport: Any) -> None:
        """Stop counting a body whose request was answered."""
        self._large_bodies.pop(transport, None)

    def end_response(self, transport: Any) -> None:
        """Stop counting a stream of events whose connection the proxy may use for somebody else's next request."""
        if self._is_behind_proxy:
            self._uncount(transport)

    def leave(self, transport: Any) -> None:
        """Stop counting a connection that has closed."""
        self._waiting.discard(transport)
        self._large_bodies.pop(transport, None)
        self._uncount(transport)

    def _uncount(self, transport: Any) -> None:
        network = self._network_of.pop(transport, None)
        if network is not None:
            self._counts[network] -= 1
            if not self._counts[network]:
                del self._counts[network]

    def _count(self, transport: Any, host: str | None) -> Reason | None:
        network = counted_network(host)
        if network is None or transport in self._network_of:
            return None
        if self._counts[network] >= self._per_address:
            return Reason.ADDRESS
        self._counts[network] += 1
        self._network_of[transport] = network
        return None
