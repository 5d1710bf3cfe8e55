"""The index of a test, which follows what was sent when the test lets it."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Modules of the site are imported inside: this file is read before Django has its settings.


@pytest.fixture
def derive(db: None, settings: Any, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Lets the index and the mentions catch up."""
    from chat.derive.mentions import Mentions
    from search.deriver import search_deriver
    from search.index_file import the_file
    from search.progress import forget
    from tests.harness.deriving import catch_up, runner_of

    settings.SEARCH_FILE = tmp_path / "search.sqlite3"
    forget()
    runner = runner_of(search_deriver(), Mentions())
    yield lambda: catch_up(runner)
    the_file().close()


@pytest.fixture
def say(derive: Callable[[], None]) -> Callable[..., Any]:
    """Sends a message, and lets it be found."""
    from chat.services.messages import send_message

    def send(author: Any, room: Any, body: str, **more: Any) -> Any:
        message = send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)
        derive()
        return message

    return send


@pytest.fixture
def find(derive: Callable[[], None]) -> Callable[..., list[str]]:
    """Searches, and returns the texts that were found."""
    from search.command import Search, search

    def find(reader: Any, query: str, **more: Any) -> list[str]:
        reply = search(reader, Search(type="search", query=query, **more))
        assert not [word.problem for word in reply.words if word.problem], reply.words
        return [hit.message.body for hit in reply.hits]

    return find
