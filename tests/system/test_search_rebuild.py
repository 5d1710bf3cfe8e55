"""`manage.py search_rebuild` in processes of its own: killed in the middle, and twice at once."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.harness.services import Installation

TALK = """
import uuid
from chat.models import Room, User
from chat.services.messages import send_message
from chat.services.spaces import create_space
from search.deriver import search_deriver
from tests.harness.deriving import catch_up, runner_of
create_space(name="Team", username="mina", display_name="Mina", password="a-password-for-mina")
for number in range(8):
    send_message(User.objects.get(), room_id=Room.objects.get(slug="general").pk, key=uuid.uuid4(), body=f"n{number}")
catch_up(runner_of(search_deriver()))
"""
# Stops where a kill hurts: half of the messages are in the new index.
HALF = """
import sys
from search import rebuilding
rebuilding.MESSAGES_AT_ONCE = 4
for _step in rebuilding.rebuild():
    print("half", flush=True)
    sys.stdin.read()
"""
FIND = """
from chat.models import User
from search.command import Search, search
print(sum(len(search(User.objects.get(), Search(type="search", query=f"n{n}")).hits) for n in range(8)))
"""
IS_WHOLE = """
from tests.harness.search_index import rebuilt, stored
print(stored() == rebuilt())
"""


@pytest.fixture
def talk(installation: Installation) -> Installation:
    """A site with messages, all of which are in the index."""
    installation.python(TALK)
    return installation


@contextmanager
def half_built(site: Installation) -> Iterator["subprocess.Popen[str]"]:
    """A process that has read half of the messages."""
    command = [site.code.python, "-c", f"import django; django.setup()\n{HALF}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=site.code.directory, env=site.env, stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "half\n"
            yield process
        finally:
            process.kill()


def test_a_killed_rebuild_leaves_the_index_as_it_was_and_the_next_one_completes(talk: Installation) -> None:
    with half_built(talk):
        assert talk.python(FIND) == "8\n"
    assert talk.python(FIND) == "8\n"
    assert talk.python(IS_WHOLE) == "True\n"
    assert "The index is complete" in talk.manage("search_rebuild")
    assert talk.python(FIND) == "8\n"
    assert talk.python(IS_WHOLE) == "True\n"


def test_a_second_rebuild_at_the_same_time_is_refused(talk: Installation) -> None:
    with half_built(talk), pytest.raises(RuntimeError, match="Another process is building the index"):
        talk.manage("search_rebuild")
    assert talk.python(IS_WHOLE) == "True\n"
