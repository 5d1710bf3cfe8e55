"""The examples of docs/bots.md, with the package installed from this checkout, and without any other package."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client.blocking_client import BlockingClient
from client.room import Room
from tests.harness.bots import bot_token
from tests.harness.installed_client import Script, install
from tests.harness.services import BASE_DIR, Server
from tests.harness.team import Team

pytestmark = pytest.mark.once

PAGE = (BASE_DIR / "docs" / "bots.md").read_text()
ECHO, DEPLOY, REPORT, PONG = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(CURL,) = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
STATEMENTS = 10


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def env(team: Team, server: Server) -> dict[str, str]:
    """The variables of the page."""
    return {"CHAT": server.url, "TOKEN": bot_token(team)}


@pytest.fixture
def script(tmp_path: Path, installed: Path, env: dict[str, str]) -> Iterator[Callable[[str], Script]]:
    """Makes programs with these texts, which end with the test."""
    made: list[Script] = []

    def make(text: str) -> Script:
        made.append(Script(tmp_path, text, installed=installed, **env))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def mina(team: Team, server: Server) -> Iterator[BlockingClient]:
    with BlockingClient(server.url, f"sessionid={team.sessions['mina']}") as client:
        client.open(team.general)
        yield client


def answers(mina: BlockingClient, team: Team, body: str) -> list[str]:
    """Say something, and wait for an answer in the room or in a thread."""
    asked = mina.say(team.general, body)
    room = mina.protocol.state.rooms[team.general]
    mina.until(lambda: replies_to(room, asked.id) or "thread" in room.messages[asked.position].extras)
    return replies_to(room, asked.id)


def replies_to(room: Room, message: int) -> list[str]:
    return [held.body for held in room.messages.values() if held.reply_to == message]


def ends_politely(script: Script) -> bool:
    """Whether a bot ends by SIGTERM as programs should, without a complaint."""
    assert script.process is not None
    script.process.send_signal(signal.SIGTERM)
    return script.process.wait(30) == 0 and "Traceback" not in script.output()


def test_the_package_needs_neither_django_nor_any_other_package(script: Callable[[str], Script]) -> None:
    printed = script("""
import importlib.util, sarangbang_client
assert importlib.util.find_spec("django") is None and importlib.util.find_spec("websockets") is None
try:
    sarangbang_client.Bot("http://127.0.0.1", "t", transport="websocket")
except sarangbang_client.ClientError as error:
    print(error)
""").run()
    assert printed == "WebSockets need another package: pip install websockets\n"


def test_the_first_bot_has_ten_lines() -> None:
    assert len([line for line in ECHO.splitlines() if line]) <= STATEMENTS


def test_the_bot_of_the_page_says_everything_again(
    script: Callable[[str], Script], team: Team, mina: BlockingClient
) -> None:
    bot = script(ECHO).start()
    assert answers(mina, team, "Good morning!") == ["Mina said: Good morning!"]
    assert ends_politely(bot)
    room = mina.protocol.state.rooms[team.general]
    asked = mina.say(team.general, "Are you away?")
    bot.start()
    mina.until(lambda: replies_to(room, asked.id))
    assert ends_politely(bot)


def test_the_bot_of_the_page_deploys_for_operators_only(
    script: Callable[[str], Script], team: Team, server: Server, mina: BlockingClient
) -> None:
    bot = script(DEPLOY).start()
    asked = mina.say(team.general, "!deploy 17")
    message = mina.protocol.state.rooms[team.general].messages
    mina.until(lambda: "thread" in message[asked.position].extras)
    assert message[asked.position].extras["reactions"][0]["emoji"] == "🚀"
    with BlockingClient(server.url, f"sessionid={team.sessions['joon']}") as joon:
        joon.open(team.general)
        assert answers(joon, team, "!deploy 18") == ["You may not deploy."]
    assert ends_politely(bot)


def test_the_report_of_the_page_is_posted_once_although_it_runs_twice(
    script: Callable[[str], Script], team: Team, mina: BlockingClient
) -> None:
    room = mina.protocol.state.rooms[team.general]
    before = room.newest
    for _ in range(2):
        script(REPORT).run()
    after = mina.say(team.general, "Thanks")
    mina.until(lambda: after.position in room.messages)
    (report,) = [room.messages[position].body for position in range(before + 1, after.position)]
    assert report.endswith("GiB are free.")


def test_the_bot_with_asyncio_of_the_page_answers(
    script: Callable[[str], Script], team: Team, mina: BlockingClient
) -> None:
    bot = script(PONG).start()
    assert answers(mina, team, "ping") == ["pong"]
    assert ends_politely(bot)


def test_the_command_with_curl_says_something(env: dict[str, str], team: Team, mina: BlockingClient) -> None:
    for _ in range(2):
        done = subprocess.run(
            ["bash", "-c", CURL], env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, check=True
        )
        assert b'"body":"Version 17 is out."' in done.stdout
