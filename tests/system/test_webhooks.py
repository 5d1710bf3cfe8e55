"""Webhooks on a real server: every command of docs/webhooks.md, and a receiver that is away for a while."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.harness.receiver import Receiver, status
from tests.harness.services import BASE_DIR, Installation, Server
from tests.harness.waiting import until

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl"),
]

PAGE = (BASE_DIR / "docs" / "webhooks.md").read_text()
CONSOLE = PAGE.split("```console\n")[1].split("```")[0].splitlines()
EXAMPLES = [(CONSOLE[at][2:], CONSOLE[at + 1]) for at in range(1, len(CONSOLE), 2)]
"""Commands, and what they print."""

CREATE = """
from django.conf import settings
from chat.models import Room
from chat.services.bots import create_bot
from chat.services.spaces import create_space
from webhooks.services.incoming import create_incoming
from webhooks.services.outgoing import create_outgoing
settings.WEBHOOK_PRIVATE_HOSTS = [{host!r}]
mina = create_space(name="Team", username="mina", display_name="Mina", password="a-password-for-mina")
room = Room.objects.get()
bot = create_bot(mina, username="builder", display_name="Builder")
print(create_incoming(mina, room_id=room.pk, name="Builds", bot_id=bot.pk)[1])
create_outgoing(mina, room_id=room.pk, name="Archive", url={url!r}, kinds=["message.posted"])
"""
SOON_SECONDS = 60.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that is away at first."""
    with Receiver() as made:
        made.reply = status(503)
        yield made


def curl(command: str, hook: str) -> str:
    """What a command of the page prints."""
    done = subprocess.run(
        ["bash", "-c", command.replace("curl ", "curl -s ", 1)], env={"HOOK": hook, "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def pattern(line: str) -> str:
    """What a line of the page stands for: any number, and anything for three dots."""
    return re.sub(r"\d+", r"\\d+", re.escape(line)).replace("…", ".*")


def test_the_commands_of_the_page_print_what_it_says_and_a_receiver_is_sent_it_all_in_order(
    installation: Installation, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = installation.python(CREATE.format(host=receiver.host, url=receiver.url)).splitlines()[-1]
    server: Server = installation.start_server(WEBHOOK_PRIVATE_HOSTS=receiver.host, WORK_IN_SERVER="true")
    assert len(EXAMPLES) == 4
    for command, printed in EXAMPLES:
        assert re.fullmatch(pattern(printed), curl(command, f"{server.url}/webhooks/in/{secret}/").strip()), command
    until(lambda: receiver.received, seconds=SOON_SECONDS)
    receiver.reply = status(200)
    until(lambda: len({received.headers["webhook-id"] for received in receiver.received}) == 4, seconds=SOON_SECONDS)
    bodies = [json.loads(received.body)["data"]["message"]["body"] for received in receiver.received]
    assert list(dict.fromkeys(bodies)) == [
        "**Build 7** failed",
        "The disk is full.",
        "**Deployed** [17](https://example.com)",
        "A form, as some programs send it",
    ]
