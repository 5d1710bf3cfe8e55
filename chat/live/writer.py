"""Group commit: messages that arrive while one transaction runs are stored together by the next."""

import asyncio
import logging
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import Error as DatabaseError
from django.db import IntegrityError
from django.utils import timezone

from chat.bus.bus import bus
from chat.live.outage import storing
from chat.live.reader_pool import LOST_CONNECTION, with_connection
from chat.models import Message
from chat.protocol import shapes
from chat.protocol.errors import ChatError, Unavailable
from chat.services.group_commit import Sent, date, known_messages, send_batch, settle
from chat.store.post_messages import PostOutcome, PostResult, connection_for_loop, post_on_loop

logger = logging.getLogger(__name__)

BATCH_MESSAGES = 256
"""Most messages of one transaction; bounds how long the locks of their rooms are held."""

QUEUE_MESSAGES = 10_000
"""Most messages that wait; beyond this many, a send is refused as `unavailable`."""

Waiting = tuple[Message, "asyncio.Future[str]"]


class Writer:
    """Stores all new messages of a process, on a thread and a database connection of its own."""

    def __init__(self) -> None:
        storing.reset()
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._connection: Any = None
        """The thread's connection, while it is known to be open and usable on the event loop."""

    def send(self, draft: Message) -> "asyncio.Future[str]":
        """Queue a draft. The future gives the JSON text of the stored message, after COMMIT, or raises a ChatError.

        Messages are stored in the order of the calls.
        """
        future: asyncio.Future[str] = self._loop.create_future()
        if len(self._queue) >= QUEUE_MESSAGES:
            future.set_exception(Unavailable())
            return future
        if not self._queue:
            self._idle.clear()
            self._wake.set()
        self._queue.append((draft, future))
        return future

    async def run(self) -> None:
        """Store queued drafts, batch after batch, for the lifetime of the process."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._store(self._next_batch())
            self._idle.set()

    def stop(self) -> None:
        """End the thread after the current batch."""
        self._thread.shutdown(wait=False)

    async def idle(self) -> None:
        """Wait until all queued drafts are stored and answered."""
        await self._idle.wait()

    def _next_batch(self) -> list[Waiting]:
        """Return the next batch. A duplicate key ends it and is tried in the following one."""
        batch, keys = list[Waiting](), set[tuple[int, uuid.UUID]]()
        while self._queue and len(batch) < BATCH_MESSAGES:
            draft = self._queue[0][0]
            if (draft.author_id, draft.key) in keys:
                break
            keys.add((draft.author_id, draft.key))
            batch.append(self._queue.popleft())
        return batch

    async def _store(self, batch: list[Waiting]) -> None:
        drafts = [draft for draft, _future in batch]
        try:
            sent = await self._send(drafts)
        except Exception as error:
            # The COMMIT may have happened; the client resends the same key to find out.
            if isinstance(error, LOST_CONNECTION):
                storing.failed(error)
            else:
                logger.exception("A batch of %d messages was not stored", len(batch))
            for _draft, future in batch:
                _refuse(future, Unavailable())
            return
        storing.worked()
        _answer(batch, sent)
        bus.publish(sent.changes)

    async def _send(self, drafts: list[Message]) -> Sent:
        """Post on the event loop if possible. The thread opens the connection, and retries a batch that failed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*LOST_CONNECTION, IntegrityError):
                return await self._send_on_loop(connection, drafts)
        return await self._loop.run_in_executor(self._thread, self._send_in_thread, drafts)

    async def _send_on_loop(self, connection: Any, drafts: list[Message]) -> Sent:
        date(drafts, timezone.now())

        def prepare(results: list[PostResult]) -> tuple[list[PostResult], Sent | None]:
            is_any_known = any(result.outcome == PostOutcome.KNOWN for result in results)
            return results, None if is_any_known else settle(drafts, results, {})

        results, sent = await post_on_loop(connection, drafts, prepare)
        if sent is None:
            known = await self._loop.run_in_executor(self._thread, self._known_in_thread, results)
            return settle(drafts, results, known)
        self._connection = connection
        return sent

    def _send_in_thread(self, drafts: list[Message]) -> Sent:
        done = with_connection(send_batch, drafts)
        self._connection = connection_for_loop()
        return done

    def _known_in_thread(self, results: list[PostResult]) -> dict[int, Message]:
        """The messages of keys that were used before. If this lookup fails, the rest of the batch is still acked.

        Not in a reader thread: the next batch would have to wait for the queries of the readers.
        """
        try:
            return with_connection(known_messages, results)
        except DatabaseError as error:
            logger.warning("Could not read messages that were stored earlier: %r", error)
            return {}
        finally:
            self._connection = connection_for_loop()


def _answer(batch: list[Waiting], sent: Sent) -> None:
    texts = {item.id: item.text for change in sent.changes for item in change.messages}
    for (_draft, future), outcome in zip(batch, sent.outcomes, strict=True):
        if isinstance(outcome, ChatError):
            _refuse(future, outcome)
        elif not future.done():
            future.set_result(texts.get(outcome.pk) or shapes.Message.of(outcome).encode())


def _refuse(future: "asyncio.Future[str]", error: ChatError) -> None:
    if not future.done():
        future.set_exception(error)
