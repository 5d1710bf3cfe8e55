"""Uploads: parts, offsets, lengths, limits, and what hostile clients send."""

import asyncio
import errno
import hashlib
import os
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from chat.live.reader_pool import run_in_reader
from chat.models import Due, Room, User
from chat.services.rooms import archive_room
from files import limits, parts
from files.due_kinds import ExpireFile
from files.models import Attachment
from files.services import finishing, turns
from files.storage import stored_name
from tests.harness.api_client import call, from_own_page
from tests.harness.files import PART, begin, metadata, png, ready, send_part, state_of, upload
from tests.harness.inprocess import sign_in
from tests.harness.space import set_space
from tests.harness.tokens import token_of
from tests.harness.waiting import until_async

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]


async def rows() -> int:
    return await run_in_reader(Attachment.objects.count)


async def place_of(token: str, size: int, room: Room) -> str:
    return (await begin(token, size=size, room=room.pk)).headers["location"]


async def test_parts_make_up_the_file(mina_token: str, general: Room) -> None:
    content = os.urandom(300_000)
    place = await place_of(mina_token, len(content), general)
    for start in range(0, len(content), 100_000):
        got = await send_part(mina_token, place, content[start : start + 100_000], offset=start)
        assert (got.status, got.headers["upload-offset"]) == (204, str(start + 100_000))
    await ready(mina_token, place)
    row = await run_in_reader(Attachment.objects.get)
    assert (row.state, row.size, row.digest) == ("ready", 300_000, hashlib.sha256(content).hexdigest())
    assert (row.name, row.room_id) == ("notes.txt", general.pk)


async def test_a_page_of_the_site_uploads_with_its_session(mina: User, general: Room) -> None:
    headers = {
        name.replace("_", "-"): value for name, value in from_own_page(await run_in_reader(sign_in, mina)).items()
    }
    about = {"upload-length": "3", "upload-metadata": metadata(filename="a", room=general.pk)}
    got = await call("POST", "/files/", headers={**headers, **about})
    assert got.status == 201
    without_csrf = {name: value for name, value in headers.items() if name != "x-csrftoken"}
    assert (await call("POST", "/files/", headers={**without_csrf, **about})).status == 403
    assert (await call("POST", "/files/", headers=about)).status == 401


async def test_a_token_needs_the_scope_write(mina: User, general: Room, founders: Room) -> None:
    reading = await run_in_reader(token_of, mina, "read")
    assert (await begin(reading, size=3, room=general.pk)).status == 403
    limited = await run_in_reader(lambda: token_of(mina, "write", rooms=[general.pk]))
    assert (await begin(limited, size=3, room=founders.pk)).status == 404
    assert (await begin(limited, size=3)).status == 404
    assert (await begin(limited, size=3, room=general.pk)).status == 201


async def test_the_wrong_offset_is_answered_with_the_right_one(mina_token: str, general: Room) -> None:
    place = await place_of(mina_token, 10, general)
    await send_part(mina_token, place, b"12345", offset=0)
    for offset in (0, 4, 6, 10, 2**40):
        got = await send_part(mina_token, place, b"x" * 5, offset=offset)
        assert (got.status, got.headers.get("upload-offset")) in ((409, "5"), (400, None))
    asked = await call("HEAD", place, token=mina_token)
    assert (asked.status, asked.headers["upload-offset"], asked.headers["upload-length"]) == (200, "5", "10")


async def test_nothing_is_accepted_beyond_the_announced_length(mina_token: str, general: Room) -> None:
    place = await place_of(mina_token, 10, general)
    assert (await send_part(mina_token, place, b"x" * 11, offset=0)).code == "invalid"
    assert (await send_part(mina_token, place, b"x" * 10, offset=0)).status == 204
    assert (await send_part(mina_token, place, b"x", offset=10)).status == 409
    assert (await send_part(mina_token, place, b"", offset=10)).status == 409


@pytest.mark.parametrize("length", ["", "0", "-1", "1e3", "0x10", "१२", "9" * 17, "9" * 16, " ", "1,1"])
async def test_lengths_that_are_none_are_refused(mina_token: str, general: Room, length: str) -> None:
    encoded = length.encode().decode("latin1")
    headers = {"upload-length": encoded, "upload-metadata": metadata(filename="a", room=general.pk)}
    assert (await call("POST", "/files/", token=mina_token, headers=headers)).status in (400, 413)
    assert await rows() == 0


@pytest.mark.parametrize(
    "given", ["filename %%%", "filename " + "A" * 5_000, "room MTIzLQ==", "filename /w==", "room AA=="]
)
async def test_metadata_that_cannot_be_read_is_refused(mina_token: str, general: Room, given: str) -> None:
    headers = {"upload-length": "3", "upload-metadata": given}
    assert (await call("POST", "/files/", token=mina_token, headers=headers)).status == 400
    assert await rows() == 0


async def test_a_part_needs_its_type_and_an_offset(mina_token: str, general: Room) -> None:
    place = await place_of(mina_token, 10, general)
    for headers in ({**PART}, {"upload-offset": "0"}, {**PART, "upload-offset": "x"}):
        assert (await call("PATCH", place, token=mina_token, body=b"12345", headers=headers)).status == 400
    assert (await send_part(mina_token, place, b"x" * (limits.PART_BYTES + 1), offset=0)).status == 413
    assert (await call("HEAD", place, token=mina_token)).headers["upload-offset"] == "0"


async def test_of_two_parts_at_once_one_is_written(mina_token: str, general: Room) -> None:
    size = 400_000
    contents = [bytes([number]) * size for number in range(6)]
    place = await place_of(mina_token, size, general)
    got = await asyncio.gather(*(send_part(mina_token, place, content, offset=0) for content in contents))
    statuses = sorted(answer.status for answer in got)
    assert statuses == [204] + [409] * 5
    await ready(mina_token, place)
    row = await run_in_reader(Attachment.objects.get)
    assert row.digest in {hashlib.sha256(content).hexdigest() for content in contents}


async def test_nobody_else_reaches_an_upload(mina_token: str, joon_token: str, general: Room) -> None:
    place = await place_of(mina_token, 10, general)
    assert (await send_part(joon_token, place, b"12345", offset=0)).status == 404
    for method in ("HEAD", "GET", "DELETE"):
        assert (await call(method, place, token=joon_token)).status == 404
    assert (await call("GET", place.replace("-", ""), token=mina_token)).status == 404
    assert (await call("PUT", place, token=mina_token)).status == 405


async def test_whoever_may_not_post_cannot_upload(
    mina: User, joon_token: str, stranger_token: str, general: Room, founders: Room
) -> None:
    assert (await begin(stranger_token, size=3, room=general.pk)).status == 403
    assert (await begin(stranger_token, size=3, room=founders.pk)).status == 404
    assert (await begin(joon_token, size=3, room=2**50)).status == 404
    await run_in_reader(lambda: archive_room(mina, room_id=general.pk))
    assert (await begin(joon_token, size=3, room=general.pk)).code == "archived"


async def test_a_cancelled_upload_is_gone(mina_token: str, general: Room, roots: Path) -> None:
    place = await place_of(mina_token, 10, general)
    await send_part(mina_token, place, b"12345", offset=0)
    assert (await call("DELETE", place, token=mina_token)).status == 204
    assert (await send_part(mina_token, place, b"12345", offset=5)).status == 404
    assert (await call("DELETE", place, token=mina_token)).status == 404
    assert await rows() == 0


async def test_a_file_that_is_too_large_is_refused_with_the_limit(mina_token: str, general: Room) -> None:
    await run_in_reader(lambda: set_space(file_megabytes=2))
    got = await begin(mina_token, size=2 * limits.MEGABYTE + 1, room=general.pk)
    assert (got.status, got.json["error"]["field"]) == (413, "size")
    assert "2 MB" in got.json["error"]["message"]
    assert (await begin(mina_token, size=2 * limits.MEGABYTE, room=general.pk)).status == 201


async def test_a_person_and_the_space_have_only_so_much_room(mina_token: str, joon_token: str, general: Room) -> None:
    await run_in_reader(lambda: set_space(person_files_megabytes=3, space_files_megabytes=5))
    for _number in range(3):
        assert (await begin(mina_token, size=limits.MEGABYTE, room=general.pk)).status == 201
    assert (await begin(mina_token, size=1, room=general.pk)).code == "conflict"
    assert (await begin(joon_token, size=2 * limits.MEGABYTE, room=general.pk)).status == 201
    assert (await begin(joon_token, size=1, room=general.pk)).code == "conflict"


async def test_ten_thousand_tiny_files_are_stopped_early(joon_token: str, general: Room, roots: Path) -> None:
    statuses = [(await begin(joon_token, size=1, room=general.pk)).status for _number in range(60)]
    assert statuses == [201] * limits.UNFINISHED_PER_PERSON + [409] * 20
    assert len(list((roots / "uploads").iterdir())) == limits.UNFINISHED_PER_PERSON


async def test_sending_does_not_free_somebody_from_the_rate(joon_token: str, general: Room) -> None:
    def sent_by_others() -> None:
        Attachment.objects.update(message=1)

    statuses = []
    for _number in range(8):
        statuses += [(await begin(joon_token, size=1, room=general.pk)).status for _again in range(40)]
        await run_in_reader(sent_by_others)
    assert statuses.count(201) == 300
    assert set(statuses) == {201, 429}


async def test_a_full_disk_is_told_and_what_arrived_is_kept(
    mina_token: str, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await place_of(mina_token, 10, general)
    await send_part(mina_token, place, b"12345", offset=0)
    real = os.write

    def full(descriptor: int, piece: Any) -> int:
        if len(piece) > 2:
            return real(descriptor, piece[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        got = await send_part(mina_token, place, b"67890", offset=5)
    assert (got.status, got.code) == (507, "unavailable")
    assert "space" in got.json["error"]["message"]
    reached = int((await call("HEAD", place, token=mina_token)).headers["upload-offset"])
    assert 5 <= reached < 10
    assert (await send_part(mina_token, place, b"67890"[reached - 5 :], offset=reached)).status == 204
    await ready(mina_token, place)
    row = await run_in_reader(Attachment.objects.get)
    assert row.digest == hashlib.sha256(b"1234567890").hexdigest()


async def test_an_upload_that_the_disk_has_no_space_for_does_not_begin(
    mina_token: str, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "RESERVE_BYTES", 1 << 60)
    assert (await begin(mina_token, size=10, room=general.pk)).status == 507
    assert await rows() == 0


async def test_the_last_part_of_an_upload_may_arrive_before_a_crash(mina_token: str, general: Room) -> None:
    place = await place_of(mina_token, 5, general)
    file = uuid.UUID(place.split("/")[-2])
    await run_in_reader(lambda: parts.append(file, [b"12345"], offset=0))  # the row does not know of it
    assert (await call("HEAD", place, token=mina_token)).headers["upload-offset"] == "5"
    await ready(mina_token, place)


async def a_dead_process_finishes(token: str, room: Room, *, seconds: float) -> str:
    """Where a file is that a process was finishing which died; for these seconds nobody knows that."""
    place = await place_of(token, 5, room)
    file = uuid.UUID(place.split("/")[-2])
    await run_in_reader(lambda: parts.append(file, [b"12345"], offset=0))
    until = timezone.now() + timedelta(seconds=seconds)
    leased = {"state": "processing", "holder": uuid.uuid4(), "leased_until": until}
    await run_in_reader(lambda: Attachment.objects.filter(pk=file).update(**leased))
    return place


async def test_as_long_as_a_process_may_be_finishing_a_file_no_other_one_does(mina_token: str, general: Room) -> None:
    place = await a_dead_process_finishes(mina_token, general, seconds=3600)
    with pytest.raises(turns.BusyError):
        await run_in_reader(finishing.finish, uuid.UUID(place.split("/")[-2]))
    assert (await state_of(mina_token, place))["state"] == "processing"


async def test_what_a_dead_process_was_finishing_the_next_one_finishes_that_is_asked(
    mina_token: str, general: Room
) -> None:
    place = await a_dead_process_finishes(mina_token, general, seconds=-1)
    await ready(mina_token, place)


async def test_what_a_dead_process_was_finishing_is_finished_though_nobody_asks(mina_token: str, general: Room) -> None:
    await a_dead_process_finishes(mina_token, general, seconds=-1)
    file = await run_in_reader(Attachment.objects.get)
    await run_in_reader(finishing.finish, file.pk)
    await run_in_reader(file.refresh_from_db)
    assert file.state == "ready"


async def test_what_a_process_has_left_that_died_while_or_after_it_finished_a_file_is_removed(
    mina_token: str, general: Room, roots: Path
) -> None:
    place = await place_of(mina_token, 5, general)
    file = uuid.UUID(place.split("/")[-2])
    left = roots / "uploads" / f"{file}.made" / "small"
    left.parent.mkdir()
    left.write_bytes(b"a picture")
    await send_part(mina_token, place, b"12345", offset=0)
    await ready(mina_token, place)
    await until_async(lambda: run_in_reader(lambda: not left.exists()))
    parts.path_of(file).write_bytes(b"12345")
    await run_in_reader(finishing.finish_instead, file)
    assert files_in(roots / "uploads") == []
    unfinished = await place_of(mina_token, 5, general)
    await run_in_reader(finishing.finish_instead, uuid.UUID(unfinished.split("/")[-2]))
    assert len(files_in(roots / "uploads")) == 1


async def test_of_one_person_one_file_is_finished_at_a_time_instead_of_dead_processes(
    mina_token: str, general: Room
) -> None:
    place = await a_dead_process_finishes(mina_token, general, seconds=-1)
    other = await a_dead_process_finishes(mina_token, general, seconds=3600)
    with pytest.raises(turns.BusyError):
        await run_in_reader(finishing.finish_instead, uuid.UUID(place.split("/")[-2]))
    await run_in_reader(lambda: Attachment.objects.filter(pk=other.split("/")[-2]).update(state="failed"))
    await run_in_reader(finishing.finish_instead, uuid.UUID(place.split("/")[-2]))
    assert (await state_of(mina_token, place))["state"] == "ready"


def a_turn_at(file: Attachment) -> turns.Turn:
    turn = turns.Turn(file.pk)
    assert turn.take()
    return turn


def is_free_again(file: Attachment) -> None:
    """As after LEASE_SECONDS in which the process was frozen."""
    Attachment.objects.filter(pk=file.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


async def test_a_process_that_was_frozen_learns_that_another_one_has_taken_over(
    mina: User, mina_token: str, general: Room, roots: Path
) -> None:
    place = await a_dead_process_finishes(mina_token, general, seconds=-1)
    file = await run_in_reader(Attachment.objects.get)
    frozen = await run_in_reader(a_turn_at, file)
    await run_in_reader(is_free_again, file)
    await ready(mina_token, place)
    with pytest.raises(turns.TurnLostError):
        await run_in_reader(frozen.renew)
    assert (roots / "files" / stored_name(file.pk)).read_bytes() == b"12345"


async def test_a_file_that_nobody_sends_is_removed_after_a_day(mina_token: str, general: Room, roots: Path) -> None:
    file = await upload(mina_token, png(), room=general.pk)
    unfinished = await place_of(mina_token, 10, general)
    await run_in_reader(expire_all)
    assert await rows() == 2
    await run_in_reader(lambda: Attachment.objects.update(created_at=timezone.now() - timedelta(hours=25)))
    await run_in_reader(expire_all)
    assert await rows() == 0
    await run_in_reader(remove_all)
    assert files_in(roots) == []
    assert (await call("GET", f"/files/uploads/{file}/", token=mina_token)).status == 404
    assert (await call("HEAD", unfinished, token=mina_token)).status == 404


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_dead_processes_left_is_removed_sometime(roots: Path) -> None:
    parts.create(old := uuid.uuid4(), 1)
    parts.create(new := uuid.uuid4(), 1)
    folder = roots / "uploads" / f"{old}.made"
    folder.mkdir()
    for path in (parts.path_of(old), folder):
        os.utime(path, (1, 1))
    parts.remove_old(seconds=3600)
    assert files_in(roots) == [parts.path_of(new)]
    assert not folder.exists()


def expire_all() -> None:
    for due in Due.objects.filter(kind=ExpireFile.name):
        ExpireFile().run(due.pk, due.args)


def remove_all() -> None:
    from files.due_kinds import RemoveFiles

    for due in Due.objects.filter(kind=RemoveFiles.name):
        RemoveFiles().run(due.pk, due.args)


async def test_what_an_upload_may_be_is_said(mina_token: str) -> None:
    got = await call("OPTIONS", "/files/")
    assert (got.status, got.headers["tus-version"], got.headers["tus-max-size"]) == (204, "1.0.0", "104857600")
