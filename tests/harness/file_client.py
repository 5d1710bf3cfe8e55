"""Uploads to a real server, with the session of a page of the site."""

import base64
import http.client
from dataclasses import dataclass, field
from typing import Self

from tests.harness.services import Server
from tests.harness.team import CSRF, Team

PART_BYTES = 1024 * 1024
SECONDS = 60


@dataclass
class FileClient:
    """One connection of a person, which uploads one file."""

    server: Server
    team: Team
    username: str
    place: str = ""
    acknowledged: int = 0
    """The highest offset that the server has acknowledged."""

    _connection: http.client.HTTPConnection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request, and return the answer with its body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cookie = f"sessionid={self.team.sessions[self.username]}; csrftoken={CSRF}"
        self._connection.request(
            method, path, body, {"Cookie": cookie, "X-CSRFToken": CSRF, "Tus-Resumable": "1.0.0", **named}
        )
        answer = self._connection.getresponse()
        return answer, answer.read()

    def begin(self, size: int, *, name: str = "data.bin") -> None:
        """Begin an upload into General."""
        values = {"filename": name, "room": str(self.team.general)}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())
        answer, text = self.request("POST", "/files/", Upload_Length=str(size), Upload_Metadata=metadata)
        assert answer.status == 201, text
        self.place = answer.headers["Location"]

    def send(self, part: bytes, offset: int) -> int:
        """Send one part, and return the status of the answer."""
        answer, _text = self.request(
            "PATCH", self.place, part, Content_Type="application/offset+octet-stream", Upload_Offset=str(offset)
        )
        if answer.status == 204:
            self.acknowledged = int(answer.headers["Upload-Offset"])
        return answer.status

    def send_rest(self, content: bytes) -> None:
        """Send what the server has not acknowledged, part by part."""
        while self.acknowledged < len(content):
            part = content[self.acknowledged : self.acknowledged + PART_BYTES]
            assert self.send(part, self.acknowledged) == 204

    def ask_offset(self) -> int:
        """Where the upload continues, as the server says."""
        answer, _text = self.request("HEAD", self.place)
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])
