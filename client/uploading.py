"""Uploads files, so that a message can carry them."""

import base64
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from .errors import UploadError

PART_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 30.0
POLL_SECONDS = 0.2
TRIES = 10


@dataclass(frozen=True, kw_only=True)
class Uploader:
    """Uploads files to a site, with the session that `sign_in` returns, or with a token."""

    site: str
    cookie: str = ""
    token: str = ""

    def upload(self, content: bytes, *, name: str, room: int | None = None) -> str:
        """Upload a file for a room, or without one for a new direct conversation; returns its id once it is ready.

        After a failure it continues where the server says. Raises UploadError if the server refuses the file, and
        OSError if it cannot be reached.
        """
        about = {"filename": name} | ({} if room is None else {"room": str(room)})
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in about.items())
        begun = self._request("POST", "/files/", {"Upload-Length": str(len(content)), "Upload-Metadata": metadata})
        place = urllib.parse.urlsplit(begun.headers["Location"]).path
        offset = failures = 0
        while offset < len(content):
            try:
                offset = self._send(place, content[offset : offset + PART_BYTES], offset)
                failures = 0
            except OSError:
                failures += 1
                if failures == TRIES:
                    raise
                time.sleep(POLL_SECONDS * failures)
                offset = int(self._request("HEAD", place).headers["Upload-Offset"])
        return self._until_ready(place)

    def _send(self, place: str, part: bytes, offset: int) -> int:
        headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        return int(self._request("PATCH", place, headers, part).headers["Upload-Offset"])

    def _until_ready(self, place: str) -> str:
        while True:
            file = json.loads(self._request("GET", place).read())
            if file["state"] == "ready":
                return str(file["id"])
            if file["state"] == "failed":
                raise UploadError(file["error"])
            time.sleep(POLL_SECONDS)

    def _request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> HTTPResponse:
        address = self.site.rstrip("/") + path
        given = {"Tus-Resumable": "1.0.0", **self._credentials(), **(headers or {})}
        request = urllib.request.Request(address, body, given, method=method)  # noqa: S310 (the caller's site)
        try:
            answer: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
        except urllib.error.HTTPError as error:
            if error.code >= 500 or error.code in (408, 409, 429):  # the same later may succeed
                raise
            raise UploadError(_message_of(error)) from error
        return answer

    def _credentials(self) -> dict[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        csrf = secrets.token_hex(16)
        return {"Cookie": f"{self.cookie}; csrftoken={csrf}", "X-CSRFToken": csrf, "Origin": self.site.rstrip("/")}


def _message_of(error: urllib.error.HTTPError) -> str:
    """What the server says of a refusal."""
    try:
        answer: Any = json.loads(error.read())
        return str(answer["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return str(error)
