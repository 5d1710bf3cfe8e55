"""Who gets the bytes of a file, at each request, and with which headers."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chat.live.reader_pool import run_in_reader
from chat.models import Membership, Room, User
from chat.services.memberships import invite_member, leave_room, remove_member
from chat.services.messages import delete_message, send_message
from chat.services.people import deactivate_user
from chat.services.rooms import archive_room, delete_room
from chat.services.threads import reply_in_thread
from files.models import Attachment
from files.web.downloads import disposition
from files.web.ranges import asked_span
from tests.harness.api_client import call, from_own_page
from tests.harness.files import begin, png, send_part, upload
from tests.harness.inprocess import sign_in
from tests.harness.tokens import token_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

CONTENT = bytes(range(256)) * 40
Act = Callable[[User, User, Room, int], Any]


async def sent(user: User, token: str, room: Room, content: bytes = CONTENT, name: str = "data.bin") -> tuple[str, int]:
    """The id of a file and of the message with it."""
    file = await upload(token, content, name=name, room=room.pk)
    post: dict[str, Any] = {"room_id": room.pk, "key": uuid.uuid4(), "body": "", "files": [uuid.UUID(file)]}
    message = await run_in_reader(lambda: send_message(user, **post))
    return file, message.pk


async def status(token: str | None, file: str, ending: str = "data.bin") -> int:
    return (await call("GET", f"/files/{file}/{ending}", token=token)).status


async def test_before_it_is_sent_only_its_author_reads_a_file(mina_token: str, joon_token: str, general: Room) -> None:
    file = await upload(mina_token, CONTENT, room=general.pk)
    assert [await status(token, file) for token in (mina_token, joon_token, None)] == [200, 404, 401]


async def test_a_sent_file_is_for_those_in_the_room_and_nobody_else(
    mina: User, mina_token: str, joon_token: str, stranger_token: str, founders: Room, general: Room
) -> None:
    for room in (founders, general):  # reading needs a membership also where everybody could join
        file, _message = await sent(mina, mina_token, room)
        assert [await status(token, file) for token in (mina_token, joon_token, stranger_token)] == [200, 200, 404]


async def test_an_administrator_who_is_not_in_the_room_reads_no_file(
    mina: User, mina_token: str, stranger: User, stranger_token: str, founders: Room
) -> None:
    file, _message = await sent(mina, mina_token, founders)
    await run_in_reader(lambda: User.objects.filter(pk=stranger.pk).update(is_superuser=True, is_staff=True))
    assert await status(stranger_token, file) == 404


AFTERWARDS: dict[str, tuple[Act, int]] = {
    "nothing": (lambda mina, joon, room, message: None, 200),
    "archived": (lambda mina, joon, room, message: archive_room(mina, room_id=room.pk), 200),
    "left": (lambda mina, joon, room, message: leave_room(joon, room_id=room.pk), 404),
    "removed": (lambda mina, joon, room, message: remove_member(mina, room_id=room.pk, user_id=joon.pk), 404),
    "deleted message": (lambda mina, joon, room, message: delete_message(mina, message_id=message), 404),
    "deactivated": (lambda mina, joon, room, message: deactivate_user(mina, user_id=joon.pk), 401),
    "author left": (lambda mina, joon, room, message: _leave(mina, room), 200),
    "deleted room": (lambda mina, joon, room, message: _delete_room(mina, room), 404),
}


def _leave(mina: User, room: Room) -> None:
    Membership.objects.filter(room=room).update(role="owner")
    leave_room(mina, room_id=room.pk)


def _delete_room(mina: User, room: Room) -> None:
    archive_room(mina, room_id=room.pk)
    delete_room(mina, room_id=room.pk)


@pytest.mark.parametrize("what", AFTERWARDS)
async def test_what_happened_since_decides_at_each_request(
    mina: User, joon: User, mina_token: str, joon_token: str, founders: Room, what: str
) -> None:
    await run_in_reader(lambda: User.objects.filter(pk=mina.pk).update(is_superuser=True))
    await run_in_reader(mina.refresh_from_db)
    file, message = await sent(mina, mina_token, founders)
    assert await status(joon_token, file) == 200
    act, expected = AFTERWARDS[what]
    await run_in_reader(act, mina, joon, founders, message)
    assert await status(joon_token, file) == expected


async def test_files_of_threads_are_read_by_those_in_the_room(
    mina: User, joon: User, mina_token: str, joon_token: str, stranger_token: str, founders: Room
) -> None:
    asked = await run_in_reader(lambda: send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="?"))
    file = await upload(mina_token, CONTENT, room=founders.pk)
    where: dict[str, Any] = {"room_id": founders.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": ""}
    await run_in_reader(lambda: reply_in_thread(mina, **where, files=[uuid.UUID(file)]))
    assert [await status(token, file) for token in (joon_token, stranger_token)] == [200, 404]
    await run_in_reader(lambda: leave_room(joon, room_id=founders.pk))
    assert await status(joon_token, file) == 404


async def test_a_limited_token_reads_only_files_of_its_rooms(
    mina: User, mina_token: str, general: Room, founders: Room
) -> None:
    file, _message = await sent(mina, mina_token, founders)
    unsent = await upload(mina_token, png())
    tokens = [await run_in_reader(partial(token_of, mina, "read", rooms=[room.pk])) for room in (general, founders)]
    assert [await status(token, file) for token in tokens] == [404, 200]
    assert await status(tokens[0], unsent) == 404
    writing = await run_in_reader(lambda: token_of(mina, "write"))
    assert await status(writing, file) == 403


async def test_a_limited_token_reaches_only_uploads_for_its_rooms(
    mina: User, mina_token: str, general: Room, founders: Room
) -> None:
    token = await run_in_reader(partial(token_of, mina, rooms=[general.pk]))
    for room, expected in ((general, [200, 200, 204, 204]), (founders, [404] * 4), (None, [404] * 4)):
        begun = await begin(mina_token, size=9, room=None if room is None else room.pk)
        place = begun.headers["location"]
        assert [
            (await call("HEAD", place, token=token)).status,
            (await call("GET", place, token=token)).status,
            (await send_part(token, place, b"some", offset=0)).status,
            (await call("DELETE", place, token=token)).status,
        ] == expected
    assert (await begin(token, size=9, room=founders.pk)).status == 404
    assert (await begin(token, size=9)).status == 404


async def test_nobody_else_reaches_an_upload(mina_token: str, joon_token: str, general: Room) -> None:
    place = (await begin(mina_token, size=9, room=general.pk)).headers["location"]
    assert [
        (await call("HEAD", place, token=joon_token)).status,
        (await call("GET", place, token=joon_token)).status,
        (await send_part(joon_token, place, b"some", offset=0)).status,
        (await call("DELETE", place, token=joon_token)).status,
    ] == [404] * 4


async def test_uploading_needs_the_scope_to_write(mina: User, general: Room) -> None:
    reading = await run_in_reader(partial(token_of, mina, "read", "manage"))
    assert (await begin(reading, size=9, room=general.pk)).status == 403
    writing = await run_in_reader(partial(token_of, mina, "write"))
    place = (await begin(writing, size=9, room=general.pk)).headers["location"]
    assert (await send_part(reading, place, b"some", offset=0)).status == 403
    assert [(await call(method, place, token=reading)).status for method in ("HEAD", "GET", "DELETE")] == [403] * 3


async def test_a_page_reads_with_its_session_and_other_sites_cannot_embed_it(
    mina: User, mina_token: str, general: Room
) -> None:
    file, _message = await sent(mina, mina_token, general, png(), "a.png")
    cookie = from_own_page(await run_in_reader(sign_in, mina))["cookie"]
    got = await call("GET", f"/files/{file}/a.png", headers={"cookie": cookie})
    assert (got.status, got.headers["content-type"]) == (200, "image/png")
    assert got.headers["cross-origin-resource-policy"] == "same-origin"
    assert "sandbox" in got.headers["content-security-policy"]
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!DOCTYPE html><script>alert(1)</script>", "page.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture.svg"),
        (b"<?xml version='1.0'?><x/>", "feed.xml"),
        (b"\x00\x01\x02", "x.png"),
        (b"text", "harmless.js"),
    ],
)
async def test_what_could_run_is_saved_and_never_shown(
    mina: User, mina_token: str, general: Room, content: bytes, name: str
) -> None:
    file, _message = await sent(mina, mina_token, general, content, name)
    got = await call("GET", f"/files/{file}/{name}", token=mina_token)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")


async def test_a_picture_is_shown_unless_it_is_to_be_saved(mina: User, mina_token: str, general: Room) -> None:
    file, _message = await sent(mina, mina_token, general, png(), "가격표 \N{WORLD MAP}.png")
    shown = await call("GET", f"/files/{file}/x.png", token=mina_token)
    saved = await call("GET", f"/files/{file}/x.png?download", token=mina_token)
    assert shown.headers["content-disposition"].startswith("inline")
    assert saved.headers["content-disposition"] == (
        "attachment; filename=\"___ _.png\"; filename*=UTF-8''%EA%B0%80%EA%B2%A9%ED%91%9C%20%F0%9F%97%BA.png"
    )


def test_a_name_cannot_leave_its_header() -> None:
    for name in ('a"b', "a\\b", "a;b=c", "a\rb", "é", "a%41", "'"):
        header = disposition(name, is_inline=True)
        assert header.encode("latin1").isascii()
        assert header.count('"') == 2
        assert not set("\r\n\\") & set(header)


async def test_nothing_but_the_id_finds_a_file(mina: User, mina_token: str, general: Room) -> None:
    file, _message = await sent(mina, mina_token, general)
    for path in (
        *(f"/files/{file.upper()}/x", f"/files/{file.replace('-', '')}/x", f"/files/{file}", f"/files/{file}/"),
        *(f"/files/{file}/a/b", f"/files/{file}/small/", f"/files/../{file}/x", "/files/", "/files", "/files/x/y"),
        *(f"/files/{uuid.uuid4()}/x", f"/media/../files/{file[:2]}/{file}", f"/media/{file[:2]}/{file}"),
    ):
        got = await call("GET", path, token=mina_token)
        assert got.status in (302, 404, 405), path
        assert CONTENT not in got.content


async def test_an_unchanged_file_is_not_sent_again(mina: User, mina_token: str, general: Room) -> None:
    file, _message = await sent(mina, mina_token, general)
    first = await call("GET", f"/files/{file}/x", token=mina_token)
    for tags in (first.headers["etag"], f'W/{first.headers["etag"]}, "other"'):
        again = await call("GET", f"/files/{file}/x", token=mina_token, headers={"if-none-match": tags})
        assert (again.status, again.content) == (304, b"")
    other = await call("GET", f"/files/{file}/x", token=mina_token, headers={"if-none-match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize(
    ("asked", "status_and_span"),
    [
        ("bytes=0-9", (206, (0, 10))),
        ("bytes=10-", (206, (10, 10_240))),
        ("bytes=-10", (206, (10_230, 10_240))),
        ("bytes=-99999", (206, (0, 10_240))),
        ("bytes=10239-99999", (206, (10_239, 10_240))),
        ("bytes=10240-", (416, (0, 0))),
        ("bytes=-0", (416, (0, 0))),
        ("bytes=9999999999999999-", (416, (0, 0))),
        ("bytes=9-1", (200, (0, 10_240))),
        ("bytes=0-1,3-4", (200, (0, 10_240))),
        ("bytes=" + "0-1," * 1_000, (200, (0, 10_240))),
        ("bytes=a-b", (200, (0, 10_240))),
        ("bytes=-", (200, (0, 10_240))),
        ("bytes=--5", (200, (0, 10_240))),
        ("bytes=" + "9" * 17 + "-", (200, (0, 10_240))),
        ("lines=0-9", (200, (0, 10_240))),
        ("bytes=१-२", (200, (0, 10_240))),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_part_of_a_file_is_sent(
    mina: User, mina_token: str, general: Room, asked: str, status_and_span: tuple[int, tuple[int, int]]
) -> None:
    file, _message = await sent(mina, mina_token, general)
    expected, (first, end) = status_and_span
    got = await call("GET", f"/files/{file}/x", token=mina_token, headers={"range": asked.encode().decode("latin1")})
    assert (got.status, got.content) == (expected, CONTENT[first:end])
    assert got.headers["content-length"] == str(end - first)
    if expected == 206:
        assert got.headers["content-range"] == f"bytes {first}-{end - 1}/10240"
    if expected == 416:
        assert got.headers["content-range"] == "bytes */10240"


async def test_a_part_is_sent_only_of_the_same_file(mina: User, mina_token: str, general: Room) -> None:
    file, _message = await sent(mina, mina_token, general)
    tag = (await call("HEAD", f"/files/{file}/x", token=mina_token)).headers["etag"]
    same = {"range": "bytes=0-9", "if-range": tag}
    other = {"range": "bytes=0-9", "if-range": '"other"'}
    assert (await call("GET", f"/files/{file}/x", token=mina_token, headers=same)).status == 206
    got = await call("GET", f"/files/{file}/x", token=mina_token, headers=other)
    assert (got.status, got.content) == (200, CONTENT)


def test_every_byte_is_in_exactly_one_of_adjacent_spans() -> None:
    for size in (1, 2, 10):
        for middle in range(1, size):
            first = asked_span(f"bytes=0-{middle - 1}", None, size=size, etag='"x"')
            rest = asked_span(f"bytes={middle}-", None, size=size, etag='"x"')
            assert first is not None
            assert rest is not None
            assert (first.first, first.last + 1, rest.last + 1) == (0, rest.first, size)


async def test_head_says_what_get_would(mina: User, mina_token: str, general: Room) -> None:
    file, _message = await sent(mina, mina_token, general)
    got = await call("HEAD", f"/files/{file}/x", token=mina_token)
    assert (got.status, got.headers["content-length"], got.content) == (200, "10240", b"")
    assert (await call("POST", f"/files/{file}/x", token=mina_token)).status == 405


async def test_nginx_is_told_where_the_file_is_only_after_the_check(
    mina: User, mina_token: str, stranger_token: str, general: Room, settings: Any
) -> None:
    settings.FILES_ACCEL_LOCATION = "/sarangbang-files/"
    file, _message = await sent(mina, mina_token, general)
    got = await call("GET", f"/files/{file}/x", token=mina_token, headers={"range": "bytes=0-9"})
    assert got.headers["x-accel-redirect"] == f"/sarangbang-files/{file[:2]}/{file}"
    assert (got.status, got.content) == (200, b"")
    refused = await call("GET", f"/files/{file}/x", token=stranger_token)
    assert (refused.status, "x-accel-redirect" in refused.headers) == (404, False)


async def test_a_file_that_the_storage_has_lost_is_not_there(mina: User, mina_token: str, general: Room) -> None:
    from files.storage import remove_stored

    file, _message = await sent(mina, mina_token, general)
    await run_in_reader(remove_stored, uuid.UUID(file))
    assert await status(mina_token, file) == 404


def test_the_queryset_agrees_with_the_policy_for_everybody(
    mina: User, joon: User, stranger: User, general: Room, founders: Room
) -> None:
    from chat import policy
    from chat.services.memberships import join_room

    join_room(stranger, room_id=general.pk)
    invite_member(mina, room_id=founders.pk, user_id=stranger.pk)
    leave_room(joon, room_id=general.pk)
    files = []
    for room in (general, founders):
        message = send_message(mina, room_id=room.pk, key=uuid.uuid4(), body="with a file")
        files.append(
            Attachment.objects.create(author=mina, room=room, message=message, name="a", size=1, state="ready")
        )
    for user in (mina, joon, stranger):
        for is_active in (True, False):
            user.is_active = is_active
            readable = set(Attachment.objects.readable_by(user).values_list("pk", flat=True))
            expected = {
                file.pk
                for file in files
                if policy.is_member(user, Membership.objects.filter(user=user, room=file.room).first())
            }
            assert readable == expected
