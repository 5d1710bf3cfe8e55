"""The pictures of people and of the space: who may change them, what is stored, and who sees it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from chat.bus.events import Event, SpaceChanged
from chat.models import AuditEntry, Space, User
from chat.protocol.errors import Forbidden, Invalid, NotFound, RateLimited, TooLarge
from chat.services import pictures
from tests.harness import images
from tests.harness.bus_events import changes_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """The directory of uploads of one test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def test_a_new_picture_is_stored_in_two_sizes_under_a_name_that_nobody_can_guess(mina: User, media: Path) -> None:
    pictures.set_picture(mina, data=images.image())
    first = str(User.objects.get().avatar)
    pictures.set_picture(mina, data=images.image())
    second = str(User.objects.get().avatar)
    assert first != second
    assert second.startswith("avatars/")
    assert second.endswith("-96.webp")
    assert second in files(media)
    assert second.replace("-96.", "-256.") in files(media)


def test_a_new_picture_is_a_change_to_every_room_of_the_person(
    mina: User, general: Any, founders: Any, published_by: Callable[..., list[Event]]
) -> None:
    published = changes_in(published_by(lambda: pictures.set_picture(mina, data=images.image())))
    assert {change.room for change in published} == {general.pk, founders.pk}
    mina.refresh_from_db()
    shown = {json.loads(member.text)["user"]["avatar"] for change in published for member in change.members}
    assert shown == {mina.avatar.url}


def test_the_former_files_are_deleted_after_commit(
    mina: User, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        pictures.set_picture(mina, data=images.image())
    former = files(media)
    with django_capture_on_commit_callbacks(execute=True):
        pictures.set_picture(mina, data=images.image())
        assert former < files(media)
    assert len(files(media)) == 2
    assert not former & files(media)
    with django_capture_on_commit_callbacks(execute=True):
        pictures.remove_picture(mina)
    assert files(media) == set()
    assert not User.objects.get().avatar


def test_a_transaction_that_fails_leaves_the_former_picture_and_no_new_file(mina: User, media: Path) -> None:
    pictures.set_picture(mina, data=images.image())
    before = files(media), User.objects.get().avatar.name
    with pytest.raises(User.DoesNotExist):
        pictures.set_picture(User(pk=10**9, is_active=True), data=images.image())
    assert (files(media), User.objects.get().avatar.name) == before


class StuckStorage(FileSystemStorage):
    """A storage that cannot delete."""

    def delete(self, name: str) -> None:
        raise OSError(name)


@pytest.mark.django_db(transaction=True)
def test_a_failure_to_delete_the_former_files_leaves_the_new_picture(mina: User, media: Path, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": f"{__name__}.{StuckStorage.__name__}"}}
    pictures.set_picture(mina, data=images.image())
    pictures.set_picture(mina, data=images.image())
    assert User.objects.get().avatar.name in files(media)
    assert len(files(media)) == 4


def test_removing_a_picture_that_does_not_exist_changes_nothing(
    mina: User, general: Any, published_by: Callable[..., list[Event]]
) -> None:
    assert published_by(lambda: pictures.remove_picture(mina)) == []


@pytest.mark.parametrize(
    ("error", "data"),
    [(Invalid, b""), (Invalid, b"<svg/>"), (TooLarge, bytes(6_000_000)), (TooLarge, images.bomb(60_000, 60_000))],
)
def test_an_image_that_is_refused_is_refused_in_words_and_not_stored(
    mina: User, media: Path, error: type[Exception], data: bytes
) -> None:
    with pytest.raises(error) as refused:
        pictures.set_picture(mina, data=data)
    assert str(refused.value).endswith((".", "file."))
    assert refused.value.field == "image"  # type: ignore[attr-defined]
    assert files(media) == set()


def test_every_reason_for_a_refusal_has_words_of_its_own() -> None:
    assert len({str(pictures.refusal(reason).message) for reason in pictures.REFUSALS}) == len(pictures.REFUSALS)
    assert pictures.refusal("something new").message == pictures.refusal("broken").message


def test_a_person_may_change_their_picture_only_so_often(mina: User) -> None:
    for _ in range(20):
        with pytest.raises(Invalid):
            pictures.set_picture(mina, data=b"")
    with pytest.raises(RateLimited):
        pictures.set_picture(mina, data=b"")


# --- by others --------------------------------------------------------------------------------------------------------


def test_who_looks_after_people_removes_their_pictures(keeper: User, clerk: User, joon: User, media: Path) -> None:
    pictures.set_picture(joon, data=images.image())
    with pytest.raises(Forbidden):
        pictures.remove_picture_of(joon, user_id=keeper.pk)
    with pytest.raises(Forbidden):
        pictures.remove_picture_of(clerk, user_id=keeper.pk)
    with pytest.raises(NotFound):
        pictures.remove_picture_of(keeper, user_id=10**9)
    pictures.remove_picture_of(clerk, user_id=joon.pk)
    joon.refresh_from_db()
    assert not joon.avatar
    assert [(entry.action, entry.actor, entry.target_id) for entry in AuditEntry.objects.all()] == [
        ("person.picture", clerk, joon.pk)
    ]


def test_only_who_may_change_the_space_changes_its_picture(keeper: User, mina: User, media: Path) -> None:
    with pytest.raises(Forbidden):
        pictures.set_space_picture(mina, data=images.image())
    with pytest.raises(Forbidden):
        pictures.remove_space_picture(mina)
    pictures.set_space_picture(keeper, data=images.image())
    space = Space.objects.get()
    assert space.picture.name in files(media)
    assert space.large_picture.endswith("-256.webp")
    pictures.remove_space_picture(keeper)
    assert not Space.objects.get().picture
    assert [entry.action for entry in AuditEntry.objects.all()] == ["space.picture", "space.picture"]


def test_every_process_reads_the_space_again(keeper: User, published_by: Callable[..., list[Event]]) -> None:
    assert published_by(lambda: pictures.set_space_picture(keeper, data=images.image())) == [SpaceChanged()]
    assert published_by(lambda: pictures.remove_space_picture(keeper)) == [SpaceChanged()]
    assert published_by(lambda: pictures.remove_space_picture(keeper)) == []
