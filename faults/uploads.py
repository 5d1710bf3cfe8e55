"""Uploads of clients, in parts, that go on after every failure."""

import asyncio
import base64
import hashlib
import io
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from faults.client import Client
from faults.http import FAILURES, Answer, ask, credentials

PART_BYTES = (8 * 1024, 256 * 1024)
PICTURE_SIDE = (500, 1800)
FILE_BYTES = (1, 1_500_000)
ASK_SECONDS = 30.0
PAUSE_SECONDS = 0.3
PART_PAUSE_SECONDS = 0.2
STATE_PAUSE_SECONDS = 0.2
LATER = {408, 409, 429, 500, 502, 503, 504, 507}
"""Statuses after which the same may succeed later."""

PART = {"Content-Type": "application/offset+octet-stream"}


class GivenUpError(Exception):
    """The server refuses the upload."""


@dataclass(eq=False)
class Upload:
    """A file that a client uploads."""

    name: str
    content: bytes
    id: str = ""
    acked: int = 0
    """The offset in the last ack."""
    is_ready: bool = False
    faults: list[str] = field(default_factory=list)
    """What the server did that it must not do."""
    refusals: set[int] = field(default_factory=set)
    """The statuses after which it was tried again."""

    @property
    def digest(self) -> str:
        """The SHA-256 of what was uploaded."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def place(self) -> str:
        """Where it continues."""
        return f"/files/uploads/{self.id}/"


def some_file(rng: random.Random) -> Upload:
    """A picture large enough to have thumbnails, a text, or bytes that nothing can recognise."""
    number = rng.randrange(10_000)
    match rng.choice(["picture", "text", "bytes"]):
        case "picture":
            return Upload(f"picture {number}.png", _picture(rng))
        case "text":
            return Upload(f"글 {number}.txt", "차 한 잔\n".encode() * rng.randint(1, 20_000))
    return Upload(f"bytes {number}.bin", rng.randbytes(rng.randint(*FILE_BYTES)))


def _picture(rng: random.Random) -> bytes:
    """A picture as PNG. Noise in one channel makes it large, and still quick to make."""
    size = (rng.randint(*PICTURE_SIDE), rng.randint(*PICTURE_SIDE) // 2)
    noise = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
    file = io.BytesIO()
    noise.convert("RGB").save(file, "PNG", compress_level=1)
    return file.getvalue()


class Uploader:
    """Uploads files of one client, through the proxy of any process."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rng = random.Random(client.rng.random())

    async def upload(self, upload: Upload, room: int) -> None:
        """Upload a file for a room, until it is ready. Raises GivenUpError if the server refuses it."""
        while not upload.id:
            await self._begin(upload, room)
        while upload.acked < len(upload.content):
            await asyncio.sleep(self._rng.uniform(0, PART_PAUSE_SECONDS))
            await self._continue(upload)
        while not upload.is_ready:
            await asyncio.sleep(STATE_PAUSE_SECONDS)
            await self._look(upload)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer | None:
        """The answer to a GET; None if there is none."""
        return await self._ask("GET", path, headers or {})

    async def _begin(self, upload: Upload, room: int) -> None:
        about = {"filename": upload.name, "room": str(room)}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in about.items())
        headers = {"Upload-Length": str(len(upload.content)), "Upload-Metadata": metadata}
        answer = await self._ask("POST", "/files/", headers)
        if self._must_wait(upload, answer):
            await asyncio.sleep(PAUSE_SECONDS)
        elif answer is not None:
            upload.id = json.loads(answer.body)["id"]

    async def _continue(self, upload: Upload) -> None:
        part = upload.content[upload.acked :][: self._rng.randint(*PART_BYTES)]
        answer = await self._ask("PATCH", upload.place, PART | {"Upload-Offset": str(upload.acked)}, part)
        if not self._must_wait(upload, answer) and answer is not None:
            upload.acked = int(answer.headers["upload-offset"])
            return
        await asyncio.sleep(PAUSE_SECONDS)
        answer = await self._ask("HEAD", upload.place, {})
        if self._must_wait(upload, answer) or answer is None:
            return
        offset = int(answer.headers["upload-offset"])
        if offset < upload.acked:
            upload.faults.append(f"{upload.acked} bytes were acknowledged, and later {offset} had arrived")
        upload.acked = offset

    async def _look(self, upload: Upload) -> None:
        answer = await self._ask("GET", upload.place, {})
        if self._must_wait(upload, answer) or answer is None:
            return
        file = json.loads(answer.body)
        if file["state"] == "failed":
            raise GivenUpError(f"{upload.name}: {file['error']}")
        upload.is_ready = file["state"] == "ready"

    def _must_wait(self, upload: Upload, answer: Answer | None) -> bool:
        """Whether a request must be repeated later. Raises GivenUpError if that would not help."""
        status = 0 if answer is None else answer.status
        if status < 400 and answer is not None:
            return False
        upload.refusals.add(status)
        if answer is not None and status not in LATER:
            raise GivenUpError(f"{upload.name}: {status} {answer.body[:200]!r}")
        return True

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer | None:
        client = self._client
        node = self._rng.choice(client.site.listening())
        given = {**credentials(client.cookie), "Tus-Resumable": "1.0.0", **headers}
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await ask(lambda: client.dial(node), method, path, given, body)
        except FAILURES:  # TimeoutError is an OSError
            return None
