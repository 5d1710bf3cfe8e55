"""The space's own emoji: who adds them, their names, their pictures, and that changes are published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.bus.events import Event, SpaceChanged
from chat.models import CustomEmoji, Space, User
from chat.protocol.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from chat.services import custom_emoji
from chat.services.custom_emoji import MOST_EMOJI, add_emoji, archive_emoji, clean_emoji_name, unarchive_emoji
from tests.harness import images

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """The directory of uploads of one test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


def test_an_administrator_adds_an_emoji_in_two_sizes(keeper: User, media: Path) -> None:
    emoji = add_emoji(keeper, name=" :Our-Logo: ", data=images.image(80, 40))
    assert (str(emoji), emoji.created_by, emoji.is_archived) == (":our-logo:", keeper, False)
    assert str(emoji.picture).startswith("emoji/")
    assert [name[-8:] for name in files(media)] == ["128.webp", "-64.webp"]
    assert emoji.large_picture.endswith("-128.webp")


def test_nobody_else_adds_or_archives_one(keeper: User, mina: User, joon: User, media: Path) -> None:
    emoji = add_emoji(keeper, name="leaf2", data=images.image())
    before = files(media)
    for person in (mina, joon):
        with pytest.raises(Forbidden):
            add_emoji(person, name="other", data=images.image())
        with pytest.raises(Forbidden):
            archive_emoji(person, emoji_id=emoji.pk)
        with pytest.raises(Forbidden):
            unarchive_emoji(person, emoji_id=emoji.pk)
    assert files(media) == before


@pytest.mark.parametrize(
    "name", ["", "a", "a" * 33, "한글", "two words", "dots.", "tada", "+1", "::", "leaf\n2", "ａｂ", "x" * 100_000]
)
def test_a_name_that_is_not_plain_or_that_a_standard_emoji_has_is_refused(keeper: User, name: str, media: Path) -> None:
    with pytest.raises(Invalid) as refused:
        add_emoji(keeper, name=name, data=images.image())
    assert refused.value.field == "name"
    assert files(media) == []


@pytest.mark.parametrize("name", ["xy", "our_logo", "a-1", "a" * 32])
def test_a_plain_name_is_accepted(name: str) -> None:
    assert clean_emoji_name(f":{name.upper()}:") == name


def test_a_name_is_taken_for_good(keeper: User, media: Path) -> None:
    emoji = add_emoji(keeper, name="leaf2", data=images.image())
    archive_emoji(keeper, emoji_id=emoji.pk)
    before = files(media)
    with pytest.raises(Invalid) as refused:
        add_emoji(keeper, name="LEAF2", data=images.image())
    assert refused.value.field == "name"
    assert files(media) == before


@pytest.mark.parametrize("data", [b"", b"<svg/>", images.animated("GIF"), images.bomb(60_000, 60_000)])
def test_a_file_that_is_no_still_picture_is_refused(keeper: User, data: bytes, media: Path) -> None:
    with pytest.raises((Invalid, TooLarge)) as refused:
        add_emoji(keeper, name="leaf2", data=data)
    assert refused.value.field == "image"
    assert files(media) == []
    assert not CustomEmoji.objects.exists()


def test_a_space_has_at_most_so_many(keeper: User, media: Path) -> None:
    CustomEmoji.objects.bulk_create(
        CustomEmoji(name=f"leaf-{number}", picture="emoji/x-64.webp", created_by=keeper) for number in range(MOST_EMOJI)
    )
    with pytest.raises(Conflict):
        add_emoji(keeper, name="one-more", data=images.image())
    assert files(media) == []


def test_an_archived_emoji_is_kept_and_can_come_back(keeper: User) -> None:
    emoji = add_emoji(keeper, name="leaf2", data=images.image())
    archive_emoji(keeper, emoji_id=emoji.pk)
    assert CustomEmoji.objects.get().is_archived
    unarchive_emoji(keeper, emoji_id=emoji.pk)
    assert not CustomEmoji.objects.get().is_archived
    with pytest.raises(NotFound):
        archive_emoji(keeper, emoji_id=10**9)


def test_every_change_has_a_new_version_of_which_every_process_hears(
    keeper: User, published_by: Callable[..., list[Event]]
) -> None:
    versions = [Space.objects.get().emoji_version]

    def change(act: Callable[[], object]) -> list[Event]:
        published = published_by(act)
        versions.append(Space.objects.get().emoji_version)
        return published

    assert change(lambda: custom_emoji.add_emoji(keeper, name="leaf2", data=images.image())) == [SpaceChanged()]
    emoji = CustomEmoji.objects.get()
    assert change(lambda: archive_emoji(keeper, emoji_id=emoji.pk)) == [SpaceChanged()]
    assert change(lambda: archive_emoji(keeper, emoji_id=emoji.pk)) == []
    assert change(lambda: unarchive_emoji(keeper, emoji_id=emoji.pk)) == [SpaceChanged()]
    assert versions == [0, 1, 2, 2, 3]
