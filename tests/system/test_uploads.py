"""Uploads to a real server: over its death, many at once, and beside messages."""

import contextlib
import hashlib
import http.client
import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from client.blocking_client import BlockingClient
from client.errors import UploadError
from client.uploading import Uploader
from tests.harness.file_client import PART_BYTES, FileClient
from tests.harness.services import Server
from tests.harness.team import Team
from tests.harness.waiting import until
from tests.system.conftest import StartTeam

MEGABYTE = 1024 * 1024
READY_SECONDS = 120.0
"""A file whose server was killed is examined again a few seconds later."""

DIGEST = """
from files.models import Attachment
print(Attachment.objects.get().digest)
"""


def digest_of(team: Team) -> str:
    """The SHA-256 that the site has stored of the only file."""
    return team.installation.python(DIGEST).strip()


def send_until_it_dies(client: FileClient, content: bytes, begun: threading.Event) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        while client.acknowledged < len(content):
            part = content[client.acknowledged : client.acknowledged + PART_BYTES]
            client.send(part, client.acknowledged)
            if client.acknowledged >= 4 * PART_BYTES:
                begun.set()


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    content = os.urandom(40 * MEGABYTE)
    with FileClient(server, team, "mina") as client:
        client.begin(len(content))
        begun = threading.Event()
        sending = threading.Thread(target=send_until_it_dies, args=(client, content, begun))
        sending.start()
        assert begun.wait(60)
        server.kill()
        sending.join()
    acknowledged, place = client.acknowledged, client.place
    assert acknowledged >= 4 * PART_BYTES
    server.start()
    with FileClient(server, team, "mina", place) as client:
        reached = client.ask_offset()
        assert acknowledged <= reached <= len(content)
        client.acknowledged = reached
        client.send_rest(content)
        until(lambda: json.loads(client.request("GET", place)[1])["state"] == "ready", seconds=READY_SECONDS)
    assert digest_of(team) == hashlib.sha256(content).hexdigest()


def a_photo() -> bytes:
    """A picture that takes a while to examine."""
    made = io.BytesIO()
    Image.effect_noise((3000, 3000), 80).convert("RGB").save(made, "JPEG", quality=90)
    return made.getvalue()


def test_a_file_that_was_being_finished_by_a_killed_server_becomes_ready(start_team: StartTeam) -> None:
    """Also where no process works on due things, as with Redis and without `manage.py work`."""
    team = start_team()
    server = team.installation.start_server(WORK_IN_SERVER="false")
    content = a_photo()
    with FileClient(server, team, "mina") as client:
        client.begin(len(content))
        client.send_rest(content)
        server.kill()
    server.start()
    with FileClient(server, team, "mina", client.place) as client:
        until(lambda: json.loads(client.request("GET", client.place)[1])["state"] == "ready", seconds=READY_SECONDS)
    assert digest_of(team) == hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def watched_memory(server: Server) -> Iterator[list[int]]:
    """The resident memory of a server, again and again, in bytes."""
    assert server.process is not None
    process, seen, over = psutil.Process(server.process.pid), list[int](), threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            seen.append(process.memory_info().rss)

    thread = threading.Thread(target=watch)
    seen.append(process.memory_info().rss)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def test_twenty_uploads_at_once_take_little_memory(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    content = os.urandom(10 * MEGABYTE)
    upload_whole(server, team, content)  # what is loaded only with the first upload
    with watched_memory(server) as seen:
        threads = [threading.Thread(target=upload_whole, args=(server, team, content)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert max(seen) - seen[0] <= 20 * MEGABYTE


def upload_whole(server: Server, team: Team, content: bytes) -> None:
    with FileClient(server, team, "mina") as client:
        client.begin(len(content))
        client.send_rest(content)


def test_a_part_over_a_mebibyte_is_refused_unread(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    with FileClient(server, team, "mina") as client:
        client.begin(4 * MEGABYTE)
        with contextlib.suppress(OSError):
            assert client.send(b"x" * (PART_BYTES + 1), 0) == 413
    with FileClient(server, team, "mina", client.place) as client:
        assert client.ask_offset() == 0


def test_the_python_client_uploads_a_file_and_sends_it(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    site, cookie = f"http://127.0.0.1:{server.port}", f"sessionid={team.sessions['mina']}"
    content = os.urandom(3 * MEGABYTE)
    uploader = Uploader(site=site, cookie=cookie)
    with BlockingClient(site, cookie) as mina:
        file = uploader.upload(content, name="가격표.bin", room=team.general)
        message = mina.say(team.general, "", files=[file])
        (shown,) = message.extras["attachments"]
        assert (shown["id"], shown["name"], shown["size"]) == (file, "가격표.bin", len(content))
        note = mina.write([team.users["mina"]], "", files=[uploader.upload(b"a note", name="note.txt")])
        assert note.extras["attachments"][0]["lines"] == "a note"
    with pytest.raises(UploadError, match="empty"):
        uploader.upload(b"", name="empty", room=team.general)


def test_a_large_file_is_downloaded_whole_and_in_parts(start_team: StartTeam, tmp_path: Path) -> None:
    team = start_team()
    server = team.installation.start_server()
    content = os.urandom(30 * MEGABYTE)
    with FileClient(server, team, "mina") as client:
        client.begin(len(content))
        client.send_rest(content)
        until(lambda: json.loads(client.request("GET", client.place)[1])["state"] == "ready", seconds=READY_SECONDS)
        file = client.place.split("/")[-2]
        with watched_memory(server) as seen:
            answer, got = client.request("GET", f"/files/{file}/data.bin")
        assert (answer.status, got == content) == (200, True)
        answer, got = client.request("GET", f"/files/{file}/data.bin", Range="bytes=20000000-20000009")
        assert (answer.status, got) == (206, content[20_000_000:20_000_010])
        assert max(seen) - seen[0] <= 10 * MEGABYTE
