"""What hostile people try with the fields, headers, names and addresses of files, and what comes of it."""

import asyncio
import base64
import io
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from chat.live.reader_pool import run_in_reader
from chat.models import Message, Room, User
from chat.protocol.errors import ChatError
from chat.services.direct import send_direct
from chat.services.memberships import invite_member
from chat.services.messages import send_message
from chat.services.rooms import archive_room
from chat.services.sanctions import ban_member, mute_member
from chat.services.threads import reply_in_thread
from files import parts
from files.limits import UNFINISHED_PER_PERSON
from files.models import Attachment, FileText
from files.services import finishing, uploads
from files.services.turns import BusyError
from tests.harness import images
from tests.harness.api_client import Got, call, send_commands
from tests.harness.files import begin, metadata, png, send_part, state_of, upload
from tests.harness.tokens import token_of
from tests.harness.waiting import until_async

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

SCRIPT = b"<html><script>alert(document.domain)</script></html>"


async def send(token: str, room: Room, *files: object, **fields: Any) -> Got:
    command = {"type": "send", "room": room.pk, "key": str(uuid.uuid4()), "body": "", "files": files, **fields}
    return await send_commands(command, token=token)


async def place_of(token: str, size: int, room: Room | None) -> str:
    return (await begin(token, size=size, room=None if room is None else room.pk)).headers["location"]


# --- who ----------------------------------------------------------------------------------------------------------


async def test_a_limited_token_reaches_no_upload_of_other_rooms(
    mina: User, mina_token: str, general: Room, founders: Room
) -> None:
    limited = await run_in_reader(partial(token_of, mina, "read", "write", rooms=[general.pk]))
    for room in (founders, None):
        place = await place_of(mina_token, 10, room)
        for method in ("HEAD", "GET", "DELETE"):
            assert (await call(method, place, token=limited)).status == 404
        assert (await send_part(limited, place, b"12345", offset=0)).status == 404
        assert (await call("HEAD", place, token=mina_token)).headers["upload-offset"] == "0"
    place = await place_of(limited, 10, general)
    assert (await send_part(limited, place, b"12345", offset=0)).status == 204


async def test_a_token_that_may_only_read_changes_no_upload(mina: User, mina_token: str, general: Room) -> None:
    reading = await run_in_reader(token_of, mina, "read")
    place = await place_of(mina_token, 10, general)
    assert (await send_part(reading, place, b"12345", offset=0)).status == 403
    for method in ("HEAD", "GET", "DELETE"):
        assert (await call(method, place, token=reading)).status == 403


SANCTIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "muted": (mute_member, "muted"),
    "banned": (ban_member, "forbidden"),
}


@pytest.mark.parametrize("name", SANCTIONS)
async def test_whoever_is_muted_or_banned_neither_uploads_nor_sends_what_was_uploaded_before(
    mina: User, joon: User, joon_token: str, general: Room, name: str
) -> None:
    act, code = SANCTIONS[name]
    before = await upload(joon_token, png(), room=general.pk)
    until = timezone.now() + timedelta(hours=1)
    await run_in_reader(partial(act, mina, room_id=general.pk, user_id=joon.pk, until=until))
    assert (await begin(joon_token, size=3, room=general.pk)).code == code
    assert (await send(joon_token, general, before)).code == code
    assert (await call("GET", f"/files/{before}/x", token=joon_token)).status == (200 if name == "muted" else 404)


async def test_a_guest_uploads_only_where_they_are(mina: User, general: Room, founders: Room) -> None:
    guest = await run_in_reader(partial(User.objects.create, username="dana", is_guest=True))
    token = await run_in_reader(token_of, guest)
    assert (await begin(token, size=3, room=general.pk)).status == 404
    await run_in_reader(partial(invite_member, mina, room_id=founders.pk, user_id=guest.pk))
    assert (await begin(token, size=3, room=founders.pk)).status == 201


async def test_a_thread_of_a_private_room_is_as_closed_as_the_room(
    mina: User, mina_token: str, stranger_token: str, general: Room, founders: Room
) -> None:
    asked = await run_in_reader(partial(send_message, mina, room_id=founders.pk, key=uuid.uuid4(), body="?"))
    where: dict[str, Any] = {"room_id": founders.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": "!"}
    thread = (await run_in_reader(partial(reply_in_thread, mina, **where))).room_id
    assert (await begin(stranger_token, size=3, room=thread)).status == 404
    place = await place_of(mina_token, 3, await run_in_reader(Room.objects.get, pk=thread))
    upload_row = await run_in_reader(Attachment.objects.get, pk=place.split("/")[-2])
    assert upload_row.room_id == founders.pk


async def test_a_file_for_one_room_is_not_sent_in_the_thread_of_another(
    mina: User, mina_token: str, general: Room, founders: Room
) -> None:
    asked = await run_in_reader(partial(send_message, mina, room_id=founders.pk, key=uuid.uuid4(), body="?"))
    file = await upload(mina_token, png(), room=general.pk)
    assert (await send(mina_token, founders, file, thread=asked.pk)).code == "invalid"
    assert (await send(mina_token, general, file)).status == 200


async def test_a_file_without_a_room_is_sent_only_in_a_conversation(mina_token: str, general: Room) -> None:
    file = await upload(mina_token, png())
    assert (await send(mina_token, general, file)).code == "invalid"


async def test_a_room_that_was_archived_meanwhile_gets_no_file(mina: User, mina_token: str, general: Room) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    await run_in_reader(partial(archive_room, mina, room_id=general.pk))
    assert (await send(mina_token, general, file)).code == "archived"


# --- at the same time -------------------------------------------------------------------------------------------


async def test_of_sixty_uploads_begun_at_once_only_as_many_as_allowed_begin(mina_token: str, general: Room) -> None:
    got = await asyncio.gather(*(begin(mina_token, size=1, room=general.pk) for _number in range(60)))
    assert sorted(answer.status for answer in got) == [201] * UNFINISHED_PER_PERSON + [409] * (
        60 - UNFINISHED_PER_PERSON
    )


async def test_parts_that_overtake_each_other_never_mix(mina_token: str, general: Room) -> None:
    content = bytes(range(250)) * 40
    place = await place_of(mina_token, len(content), general)
    pieces = [(start, content[start : start + 1000]) for start in range(0, len(content), 1000)]

    async def push(start: int, piece: bytes) -> None:
        async def is_accepted() -> bool:
            got = await send_part(mina_token, place, piece, offset=start)
            return got.status == 204 or int(got.headers.get("upload-offset", "0")) > start

        await until_async(is_accepted, seconds=120)

    await asyncio.gather(*(push(*piece) for piece in reversed(pieces)))
    await until_async(partial(is_ready, mina_token, place))
    file = place.split("/")[-2]
    assert (await call("GET", f"/files/{file}/x", token=mina_token)).content == content


async def is_ready(token: str, place: str) -> bool:
    return bool((await state_of(token, place))["state"] == "ready")


async def test_a_file_that_is_finished_several_times_at_once_is_there_once(mina: User, general: Room) -> None:
    def whole() -> Attachment:
        file = uploads.begin_upload(mina, room_id=general.pk, name="a.txt", size=4)
        parts.append(file.pk, [b"text"], offset=0)
        Attachment.objects.filter(pk=file.pk).update(state="processing")
        return file

    def finish(file: Attachment) -> None:
        try:
            finishing.finish(file.pk)
        except BusyError:
            return

    file = await run_in_reader(whole)
    await asyncio.gather(*(run_in_reader(finish, file) for _time in range(4)))
    await run_in_reader(file.refresh_from_db)
    assert (file.state, file.size) == ("ready", 4)
    assert await run_in_reader(FileText.objects.count) == 1


async def test_a_file_that_is_sent_in_two_conversations_at_once_is_sent_in_one(
    mina: User, mina_token: str, joon: User, stranger: User
) -> None:
    files = [uuid.UUID(await upload(mina_token, png())) for _number in range(2)]

    def send_to(person: User, ids: list[uuid.UUID]) -> bool:
        try:
            send_direct(mina, people=[person.pk], key=uuid.uuid4(), body="", files=ids)
        except ChatError as error:
            assert error.code == "invalid"  # noqa: PT017 (any other one is a fault)
            return False
        return True

    sent = await asyncio.gather(
        run_in_reader(send_to, joon, files), run_in_reader(send_to, stranger, list(reversed(files)))
    )
    assert sorted(sent) == [False, True]
    carriers = await run_in_reader(lambda: set(Attachment.objects.values_list("message", flat=True)))
    assert carriers == {await run_in_reader(lambda: Message.objects.get(room__kind="direct").pk)}


async def test_an_upload_that_is_cancelled_while_it_is_sent_is_either(mina_token: str, general: Room) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    cancelled, sent = await asyncio.gather(
        call("DELETE", f"/files/uploads/{file}/", token=mina_token), send(mina_token, general, file)
    )
    assert (cancelled.status, sent.status) in ((204, 400), (404, 200))
    shown = await run_in_reader(Message.objects.filter(room=general).count)
    assert shown == await run_in_reader(Attachment.objects.count) == (1 if sent.status == 200 else 0)


# --- what files are ------------------------------------------------------------------------------------------------


def gif_that_is_a_script() -> bytes:
    return b"GIF89a/*" + images.image(kind="GIF")[8:] + b"*/=1;alert(1)//"


def archive_behind_a_picture() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("evil.html", SCRIPT)
    return png() + held.getvalue()


POLYGLOTS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "a picture that is a page": (lambda: png() + SCRIPT, {"image/png"}),
    "a picture with a page in its comment": (lambda: images.image(kind="JPEG", comment=SCRIPT), {"image/jpeg"}),
    "a picture with an archive behind it": (archive_behind_a_picture, {"image/png"}),
    "a picture that is a script": (gif_that_is_a_script, {"image/gif", "application/octet-stream"}),
    "a document that is a page": (lambda: b"%PDF-1.4\n" + SCRIPT, {"application/pdf"}),
    "a page with a space before it": (lambda: b" \n\t" + SCRIPT, {"application/octet-stream"}),
    "a page behind a mark": (lambda: b"\xef\xbb\xbf" + SCRIPT, {"application/octet-stream"}),
    "a page in UTF-16": (lambda: SCRIPT.decode().encode("utf-16"), {"application/octet-stream"}),
    "a page in UTF-7": (lambda: b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", {"application/octet-stream"}),
    "a page that begins like a picture": (lambda: b"GIF89a" + SCRIPT, {"application/octet-stream"}),
    "a drawing in XML": (lambda: b"<?xml version='1.0'?><svg onload='alert(1)'/>", {"application/octet-stream"}),
    "a page in an archive of pages": (lambda: b"MIME-Version: 1.0\n\n" + SCRIPT, {"application/octet-stream"}),
    "a manifest": (lambda: b"CACHE MANIFEST\n/", {"application/octet-stream"}),
    "a program": (lambda: b"MZ" + bytes(200), {"application/octet-stream"}),
}


@pytest.mark.parametrize("name", POLYGLOTS)
async def test_what_is_several_things_at_once_runs_as_none_of_them(mina_token: str, general: Room, name: str) -> None:
    make, types = POLYGLOTS[name]
    file = await upload(mina_token, make(), name="page.html", room=general.pk)
    for ending in ("page.html", "x.svg", "a.js", "?", "page.html?content-type=text/html"):
        got = await call("GET", f"/files/{file}/{ending if ending != '?' else 'x?y'}", token=mina_token)
        assert got.status == 200
        assert got.headers["content-type"] in types
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        inline = got.headers["content-disposition"].startswith("inline")
        assert inline == (got.headers["content-type"] != "application/octet-stream")
    if got.headers["content-type"] in ("image/png", "image/jpeg"):
        assert b"<script>" not in got.content
        assert Image.open(io.BytesIO(got.content)).format in ("PNG", "JPEG")


NAMES = [
    "../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "a\r\nSet-Cookie: x=1.txt",
    'x"; filename="evil.exe',
    "photo\u202egpj.exe",
    "\u2066a\u2069.png",
    "nul",
    ".",
    "%2e%2e%2f",
    "'; DROP TABLE files_attachment; --",
    "<img src=x onerror=alert(1)>.png",
    "{{ 7*7 }}${7*7}.txt",
    '=HYPERLINK("http://evil").csv',
    "🏳️‍🌈" * 60,
    "가" * 300,
    "a" * 900,
    "\ufffe\uffff.txt",
    "-rf",
    "~root",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_name_does_no_harm_on_its_way_to_others(mina_token: str, general: Room, name: str) -> None:
    file = await upload(mina_token, b"text", name=name, room=general.pk)
    sent = await send(mina_token, general, file)
    (shown,) = sent.json["message"]["extras"]["attachments"]
    assert not set(shown["name"]) & set('\r\n\0/\\"\u202e\u2066')
    assert len(shown["name"].encode()) <= 200
    assert shown["name"] not in ("", ".", "..")
    got = await call("GET", f"/files/{file}/x?download", token=mina_token)
    header = got.headers["content-disposition"]
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2
    assert header.isascii()
    assert header.isprintable()
    assert "set-cookie" not in got.headers


# --- what requests say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        ["x"],
        [None],
        [["a"]],
        [{"id": 1}],
        "abc",
        [str(uuid.uuid4())] * 11,
        [str(uuid.uuid4())] * 100,
        [str(uuid.uuid4())],
        [str(uuid.UUID(int=0))],
        ["0" * 10_000],
        [f"{{{uuid.uuid4()}}}x"],
    ],
    ids=range(11),
)
async def test_files_that_are_none_are_invalid(mina_token: str, general: Room, files: Any) -> None:
    command = {"type": "send", "room": general.pk, "key": str(uuid.uuid4()), "body": "x", "files": files}
    got = await send_commands(command, token=mina_token)
    assert (got.status, got.code) == (400, "invalid")
    assert not await run_in_reader(Message.objects.exists)


@pytest.mark.parametrize("state", ["uploading", "processing", "failed"])
async def test_a_file_that_is_not_ready_is_not_sent(mina: User, mina_token: str, general: Room, state: str) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    await run_in_reader(lambda: Attachment.objects.update(state=state))
    assert (await send(mina_token, general, file)).code == "invalid"
    assert (await call("GET", f"/files/{file}/x", token=mina_token)).status == 404


async def test_a_poll_carries_no_files(mina_token: str, general: Room) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    poll = {"choices": ["a", "b"]}
    assert (await send(mina_token, general, file, body="?", poll=poll)).code == "invalid"


@pytest.mark.parametrize(
    "given",
    [
        "filename YQ==,filename Yg==,room {room},room {room}",
        ",".join(["filename YQ=="] * 100) + ",room {room}",
        "filename,room {room}",
        "unknown " + "QUFB" * 100 + ",room {room},filename YQ==",
        " , ,,room {room}",
    ],
)
async def test_metadata_that_repeats_itself_or_says_nothing_makes_one_upload(
    mina_token: str, general: Room, given: str
) -> None:
    room = base64.b64encode(str(general.pk).encode()).decode()
    headers = {"upload-length": "3", "upload-metadata": given.format(room=room)}
    assert (await call("POST", "/files/", token=mina_token, headers=headers)).status == 201
    row = await run_in_reader(Attachment.objects.get)
    assert row.room_id == general.pk
    assert row.name in ("a", "b", "file")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-http-method-override": "DELETE"},
        {"upload-concat": "final;/files/uploads/x/"},
        {"upload-defer-length": "1"},
        {"upload-length": "99999999"},
        {"content-encoding": "gzip"},
        {"upload-checksum": "sha1 AAAA"},
        {"content-range": "bytes 5-9/10"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_headers_that_are_not_understood_change_nothing(
    mina_token: str, general: Room, headers: dict[str, str]
) -> None:
    place = await place_of(mina_token, 10, general)
    assert (await send_part(mina_token, place, b"12345", offset=0, **headers)).status == 204
    asked = await call("HEAD", place, token=mina_token)
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("5", "10")


async def test_an_upload_without_a_length_is_refused(mina_token: str, general: Room) -> None:
    headers = {"upload-defer-length": "1", "upload-metadata": metadata(filename="a", room=general.pk)}
    assert (await call("POST", "/files/", token=mina_token, headers=headers)).status == 400


async def test_another_host_and_a_token_in_the_address_are_refused(mina_token: str, general: Room) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    path = f"/files/{file}/x"
    assert (await call("GET", path, token=mina_token, headers={"host": "evil.example"})).status == 400
    assert (await call("GET", f"{path}?token={mina_token}")).status in (400, 401)
