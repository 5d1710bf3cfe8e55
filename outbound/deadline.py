"""The time that a request may take as a whole, whatever the other side does."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Deadline:
    """A moment until which everything must be done.

    A timeout of a socket limits only each wait: who sends a byte from time to time would never reach it. Therefore a
    timer shuts the connection down, which ends any wait for it.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._until

    def left(self) -> float:
        """The seconds that are left. Raises TimeoutError if there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def call(self, function: Callable[[], T]) -> T:
        """Return what a function returns that can't be interrupted, such as a look-up of a name. Raises TimeoutError.

        It runs in a thread, which goes on without anybody waiting for it.
        """
        results: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

        def run() -> None:
            try:
                results.put((function(), None))
            except Exception as error:  # noqa: BLE001 (it is raised below)
                results.put((None, error))

        threading.Thread(target=run, name="look-up", daemon=True).start()
        try:
            result, error = results.get(timeout=self.left())
        except queue.Empty as late:
            raise TimeoutError from late
        if error is not None:
            raise error
        return result  # type: ignore[return-value]

    @contextmanager
    def watching(self) -> Iterator[Callable[[socket.socket], None]]:
        """Gives a function that watches a socket: it is shut down when the time is over, unless this ends before."""
        watched: list[socket.socket] = []

        def shut_down() -> None:
            for sock in watched:
                with _already_closed_is_fine():
                    sock.shutdown(socket.SHUT_RDWR)

        def watch(sock: socket.socket) -> None:
            watched.append(sock.dup())  # TLS takes the socket itself over

        timer = threading.Timer(self.left(), shut_down)
        timer.daemon = True
        timer.start()
        try:
            yield watch
        finally:
            timer.cancel()
            timer.join()
            for sock in watched:
                sock.close()


@contextmanager
def _already_closed_is_fine() -> Iterator[None]:
    try:
        yield
    except OSError:
        return
