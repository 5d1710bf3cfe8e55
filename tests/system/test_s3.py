"""Files in a bucket of a real S3 server, instead of a folder."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.file_client import FileClient
from tests.harness.services import Process, free_port
from tests.harness.socket_client import new_key
from tests.harness.waiting import until
from tests.system.conftest import StartTeam

boto3 = pytest.importorskip("boto3")
pytest.importorskip("moto.server")
pytest.importorskip("storages")

BUCKET = "sarangbang"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


class S3(Process):
    """An S3 server, which keeps buckets in memory."""

    def __init__(self, directory: Any) -> None:
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

    def names(self) -> list[str]:
        """The names of what is in the bucket."""
        return [item["Key"] for item in self.client().list_objects_v2(Bucket=BUCKET).get("Contents", ())]


@pytest.fixture
def s3(tmp_path: Any) -> Iterator[S3]:
    server = S3(tmp_path)
    server.start()
    server.client().create_bucket(Bucket=BUCKET)
    yield server
    server.stop()


async def test_files_live_in_the_bucket_and_go_from_there(start_team: StartTeam, s3: S3) -> None:
    team = start_team()
    more = {"FILES_S3_BUCKET": BUCKET, "FILES_S3_ENDPOINT": s3.address, "WORK_IN_SERVER": "true", **KEYS}
    server = team.installation.start_server(**more)
    content = os.urandom(3 * 1024 * 1024)
    with FileClient(server, team, "mina") as client:
        client.begin(len(content))
        client.send_rest(content)
        until(lambda: json.loads(client.request("GET", client.place)[1])["state"] == "ready")
        file = client.place.split("/")[-2]
        assert s3.names() == [f"{file[:2]}/{file}"]
        assert not (team.installation.directory / "files").exists()
        async with team.client(server, "mina") as mina:
            sent = await mina.ok("send", room=team.general, key=new_key(), body="", files=[file])
            answer, got = client.request("GET", f"/files/{file}/data.bin")
            assert (answer.status, got == content) == (200, True)
            answer, got = client.request("GET", f"/files/{file}/data.bin", Range="bytes=2000000-2000009")
            assert (answer.status, got) == (206, content[2_000_000:2_000_010])
            await mina.ok("delete", message=sent["message"]["id"])
    until(lambda: s3.names() == [])
