"""A command for a person without any connection: what a request, a bot or the admin can do by the same commands."""

import json
from typing import Any
from uuid import uuid4

import pytest

from chat.handlers import handle
from chat.models import Membership, Message, User
from chat.protocol.commands import parse
from chat.protocol.errors import ChatError, NotFound, UnknownCommand


def carry_out(actor: User, type_: str, **fields: Any) -> dict[str, Any]:
    """The fields that the reply to a command would hold."""
    command = parse(json.dumps({"type": type_, **fields}, default=str))
    found: dict[str, Any] = json.loads(handle(actor, command).encode())
    return found


def test_a_person_writes_and_reads_in_a_room(mina: User, joon: User, general: Any) -> None:
    sent = carry_out(mina, "send", room=general.pk, key=uuid4(), body="one")["message"]
    edited = carry_out(mina, "edit", message=sent["id"], body="two")["message"]
    assert (edited["id"], edited["body"]) == (sent["id"], "two")
    page = carry_out(joon, "history", room=general.pk, before=9)
    assert [message["body"] for message in page["messages"]] == ["two"]
    assert carry_out(joon, "read", room=general.pk, position=1) == {"last_read": 1, "unread": 0}
    assert carry_out(mina, "delete", message=sent["id"])["message"]["deleted"]


def test_a_person_joins_and_leaves_a_public_room(stranger: User, general: Any) -> None:
    assert carry_out(stranger, "join", room=general.pk)["room"]["id"] == general.pk
    assert carry_out(stranger, "leave", room=general.pk) == {}
    assert not Membership.objects.current().filter(user=stranger, room=general).exists()


def test_a_key_that_is_sent_again_returns_the_first_message(mina: User, general: Any) -> None:
    key = uuid4()
    first, again = (carry_out(mina, "send", room=general.pk, key=key, body=body) for body in ("one", "two"))
    assert first == again
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "command",
    [
        {"type": "history", "before": 9},
        {"type": "send", "key": "0d6dc20c-43a6-4f1e-a0ea-1ee53a35ba09", "body": "hi"},
        {"type": "read", "position": 1},
        {"type": "join"},
        {"type": "leave"},
    ],
    ids=lambda command: command["type"],
)
def test_a_private_room_of_others_is_not_found(stranger: User, founders: Any, command: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        carry_out(stranger, **{"type_": command.pop("type"), "room": founders.pk, **command})


def test_errors_are_raised_and_not_encoded(mina: User, general: Any) -> None:
    with pytest.raises(ChatError) as refused:
        carry_out(mina, "send", room=general.pk, key=uuid4(), body="x" * 10_001)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize("type_", ["open", "close", "ping"])
def test_a_command_about_a_connection_is_unknown_without_one(mina: User, general: Any, type_: str) -> None:
    with pytest.raises(UnknownCommand):
        carry_out(mina, type_, room=general.pk, on=True)
