"""Bots on a real server, over each transport, with asyncio and without."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from client import Bot, CommandError, RefusedTokenError
from client.blocking_client import BlockingClient
from client.errors import UnknownRoomError
from client.protocol import ClientProtocol
from client.room import Room
from client.shapes import Message
from client.ways import Way
from tests.harness.bots import KINDS, BotRun, Kind, bot_token, token_with_id
from tests.harness.services import Installations, Server
from tests.harness.team import Team, create_team
from tests.system.conftest import UNHURRIED

WAYS = get_args(Way)
MANY = 450

NEW_ROOM = """
from chat.models import User
from chat.services.rooms import create_room
print(create_room(User.objects.get(username="joon"), name="Another room").pk)
"""

every_way = pytest.mark.parametrize("way", WAYS)
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def token(team: Team) -> str:
    """Of a bot that is in General and Founders."""
    return bot_token(team)


@pytest.fixture(scope="module")
def own_team(installations: Installations) -> Iterator[Team]:
    """A team whose server is restarted."""
    team = create_team(installations.create(**UNHURRIED))
    team.installation.start_server()
    yield team
    team.installation.stop()


@pytest.fixture
def mina(team: Team, server: Server) -> Iterator[BlockingClient]:
    with BlockingClient(server.url, f"sessionid={team.sessions['mina']}") as client:
        yield client


def new_room(team: Team) -> int:
    """A public room."""
    return int(team.installation.python(NEW_ROOM).splitlines()[-1])


def answers_to(room: Room, message: int) -> list[Message]:
    return [held for held in room.messages.values() if held.reply_to == message]


def at_once() -> ClientProtocol:
    """A client that waits as little as it may."""
    return ClientProtocol(random=lambda: 0.01)


@every_kind
@every_way
def test_a_bot_misses_no_message_while_it_is_away_and_gets_each_once_in_order(
    team: Team, server: Server, token: str, mina: BlockingClient, tmp_path: Path, way: Way, kind: Kind
) -> None:
    state = tmp_path / "state"
    mina.say(team.general, "before it began")
    with BotRun(kind, server, token, transport=way, state=state) as bot:
        for number in range(5):
            mina.say(team.general, f"here {number}")
        bot.until(lambda: len(bot.bodies()) == 5)
    for number in range(10):
        mina.say(team.general, f"away {number}")
    with BotRun(kind, server, token, transport=way, state=state) as again:
        mina.say(team.general, "back")
        again.until(lambda: "back" in again.bodies())
    assert bot.bodies() == [f"here {number}" for number in range(5)]
    assert again.bodies() == [*(f"away {number}" for number in range(10)), "back"]
    assert again.error is bot.error is None


@pytest.mark.parametrize("way", ["sse", "websocket", "polling"])
def test_messages_come_in_order_although_the_first_changed_last_and_there_were_many(
    team: Team, server: Server, token: str, mina: BlockingClient, tmp_path: Path, way: Way
) -> None:
    state = tmp_path / "state"
    with BotRun("asyncio", server, token, transport=way, state=state) as bot:
        before = mina.say(team.general, "before")
        bot.until(lambda: bot.bodies() == ["before"])
    first = [mina.say(team.general, f"first {number}") for number in range(2)]
    for number in range(MANY):
        mina.say(team.general, f"away {number}")
    mina.edit(first[0].id, "edited")
    mina.delete(first[1].id)
    mina.edit(before.id, "edited before")
    mina.react(before.id, "👍")
    with BotRun("asyncio", server, token, transport=way, state=state) as again:
        mina.say(team.general, "back")
        again.until(lambda: "back" in again.bodies() and again.of("reaction"))
    unedited = [body for body in again.bodies() if not body.startswith(("first", "edited"))]
    assert unedited == [*(f"away {number}" for number in range(MANY)), "back"]
    positions = [message.position for message in again.of("message")]
    assert positions == sorted(set(positions))
    assert first[0].position in positions
    edits = {message.id: message.body for message in [*again.of("message"), *again.of("edit")]}
    assert (edits[first[0].id], edits[before.id]) == ("edited", "edited before")
    (reactions, *_) = again.of("reaction")
    assert (reactions.message, reactions.reactions[0]["emoji"]) == (before.id, "👍")


@every_kind
@every_way
def test_a_bot_outlives_a_restart_of_its_server(own_team: Team, tmp_path: Path, way: Way, kind: Kind) -> None:
    """Sent by its handler, too: what is said while the server is down is sent when it is back."""
    team = own_team
    server = team.installation.servers[0]
    with (
        BlockingClient(server.url, f"sessionid={team.sessions['mina']}", protocol=at_once()) as mina,
        BotRun(kind, server, bot_token(team), transport=way, state=tmp_path / "state") as bot,
    ):
        mina.say(team.general, "before")
        bot.until(lambda: bot.bodies() == ["before"])
        server.stop()
        server.start()
        said = [mina.say(team.general, f"after {number}").body for number in range(10)]
        bot.until(lambda: len(bot.bodies()) == 11)
        assert bot.bodies() == ["before", *said]


@every_kind
@every_way
def test_a_bot_whose_token_is_revoked_stops_with_a_clear_error(
    team: Team, server: Server, tmp_path: Path, way: Way, kind: Kind
) -> None:
    token_id, token = token_with_id(team)
    with BotRun(kind, server, token, transport=way, state=tmp_path / "state") as bot:
        team.post(server, "mina", f"/profile/tokens/{token_id}/revoke/")
        error = bot.over()
    assert isinstance(error, RefusedTokenError)
    assert str(error).startswith("The site does not accept the token")


@every_kind
def test_a_bot_with_a_wrong_token_does_not_begin(server: Server, tmp_path: Path, kind: Kind) -> None:
    bot = BotRun(kind, server, "srbb_wrong", state=tmp_path / "state")
    bot.start()
    assert isinstance(bot.over(), RefusedTokenError)


@every_kind
def test_a_handler_that_raises_is_logged_and_the_next_message_is_handled(
    team: Team, server: Server, token: str, mina: BlockingClient, tmp_path: Path, kind: Kind, caplog: Any
) -> None:
    with BotRun(kind, server, token, state=tmp_path / "state") as bot:
        bot.fail_with["one"] = ZeroDivisionError("by one")
        mina.say(team.general, "one")
        mina.say(team.general, "two")
        bot.until(lambda: "two" in bot.bodies())
    assert bot.bodies() == ["one", "two"]
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.exc_info[1] == bot.fail_with["one"]
    assert "one" in record.getMessage()


@every_kind
@every_way
def test_a_bot_answers_reacts_and_hears_neither_itself_nor_other_bots(
    team: Team, server: Server, token: str, mina: BlockingClient, tmp_path: Path, way: Way, kind: Kind
) -> None:
    room = mina.open(team.general)
    with (
        BotRun(kind, server, token, transport=way, state=tmp_path / "one", answers=True) as bot,
        BotRun(kind, server, bot_token(team, "other"), transport=way, state=tmp_path / "two", answers=True) as other,
    ):
        asked = mina.say(team.general, "Anybody?")
        mina.until(lambda: len(answers_to(room, asked.id)) == 2)
        mina.until(lambda: room.messages[asked.position].extras.get("reactions"))
        asked = mina.say(team.general, "Again?")
        mina.until(lambda: len(answers_to(room, asked.id)) == 2)
        for each in (bot, other):
            each.until(lambda each=each: len(each.bodies()) == 2)  # type: ignore[misc]
    assert bot.bodies() == other.bodies() == ["Anybody?", "Again?"]


def test_a_token_that_is_limited_to_a_room_shows_a_bot_only_that_room(
    team: Team, server: Server, mina: BlockingClient, tmp_path: Path
) -> None:
    room = mina.request("join", room=new_room(team)).fields["room"]["id"]
    for way in WAYS:
        token = bot_token(team, rooms=(team.general, room), only=(room,))
        with BotRun("asyncio", server, token, transport=way, state=tmp_path / way) as bot:
            mina.say(team.general, "elsewhere")
            mina.say(room, "here")
            bot.until(lambda bot=bot: bot.bodies())  # type: ignore[misc]
            assert bot.bodies() == ["here"]
            assert set(bot.places) == {str(room)}


@every_way
def test_a_bot_hears_what_was_said_in_rooms_to_which_it_was_added_while_it_was_away(
    team: Team, server: Server, mina: BlockingClient, tmp_path: Path, way: Way
) -> None:
    name = f"bot-{WAYS.index(way)}"
    with BotRun("asyncio", server, bot_token(team, name), transport=way, state=tmp_path / "state"):
        pass
    room = new_room(team)
    mina.join(room)
    mina.say(room, "before it was added")
    token = bot_token(team, name, rooms=(room,))
    said = mina.say(room, "after")
    mina.edit(said.id, "after, edited")
    with BotRun("asyncio", server, token, transport=way, state=tmp_path / "state") as bot:
        bot.until(lambda: bot.bodies(room))
    assert bot.bodies(room) == ["after, edited"]


def test_a_bot_that_is_slowed_down_sends_everything_in_order(installations: Installations) -> None:
    team = create_team(installations.create(SEND_RATE_PER_SECOND="20", SEND_RATE_BURST="3"))
    server = team.installation.start_server()
    bot = Bot(server.url, bot_token(team), random=lambda: 0.01)
    sent = [bot.send("general", str(number)) for number in range(12)]
    assert [message.body for message in sent] == [str(number) for number in range(12)]
    positions = [message.position for message in sent]
    assert positions == sorted(set(positions))
    assert bot.send("general", "0 again", key="a-key") == bot.send("general", "0 again", key="a-key")
    for key in ("a key\r\nX-Header: 1", "열쇠", "k" * 256):
        with pytest.raises(CommandError):
            bot.send("general", "?", key=key)
    with pytest.raises(UnknownRoomError):
        bot.send("nowhere", "?")
    with pytest.raises(CommandError):
        bot.send(team.founders, "?")
