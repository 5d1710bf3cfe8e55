"""Files in a bucket of a real S3 server, instead of a folder."""

import json
import os
import socket
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.harness.file_client import FileClient
from tests.harness.files import png
from tests.harness.services import Process, Server, free_port
from tests.harness.socket_client import new_key
from tests.harness.team import Team
from tests.harness.waiting import until
from tests.system.conftest import StartTeam
from tests.system.test_uploads import watched_memory

BUCKET = "sarangbang"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
MEGABYTE = 1024 * 1024


class S3(Process):
    """An S3 server, which keeps buckets in memory."""

    name = "The S3 server"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def is_ready(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name="us-east-1",
        )

    def names(self) -> set[str]:
        """The names of what is in the bucket."""
        return {item["Key"] for item in self.client().list_objects_v2(Bucket=BUCKET).get("Contents", ())}

    def content(self, name: str) -> bytes:
        return bytes(self.client().get_object(Bucket=BUCKET, Key=name)["Body"].read())


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3]:
    server = S3(tmp_path)
    server.start()
    server.client().create_bucket(Bucket=BUCKET)
    yield server
    server.kill()


@pytest.fixture
def team(start_team: StartTeam) -> Team:
    return start_team()


@pytest.fixture
def server(team: Team, s3: S3) -> Server:
    """A server whose files are in the bucket."""
    more = {"FILES_S3_BUCKET": BUCKET, "FILES_S3_ENDPOINT": s3.address, "WORK_IN_SERVER": "true", **KEYS}
    return team.installation.start_server(**more)


def uploaded(client: FileClient, content: bytes, *, name: str = "data.bin") -> str:
    """Upload a file, and return its id when it is ready."""
    client.acknowledged = 0
    client.begin(len(content), name=name)
    client.send_rest(content)
    until(lambda: json.loads(client.request("GET", client.place)[1])["state"] == "ready")
    return client.place.split("/")[-2]


async def test_files_live_in_the_bucket_and_go_from_there(team: Team, server: Server, s3: S3) -> None:
    content, picture = os.urandom(3 * MEGABYTE), png(900, 700)
    with FileClient(server, team, "mina") as client:
        file, shown = uploaded(client, content), uploaded(client, picture, name="가격표.png")
        thumbnail = f"{shown[:2]}/{shown}-small"
        assert s3.names() == {f"{file[:2]}/{file}", f"{shown[:2]}/{shown}", thumbnail}
        assert s3.content(f"{file[:2]}/{file}") == content
        assert not (team.installation.directory / "files").exists()
        async with team.client(server, "mina") as mina:
            sent = await mina.ok("send", room=team.general, key=new_key(), body="", files=[file, shown])
            with FileClient(server, team, "joon") as joon:
                answer, got = joon.request("GET", f"/files/{shown}/small/")
                assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
                assert got == s3.content(thumbnail)
                assert joon.request("GET", f"/files/{file}/data.bin")[1] == content
            await mina.ok("delete", message=sent["message"]["id"])
        assert client.request("GET", f"/files/{file}/data.bin")[0].status == 404
    until(lambda: s3.names() == set())


def test_of_a_part_of_a_file_only_that_part_is_fetched(team: Team, server: Server) -> None:
    content = os.urandom(40 * MEGABYTE)
    with FileClient(server, team, "mina") as client:
        file = uploaded(client, content)
        with watched_memory(server) as seen:
            answer, got = client.request("GET", f"/files/{file}/x", Range="bytes=20000000-20000009")
            assert (answer.status, got) == (206, content[20_000_000:20_000_010])
            assert answer.headers["Content-Range"] == f"bytes 20000000-20000009/{len(content)}"
            answer, got = client.request("GET", f"/files/{file}/x", Range="bytes=-5")
            assert (answer.status, got) == (206, content[-5:])
            assert client.request("GET", f"/files/{file}/x", Range=f"bytes={len(content)}-")[0].status == 416
            assert client.request("GET", f"/files/{file}/x")[1] == content
        assert max(seen) - seen[0] <= 20 * MEGABYTE


def test_a_file_that_the_bucket_has_lost_is_not_there(team: Team, server: Server, s3: S3) -> None:
    with FileClient(server, team, "mina") as client:
        file = uploaded(client, b"x" * 100)
        s3.client().delete_object(Bucket=BUCKET, Key=f"{file[:2]}/{file}")
        assert client.request("GET", f"/files/{file}/x")[0].status == 404


async def test_while_the_bucket_is_away_uploads_and_deletions_wait_and_others_do_not(
    team: Team, server: Server, s3: S3
) -> None:
    with FileClient(server, team, "mina") as client:
        file = uploaded(client, b"x" * 100)
        async with team.client(server, "mina") as mina:
            sent = await mina.ok("send", room=team.general, key=new_key(), body="", files=[file])
            s3.freeze()
            client.acknowledged = 0
            client.begin(5)
            client.send_rest(b"12345")
            await mina.ok("delete", message=sent["message"]["id"])
            await mina.ok("send", room=team.general, key=new_key(), body="Still here")
            assert json.loads(client.request("GET", client.place)[1])["state"] == "processing"
            s3.thaw()
        until(lambda: json.loads(client.request("GET", client.place)[1])["state"] == "ready", seconds=120)
        waiting = uuid.UUID(client.place.split("/")[-2])
        until(lambda: s3.names() == {f"{str(waiting)[:2]}/{waiting}"}, seconds=120)
