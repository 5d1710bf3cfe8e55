"""How files are read: only as long as somebody receives them, and not too many at once."""

import asyncio
from pathlib import Path
from typing import IO, Any, ClassVar

import pytest

from chat.models import Room, User
from files.folder import FolderStorage
from files.web.reading import AT_ONCE, PIECE_BYTES
from tests.files.test_access import sent
from tests.harness.api_client import call, scope_of
from tests.harness.files import upload
from tests.harness.waiting import until_async

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]


class Watched:
    """An open file that notes how much is read of it, and whether it was closed."""

    def __init__(self, opened: IO[bytes]) -> None:
        self._opened = opened
        self.read_bytes = 0
        self.is_closed = False

    def read(self, size: int) -> bytes:
        piece = self._opened.read(size)
        self.read_bytes += len(piece)
        return piece

    def close(self) -> None:
        self._opened.close()
        self.is_closed = True


class WatchedStorage(FolderStorage):
    """A folder that notes what is opened."""

    opened: ClassVar[list[Watched]] = []

    def open_span(self, name: str, first: int, last: int) -> Any:
        self.opened.append(Watched(super().open_span(name, first, last)))
        return self.opened[-1]


@pytest.fixture
def opened(settings: Any, roots: Path) -> list[Watched]:
    """What was opened in the storage."""
    files = {"BACKEND": f"{__name__}.WatchedStorage", "OPTIONS": {"location": roots / "files"}}
    settings.STORAGES = {**settings.STORAGES, "files": files}
    WatchedStorage.opened.clear()
    return WatchedStorage.opened


class SlowClient:
    """A client that accepts the beginning of an answer, and then nothing more until it goes."""

    def __init__(self, path: str, token: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self._gone = asyncio.Event()
        self._asked = False
        self._task = asyncio.ensure_future(self._run(scope_of("GET", path, token)))

    async def _run(self, scope: dict[str, Any]) -> None:
        from chatproject.asgi import application

        await application(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b""}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if message.get("more_body"):
            await self._gone.wait()

    @property
    def status(self) -> int | None:
        """The status of the answer, as soon as its body has begun, or there is none."""
        return self.sent[0]["status"] if len(self.sent) > 1 else None

    async def begin(self) -> int:
        """Wait for the answer to begin, and return its status."""

        async def status() -> int | None:
            return self.status

        return await until_async(status) or 0

    async def go(self) -> None:
        """Close the connection, and wait for the application to notice."""
        self._gone.set()
        await self._task


async def test_a_download_whose_client_has_gone_reads_no_more(
    mina_token: str, general: Room, opened: list[Watched]
) -> None:
    file = await upload(mina_token, b"x" * (8 * PIECE_BYTES), room=general.pk)
    client = SlowClient(f"/files/{file}/x", mina_token)
    assert await client.begin() == 200
    (read,) = opened
    assert (read.read_bytes, read.is_closed) == (PIECE_BYTES, False)  # no more than the client accepts
    await client.go()
    assert read.read_bytes <= 2 * PIECE_BYTES
    assert read.is_closed


async def test_a_person_reads_only_so_many_files_at_once_and_others_are_not_affected(
    mina: User, mina_token: str, joon_token: str, general: Room
) -> None:
    file, _message = await sent(mina, mina_token, general, b"x" * (2 * PIECE_BYTES))
    clients = [SlowClient(f"/files/{file}/x", mina_token) for _number in range(AT_ONCE)]
    for client in clients:
        assert await client.begin() == 200
    refused = await call("GET", f"/files/{file}/x", token=mina_token)
    assert (refused.status, refused.code) == (429, "rate_limited")
    assert (await call("HEAD", f"/files/{file}/x", token=mina_token)).status == 200
    assert (await call("GET", f"/files/{file}/x", token=joon_token)).status == 200
    await clients[0].go()
    assert (await call("GET", f"/files/{file}/x", token=mina_token)).status == 200
    for client in clients[1:]:
        await client.go()


async def test_only_what_is_sent_is_read(mina_token: str, general: Room, opened: list[Watched]) -> None:
    file = await upload(mina_token, b"x" * (8 * PIECE_BYTES), room=general.pk)
    await call("HEAD", f"/files/{file}/x", token=mina_token)
    assert opened == []
    got = await call("GET", f"/files/{file}/x", token=mina_token, headers={"range": "bytes=1000-1009"})
    assert (got.status, [read.read_bytes for read in opened]) == (206, [10])
    assert opened[0].is_closed
