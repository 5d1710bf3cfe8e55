"""Sending files: from the first part of an upload to the bytes that others in the room get."""

import uuid
from typing import Any

import pytest

from chat.live.reader_pool import run_in_reader
from chat.models import Message, Room, User
from chat.services.messages import send_message
from files.models import Attachment
from tests.harness.api_client import Got, call, send_commands
from tests.harness.files import png, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]


async def send(token: str, room: Room, *files: str, **fields: Any) -> Got:
    command = {"type": "send", "room": room.pk, "key": str(uuid.uuid4()), "body": "", "files": files, **fields}
    return await send_commands(command, token=token)


async def test_a_file_is_sent_without_a_text_and_read_by_others(
    mina_token: str, joon_token: str, general: Room
) -> None:
    file = await upload(mina_token, b"price;1\n" * 200_000, name="가격표.csv", room=general.pk)
    got = await send(mina_token, general, file)
    (shown,) = got.json["message"]["extras"]["attachments"]
    assert (shown["id"], shown["name"], shown["size"]) == (file, "가격표.csv", 1_600_000)
    read = await call("GET", f"/files/{file}/x.csv", token=joon_token)
    assert (read.status, read.content) == (200, b"price;1\n" * 200_000)


async def test_the_files_of_a_message_keep_their_order(mina_token: str, general: Room) -> None:
    files = [await upload(mina_token, png(10 + number, 10), room=general.pk) for number in range(3)]
    got = await send(mina_token, general, *reversed(files), body="Three")
    shown = got.json["message"]["extras"]["attachments"]
    assert [one["id"] for one in shown] == files[::-1]
    assert [one["width"] for one in shown] == [12, 11, 10]


async def test_a_reply_has_both_its_quote_and_its_files(mina: User, mina_token: str, general: Room) -> None:
    first = await run_in_reader(send_message, mina, room_id=general.pk, key=uuid.uuid4(), body="First")
    file = await upload(mina_token, png(), room=general.pk)
    got = await send(mina_token, general, file, reply_to=first.pk)
    assert got.json["message"]["extras"].keys() == {"quote", "attachments"}


async def test_resending_a_key_returns_the_message_with_its_files(mina_token: str, general: Room) -> None:
    file, key = await upload(mina_token, png(), room=general.pk), str(uuid.uuid4())
    first = await send(mina_token, general, file, key=key)
    again = await send(mina_token, general, file, key=key)
    assert first.json == again.json
    assert await run_in_reader(Message.objects.filter(room=general).count) == 1


async def test_a_file_is_sent_once(mina_token: str, general: Room) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    assert (await send(mina_token, general, file)).status == 200
    assert (await send(mina_token, general, file)).code == "invalid"
    other = await upload(mina_token, png(), room=general.pk)
    assert (await send(mina_token, general, other, other)).code == "invalid"


async def test_others_can_send_neither_ones_file_nor_it_in_another_room(
    mina_token: str, joon_token: str, general: Room, founders: Room
) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    assert (await send(joon_token, general, file)).code == "invalid"
    assert (await send(mina_token, founders, file)).code == "invalid"
    assert await run_in_reader(Attachment.objects.filter(message=None).count) == 1


async def test_a_reply_in_a_thread_carries_files_of_the_room(mina: User, mina_token: str, general: Room) -> None:
    first = await run_in_reader(send_message, mina, room_id=general.pk, key=uuid.uuid4(), body="First")
    file = await upload(mina_token, png(), room=general.pk)
    got = await send(mina_token, general, file, thread=first.pk, also_in_room=True)
    assert got.status == 200, got.text
    copy = await run_in_reader(Message.objects.get, room=general, position=2)
    assert copy.extras["attachments"] == got.json["message"]["extras"]["attachments"]
    row = await run_in_reader(Attachment.objects.get)
    assert (row.room_id, row.message_id) == (general.pk, got.json["message"]["id"])


async def test_files_begin_a_direct_conversation(mina_token: str, joon: User, joon_token: str, mina: User) -> None:
    file = await upload(mina_token, png())
    command = {"type": "direct", "people": [joon.pk], "key": str(uuid.uuid4()), "body": "", "files": [file]}
    got = await send_commands(command, token=mina_token)
    assert got.json["message"]["extras"]["attachments"][0]["id"] == file
    assert (await call("GET", f"/files/{file}/a.png", token=joon_token)).status == 200
