"""Each command of docs/realtime.md, and of the page in Korean, does what the page says."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.services import BASE_DIR, Server
from tests.harness.team import Team

pytestmark = pytest.mark.once

PAGES = {name: (BASE_DIR / "docs" / name).read_text() for name in ("realtime.md", "realtime.ko.md")}
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = {name: BLOCK.findall(page) for name, page in PAGES.items()}

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


def structure(page: str) -> list[str]:
    """What pages in all languages have in common, in order: levels of headings, numbers of cells, items, and all code
    and addresses."""
    parts = []
    for line in BLOCK.sub(lambda block: f"`{block[1]!r}`", page).splitlines():
        kind = re.match(r"#+ |\||- |`'|$", line)
        if kind is not None:
            parts.append(kind[0] + str(line.count("|")) if kind[0] == "|" else kind[0])
    return parts


def code(page: str) -> set[str]:
    """The code in the sentences and tables of a page."""
    return set(re.findall(r"`([^`\n]+)`", BLOCK.sub("", page)))


def links(page: str) -> set[str]:
    """The addresses to which a page links, besides that in the other language."""
    return {address for address in re.findall(r"\]\(([^)]+)\)", page) if not address.startswith("realtime")}


@pytest.mark.parametrize("what", [structure, code, links])
def test_the_pages_in_both_languages_have_the_same_parts(what: Callable[[str], object]) -> None:
    english, korean = PAGES.values()
    assert what(korean) == what(english)


def test_the_pages_link_to_each_other() -> None:
    assert [re.findall(r"\]\((realtime[^)]*)\)", page) for page in PAGES.values()] == [
        ["realtime.ko.md"],
        ["realtime.md"],
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_the_page_is_expected_to_print_something(name: str) -> None:
    assert len(COMMANDS[name]) == len(EXPECTED)


@pytest.mark.parametrize(
    ("command", "expected"),
    [each for commands in COMMANDS.values() for each in zip(commands, EXPECTED, strict=False)],
    ids=[f"{name}-{number}" for name in PAGES for number in range(len(COMMANDS[name]))],
)
def test_a_command_of_the_page_does_what_it_says(
    environment: dict[str, str], tmp_path: Path, command: str, expected: str
) -> None:
    done = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True, timeout=30, check=True
    )
    printed = done.stdout.decode(errors="replace")
    assert expected in printed or expected in printed.lower(), printed + done.stderr.decode(errors="replace")
