"""Uploads and files, as clients send and read them."""

import base64
from io import BytesIO
from typing import Any

from PIL import Image

from tests.harness.api_client import Got, call
from tests.harness.waiting import until_async

PART_BYTES = 1024 * 1024
PART = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}


def metadata(**values: object) -> str:
    """The header Upload-Metadata."""
    return ",".join(f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in values.items())


async def begin(token: str, *, size: int, name: str = "notes.txt", room: int | None = None) -> Got:
    """Begin an upload."""
    about: dict[str, object] = {"filename": name} | ({} if room is None else {"room": room})
    headers = {"tus-resumable": "1.0.0", "upload-length": str(size), "upload-metadata": metadata(**about)}
    return await call("POST", "/files/", token=token, headers=headers)


async def send_part(token: str, place: str, content: bytes, *, offset: int, **more: str) -> Got:
    """Send one part of an upload."""
    return await call("PATCH", place, token=token, body=content, headers={**PART, "upload-offset": str(offset), **more})


async def state_of(token: str, place: str) -> Any:
    """What the server says of an upload."""
    return (await call("GET", place, token=token)).json


async def upload(token: str, content: bytes, *, name: str = "notes.txt", room: int | None = None) -> str:
    """Upload a whole file, and return its id once it is ready."""
    begun = await begin(token, size=len(content), name=name, room=room)
    assert begun.status == 201, begun.text
    place = begun.headers["location"]
    for offset in range(0, len(content), PART_BYTES):
        got = await send_part(token, place, content[offset : offset + PART_BYTES], offset=offset)
        assert got.status == 204, got.text
    await ready(token, place)
    return str(begun.json["id"])


async def ready(token: str, place: str) -> None:
    """Wait until an upload with all its parts is ready."""

    async def is_ready() -> bool:
        return bool((await state_of(token, place))["state"] == "ready")

    await until_async(is_ready)


def png(width: int = 40, height: int = 30) -> bytes:
    """A picture."""
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()
