"""The keys of replies: a handler that runs again after a crash stores nothing twice, and each reply has its own."""

from pathlib import Path

import pytest

from client.async_bot import AsyncBot
from client.bot_state import StateFile
from client.decoding import decode
from client.errors import SiteError
from client.happenings import Edited, Posted
from client.incoming import AsyncMessage
from client.shapes import Message, User
from tests.client.simulated import JOON, ROOM, Server

pytestmark = pytest.mark.once


def message_for(path: Path, happening: Posted | Edited, server: Server) -> AsyncMessage:
    """What the handler of a bot with this state gets."""
    bot = AsyncBot("http://127.0.0.1", "token", state=path)
    bot.feed.connecting()
    for text in server.hello():
        list(bot.feed.take(decode(text)))
    StateFile(path).save(bot.feed)
    given = bot.incoming(happening, bot.feed.rooms[ROOM], User.of(JOON))
    assert isinstance(given, AsyncMessage)
    return given


def test_replies_have_the_same_keys_after_a_restart_and_different_ones_otherwise(tmp_path: Path) -> None:
    server = Server()
    message = Message.of(server.say(JOON["id"], "one"), room=ROOM)
    other = Message.of(server.say(JOON["id"], "two"), room=ROOM)
    path = tmp_path / "state"
    first, again = (message_for(path, Posted(ROOM, message), server) for _ in range(2))
    keys = [first.next_key(), first.next_key()]
    assert keys == [again.next_key(), again.next_key()]
    keys.append(message_for(path, Posted(ROOM, other), server).next_key())
    keys.append(message_for(path, Edited(ROOM, message), server).next_key())
    keys.append(message_for(tmp_path / "another", Posted(ROOM, message), server).next_key())
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("site", ["chat.example", "ftp://chat.example", "http://", "http://mina:secret@chat.example"])
def test_an_address_that_is_none_is_refused(site: str) -> None:
    with pytest.raises(SiteError):
        AsyncBot(site, "token")


def test_a_token_cannot_add_headers() -> None:
    with pytest.raises(SiteError):
        AsyncBot("http://chat.example", "token\r\nX-Header: 1")
