"""A drill of the section "Backups" of docs/deploying.md: what was there at the backup is back, and nothing else."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from client.outbox import new_key
from tests.harness.file_client import FileClient
from tests.harness.files import png
from tests.harness.services import SQLITE_FILE, Databases, Installation, Server, programs_for
from tests.harness.socket_client import ChatClient
from tests.harness.team import Team
from tests.harness.waiting import until, until_async
from tests.system.conftest import StartTeam

CONTENT = os.urandom(2 * 1024 * 1024)
PICTURE = png(900, 700)


def uploaded(server: Server, team: Team, content: bytes, name: str) -> str:
    with FileClient(server, team, "mina") as client:
        client.begin(len(content), name=name)
        client.send_rest(content)
        until(lambda: json.loads(client.request("GET", client.place)[1])["state"] == "ready")
        return client.place.split("/")[-2]


def read(server: Server, team: Team, path: str) -> tuple[int, bytes]:
    with FileClient(server, team, "joon") as client:
        answer, content = client.request("GET", path)
        return answer.status, content


async def said(mina: ChatClient, team: Team, body: str, *files: str) -> dict[str, Any]:
    reply = await mina.ok("send", room=team.general, key=new_key(), body=body, files=list(files))
    return dict(reply["message"])


async def found(mina: ChatClient, query: str) -> list[str]:
    """The texts that a search finds."""
    reply = await mina.ok("search", query=query)
    return [hit["message"]["body"] for hit in reply.get("hits", ())]


async def is_found(mina: ChatClient, query: str, *bodies: str) -> None:
    async def is_so() -> bool:
        return await found(mina, query) == list(bodies)

    await until_async(is_so, seconds=60)


def restore(site: Installation, backup: Path, databases: Databases | None, programs: Path) -> None:
    """Do what the page says, with the servers stopped."""
    if databases is None:
        (copy,) = backup.glob("*.sqlite3")
        shutil.copy(copy, site.directory / SQLITE_FILE)
        for leftover in site.directory.glob(f"{SQLITE_FILE}-*"):
            leftover.unlink()
    else:
        (dump,) = backup.glob("*.dump")
        databases.drop(site.database)
        databases.create(site.database, template="template0")
        url = site.env["DATABASE_URL"]
        subprocess.run([str(programs / "pg_restore"), "--no-owner", f"--dbname={url}", str(dump)], check=True)
    for packed in backup.glob("*.tar.gz"):
        with tarfile.open(packed) as archive:
            archive.extractall(site.directory, filter="data")
    site.manage("restored")


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    server.stop()
    yield
    server.start()


async def test_messages_files_and_search_are_those_of_the_backup(
    start_team: StartTeam, databases: Databases | None, tmp_path: Path
) -> None:
    programs = programs_for(None, tmp_path)
    team = start_team(WORK_IN_SERVER="true", PATH=f"{programs}:{os.environ['PATH']}")
    site, backup = team.installation, tmp_path / "backup"
    server = site.start_server()
    kept, picture = uploaded(server, team, CONTENT, "data.bin"), uploaded(server, team, PICTURE, "가격표.png")
    async with team.client(server, "mina") as mina:
        before = await said(mina, team, "마카롱 before", kept, picture)
        thumbnail = read(server, team, f"/files/{picture}/small/")
        assert thumbnail[0] == 200
        await is_found(mina, "마카롱", "마카롱 before")
        site.manage("backup", str(backup))
        lost = uploaded(server, team, PICTURE, "after.png")
        await said(mina, team, "마카롱 after", lost)
        await mina.ok("delete", message=before["id"])
        await is_found(mina, "마카롱", "마카롱 after")
    until(lambda: not (site.directory / "files" / kept[:2] / kept).exists(), seconds=60)

    with stopped(server):  # the index stays as it is: newer than the database
        shutil.rmtree(site.directory / "files")
        restore(site, backup, databases, programs)

    async with team.client(server, "mina") as mina:
        page = await mina.ok("history", room=team.general, before=1_000)
        assert [message["body"] for message in page["messages"] if message.get("kind", "text") == "text"] == [
            "마카롱 before"
        ]
        assert page["messages"][-1]["extras"] == before["extras"]
        await is_found(mina, "마카롱", "마카롱 before")
        assert await found(mina, "has:file after") == []
        await said(mina, team, "마카롱 again")  # takes the position and revision of one that is lost
        await is_found(mina, "마카롱", "마카롱 again", "마카롱 before")
    assert read(server, team, f"/files/{kept}/data.bin") == (200, CONTENT)
    assert read(server, team, f"/files/{picture}/small/") == thumbnail
    assert read(server, team, f"/files/{lost}/after.png")[0] == 404
