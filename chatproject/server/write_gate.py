"""Makes senders wait while a connection's write buffer is full."""

import asyncio


class WriteGate:
    """
    Shut while a transport's buffer is full. To Twisted, this is the producer that fills the transport.

    The transport shuts it when more than `bufferSize` (64 KiB) is buffered, and opens it when everything is sent.
    """

    def __init__(self) -> None:
        self._opened: asyncio.Event | None = None  # exists while the gate is shut; most connections never need one

    @property
    def is_shut(self) -> bool:
        """Whether a sender should wait."""
        return self._opened is not None

    async def wait(self) -> None:
        """Wait until the gate is open or the connection is closed."""
        if self._opened is not None:
            await self._opened.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        """Called by Twisted when the buffer is full."""
        if self._opened is None:
            self._opened = asyncio.Event()

    def resumeProducing(self) -> None:  # noqa: N802
        """Called by Twisted when the buffer is empty."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def stopProducing(self) -> None:  # noqa: N802
        """Called by Twisted when the connection is lost."""
        self.resumeProducing()
