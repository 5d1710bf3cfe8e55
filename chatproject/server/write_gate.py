"""What makes a sender wait while the network takes no more."""

import asyncio


class WriteGate:
    """
    Shut while a transport's buffer is full; for Twisted, the "producer" that fills the transport.

    The transport shuts it when more than its `bufferSize` (64 KiB) waits to be sent, and opens it when all is sent.
    """

    def __init__(self) -> None:
        self._opened: asyncio.Event | None = None  # stands while the gate is shut; most connections never need one

    @property
    def is_shut(self) -> bool:
        """Whether a sender should wait."""
        return self._opened is not None

    async def wait(self) -> None:
        """Returns when the gate is open, or the connection gone."""
        if self._opened is not None:
            await self._opened.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        """Twisted: the buffer is full."""
        if self._opened is None:
            self._opened = asyncio.Event()

    def resumeProducing(self) -> None:  # noqa: N802
        """Twisted: the buffer is empty."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def stopProducing(self) -> None:  # noqa: N802
        """Twisted: the connection is gone."""
        self.resumeProducing()
