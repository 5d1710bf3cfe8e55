"""Every code of a refusal, provoked over a real socket."""

from collections.abc import Awaitable, Callable

import pytest

from chat.protocol.errors import ERRORS, Unauthenticated
from tests.harness.services import Server
from tests.harness.socket_client import ChatClient, Frame, new_key
from tests.harness.team import Team

pytestmark = pytest.mark.postgresql

Provoke = Callable[[Team, Server, ChatClient], Awaitable[Frame]]


async def send_with_a_bad_key(team: Team, server: Server, mina: ChatClient) -> Frame:
    return await mina.command("send", room=team.general, key="7", body="Hello")


async def ask_for_what_nobody_knows(team: Team, server: Server, mina: ChatClient) -> Frame:
    return await mina.command("dance", room=team.general)


async def open_a_private_room_of_others(team: Team, server: Server, mina: ChatClient) -> Frame:
    async with team.client(server, "stranger") as stranger:
        return await stranger.command("open", room=team.founders)


async def open_a_public_room_without_joining(team: Team, server: Server, mina: ChatClient) -> Frame:
    async with team.client(server, "stranger") as stranger:
        return await stranger.command("open", room=team.general)


async def use_a_key_in_two_rooms(team: Team, server: Server, mina: ChatClient) -> Frame:
    key = new_key()
    await mina.say(team.general, "Hello", key=key)
    return await mina.command("send", room=team.founders, key=key, body="Hello")


async def write_into_an_archive(team: Team, server: Server, mina: ChatClient) -> Frame:
    team.post(server, "mina", "/rooms/founders/archive/")
    refused = await mina.command("send", room=team.founders, key=new_key(), body="Hello")
    team.post(server, "mina", "/rooms/founders/unarchive/")
    return refused


async def write_a_book(team: Team, server: Server, mina: ChatClient) -> Frame:
    return await mina.command("send", room=team.general, key=new_key(), body="x" * 10_001)


async def write_faster_than_allowed(team: Team, server: Server, mina: ChatClient) -> Frame:
    slow = team.installation.start_server(SEND_RATE_PER_SECOND="2", SEND_RATE_BURST="3")
    async with team.client(slow, "mina") as hasty:
        replies = [await hasty.command("send", room=team.general, key=new_key(), body="Hello") for _ in range(4)]
    assert [reply["ok"] for reply in replies] == [True, True, True, False]
    assert 0 < replies[-1]["error"]["retry_after"] <= 0.5
    return replies[-1]


RESTRICT = """
from datetime import timedelta
from django.utils import timezone
from chat.models import Room, User
from chat.services.room_rules import change_rules
from chat.services.sanctions import mute_member, unmute_member
from chat.services.space_settings import change_settings

mina, joon = User.objects.get(username="mina"), User.objects.get(username="joon")
room = Room.objects.get(slug="founders").pk
in_a_minute = timezone.now() + timedelta(minutes=1)
"""
MUTE = "mute_member(mina, room_id=room, user_id=joon.pk, until=in_a_minute)"
UNMUTE = "unmute_member(mina, room_id=room, user_id=joon.pk)"
HOLD = 'change_settings(mina, values={"blocked_words_act": "hold", "blocked_words": ["turnip"]})'
HOLD_NOTHING = 'change_settings(mina, values={"blocked_words_act": "off", "blocked_words": []})'


async def write_as_joon(team: Team, server: Server, *bodies: str) -> Frame:
    """The reply to the last of these messages in Founders; the others are stored."""
    async with team.client(server, "joon") as joon:
        replies = [await joon.command("send", room=team.founders, key=new_key(), body=body) for body in bodies]
    assert all(reply["ok"] for reply in replies[:-1])
    return replies[-1]


async def write_while_muted(team: Team, server: Server, mina: ChatClient) -> Frame:
    team.installation.python(RESTRICT + MUTE)
    refused = await write_as_joon(team, server, "Hello")
    team.installation.python(RESTRICT + UNMUTE)
    assert 0 < refused["error"]["retry_after"] <= 60
    return refused


async def write_twice_in_slow_mode(team: Team, server: Server, mina: ChatClient) -> Frame:
    team.installation.python(RESTRICT + "change_rules(mina, room_id=room, slow_seconds=60)")
    refused = await write_as_joon(team, server, "Hello", "Hello again")
    team.installation.python(RESTRICT + "change_rules(mina, room_id=room, slow_seconds=0)")
    assert 0 < refused["error"]["retry_after"] <= 60
    return refused


async def write_a_word_that_is_held(team: Team, server: Server, mina: ChatClient) -> Frame:
    team.installation.python(RESTRICT + HOLD)
    strict = team.installation.start_server()
    refused = await write_as_joon(team, strict, "One turnip")
    team.installation.python(RESTRICT + HOLD_NOTHING)
    return refused


async def write_while_the_database_fails(team: Team, server: Server, mina: ChatClient) -> Frame:
    key = new_key()
    team.execute("ALTER TABLE chat_message RENAME TO chat_message_away")
    try:
        refused = await mina.command("send", room=team.general, key=key, body="Hello")
    finally:
        team.execute("ALTER TABLE chat_message_away RENAME TO chat_message")
    assert (await mina.say(team.general, "Hello", key=key))["key"] == key
    return refused


PROVOKED: dict[str, Provoke] = {
    "invalid": send_with_a_bad_key,
    "unknown_command": ask_for_what_nobody_knows,
    "not_found": open_a_private_room_of_others,
    "forbidden": open_a_public_room_without_joining,
    "conflict": use_a_key_in_two_rooms,
    "archived": write_into_an_archive,
    "too_large": write_a_book,
    "rate_limited": write_faster_than_allowed,
    "muted": write_while_muted,
    "slow": write_twice_in_slow_mode,
    "held": write_a_word_that_is_held,
    "unavailable": write_while_the_database_fails,
}


@pytest.mark.parametrize("code", sorted(ERRORS.keys() - {Unauthenticated.code}))
async def test_a_refusal_contains_its_reason_and_closes_no_connection(team: Team, server: Server, code: str) -> None:
    async with team.client(server, "mina") as mina:
        refused = await PROVOKED[code](team, server, mina)
        assert refused["error"]["code"] == code
        assert refused["error"]["message"]
        await mina.ok("ping")
