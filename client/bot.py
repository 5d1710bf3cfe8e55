"""Bots without asyncio."""

import asyncio
import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from .async_bot import AsyncBot
from .handlers import Handlers
from .happenings import Deleted, Edited, Posted
from .incoming import Message
from .shapes import Message as Stored
from .shapes import RoomInfo, User

T = TypeVar("T")


class _InnerBot(AsyncBot):
    """Runs in a thread of its own, and has the handlers called in that of `Bot.run`."""

    def __init__(self, outer: "Bot", *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._outer = outer
        self.calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def incoming(self, happening: Posted | Edited | Deleted, room: RoomInfo, author: User) -> object:
        return Message(room, author, happening.message, self.origin(happening), bot=self._outer)

    async def call(self, handler: Callable[..., Any], given: object) -> None:
        done: Future[None] = Future()

        def call() -> None:
            try:
                handler(given)
            except Exception as error:  # noqa: BLE001 (logged where the handler was called)
                done.set_exception(error)
            else:
                done.set_result(None)

        self.calls.put(call)
        await asyncio.wrap_future(done)


class Bot(Handlers):
    """
    A bot, connected while `run` runs.

        bot = Bot("https://chat.example", token)

        @bot.on_message
        def answer(message):
            message.reply(f"You said: {message.body}")

        bot.run()

    Handlers are called in the thread of `run`, one after the other. All other methods can be called in any thread. See
    AsyncBot for the arguments.
    """

    def __init__(self, site: str, token: str, **options: Any) -> None:
        super().__init__()
        self._inner = _InnerBot(self, site, token, **options)
        self._inner.by_kind = self.by_kind
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    # --- what a bot does ---------------------------------------------------------------------------------------------

    def send(self, room: RoomInfo | int | str, body: str, **more: Any) -> Stored:
        """Send a message to a room, given by its slug or id, until it is stored. Raises CommandError.

        `more` is what `AsyncBot.send` takes: `key`, `reply_to` and `thread`.
        """
        return self._wait(self._inner.send(room, body, **more))

    def edit(self, message: int, body: str) -> Stored:
        """Change the text of one of the bot's own messages, by its id. Raises CommandError."""
        return self._wait(self._inner.edit(message, body))

    def delete(self, message: int) -> Stored:
        """Delete a message, by its id. Raises CommandError."""
        return self._wait(self._inner.delete(message))

    def react(self, message: int, emoji: str, *, on: bool = True) -> Stored:
        """React to a message, by its id, or take the reaction back. Raises CommandError."""
        return self._wait(self._inner.react(message, emoji, on=on))

    @property
    def me(self) -> User | None:
        """The account of the bot, once it runs."""
        return self._inner.me

    # --- running -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Handle what happens until `stop` is called, or SIGINT or SIGTERM arrives. Raises RefusedTokenError."""
        running = asyncio.run_coroutine_threadsafe(self._inner.run(), self._running_loop())
        running.add_done_callback(lambda _: self._inner.calls.put(None))
        with _signals(self.stop):
            try:
                while (call := self._inner.calls.get()) is not None:
                    call()
            except BaseException:
                running.cancel()
                raise
        running.result()

    def stop(self) -> None:
        """End `run` after the handler that runs; called again, at once."""
        self._running_loop().call_soon_threadsafe(self._inner.stop)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._running_loop()).result()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of this bot, in a thread that ends with the program."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="sarangbang", daemon=True).start()
            return self._loop


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGINT and SIGTERM, in the main thread; elsewhere signals are not ours.

    The second signal interrupts the handler that runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def on_signal(number: int, _frame: object) -> None:
        received.append(number)
        stop()
        if len(received) > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
