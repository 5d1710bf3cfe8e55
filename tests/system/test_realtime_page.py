"""Each command of docs/realtime.md does what the page says."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.services import BASE_DIR, Server
from tests.harness.team import Team

pytestmark = pytest.mark.once

PAGE = (BASE_DIR / "docs" / "realtime.md").read_text()
COMMANDS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)

EXPECTED = [
    '"type":"hello"',
    '{"frames":[],"cursor":"',
    '"body":"Good morning!"',
    '{"frames":[],"cursor":"',
    '{"type":"rooms"',
    "content-type: application/x-ndjson",
    "data: {",
    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
    '"ref":1,"ok":true',
    "88 02 11 30",
]
"""Part of what each command prints, in order."""

NC = """#!{python}
import socket, sys, threading
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def read():
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
reading = threading.Thread(target=read, daemon=True)
reading.start()
while data := sys.stdin.buffer.read1(65536):
    connection.sendall(data)
connection.shutdown(socket.SHUT_WR)
reading.join(5)
"""
"""What the page needs of `nc`, for machines that have none."""

CREATE = """
from uuid import uuid4
from chat.models import User
from chat.services.messages import send_message
from chat.services.tokens import create_token
mina = User.objects.get(username="mina")
send_message(mina, room_id={room}, key=uuid4(), body="Good morning!")
print(create_token(mina, user_id=mina.pk, name="page", scopes=["read"])[1])
"""


@pytest.fixture(scope="module")
def environment(team: Team, server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of the page, and a path with all its programs."""
    programs = tmp_path_factory.mktemp("bin")
    if shutil.which("nc") is None:
        (programs / "nc").write_text(NC.format(python=sys.executable))
        (programs / "nc").chmod(stat.S_IRWXU)
    token = team.installation.python(CREATE.format(room=team.general)).splitlines()[-1]
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOST": "127.0.0.1",
        "PORT": str(server.port),
        "TOKEN": token,
        "ROOM": str(team.general),
    }


def test_every_command_of_the_page_is_expected_to_print_something() -> None:
    assert len(COMMANDS) == len(EXPECTED)


@pytest.mark.parametrize(("command", "expected"), list(zip(COMMANDS, EXPECTED, strict=False)))
def test_a_command_of_the_page_does_what_it_says(
    environment: dict[str, str], tmp_path: Path, command: str, expected: str
) -> None:
    done = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True, timeout=30, check=True
    )
    printed = done.stdout.decode(errors="replace")
    assert expected in printed or expected in printed.lower(), printed + done.stderr.decode(errors="replace")
