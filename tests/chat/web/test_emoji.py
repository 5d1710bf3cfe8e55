"""The list of the space's own emoji, and the page on which administrators add them."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat.models import CustomEmoji, User
from chat.queries.space import space_memory
from chat.services.custom_emoji import add_emoji, archive_emoji
from tests.harness import images
from tests.harness.admin_actions import signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST, PAGE = "/emoji/", "/space/emoji/"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """The directory of uploads of one test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def chosen(name: str, data: bytes) -> dict[str, Any]:
    """What a browser posts."""
    return {"name": name, "image": SimpleUploadedFile("logo.png", data, content_type="image/png")}


def page_after(client: Client, path: str, fields: dict[str, Any]) -> str:
    return client.post(path, fields, follow=True).content.decode()


def test_the_list_has_the_emoji_of_the_space_and_says_which_are_archived(keeper: User, mina: User) -> None:
    add_emoji(keeper, name="leaf2", data=images.image())
    archive_emoji(keeper, emoji_id=add_emoji(keeper, name="apple2", data=images.image()).pk)
    apple, leaf = CustomEmoji.objects.all()
    answer = signed_in(mina).get(LIST)
    assert answer.json()["version"] == 3
    assert answer.json()["emoji"] == [
        {"name": "apple2", "picture": apple.picture.url, "large": apple.large_picture, "archived": True},
        {"name": "leaf2", "picture": leaf.picture.url, "large": leaf.large_picture},
    ]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_an_unchanged_list_is_not_sent_again(keeper: User, mina: User) -> None:
    client = signed_in(mina)
    tag = client.get(LIST).headers["ETag"]
    assert client.get(LIST, headers={"If-None-Match": tag}).status_code == 304
    add_emoji(keeper, name="leaf2", data=images.image())
    space_memory.forget()
    changed = client.get(LIST, headers={"If-None-Match": tag})
    assert (changed.status_code, len(changed.json()["emoji"])) == (200, 1)
    assert changed.headers["ETag"] != tag


def test_visitors_get_neither_the_list_nor_a_picture(client: Client, keeper: User) -> None:
    emoji = add_emoji(keeper, name="leaf2", data=images.image())
    for path in (LIST, PAGE, emoji.picture.url):
        assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"
    response = signed_in(keeper).get(emoji.picture.url)
    assert response.headers["Content-Type"] == "image/webp"
    response.close()


def test_an_administrator_adds_and_archives_an_emoji_on_the_page(keeper: User) -> None:
    client = signed_in(keeper)
    assert ":our-logo:" in page_after(client, PAGE, chosen("our-logo", images.image()))
    emoji = CustomEmoji.objects.get()
    archive = f"{PAGE}{emoji.pk}/archive/"
    assert "Messages that contain it keep it." in page_after(client, archive, {})
    assert "The emoji is offered again." in page_after(client, archive, {"unarchive": "1"})
    assert client.post(f"{PAGE}999999/archive/").status_code == 404
    assert PAGE in client.get(url("space", "change", 1)).content.decode()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("tada", images.image(), "This is the name of a standard emoji."),
        ("한글", images.image(), "A name has 2 to 32 letters"),
        ("logo2", b"", "Choose a picture first."),
        ("logo2", images.animated("GIF"), "This picture is animated"),
        ("logo2", bytes(5 * 1024 * 1024 + 1), "at most 5 MB"),
    ],
)
def test_the_page_says_why_an_emoji_is_refused(keeper: User, name: str, data: bytes, reason: str) -> None:
    page = page_after(signed_in(keeper), PAGE, chosen(name, data))
    assert reason in page
    assert f'value="{name}"' in page
    assert not CustomEmoji.objects.exists()


def test_nobody_else_opens_the_page(mina: User, joon: User, keeper: User) -> None:
    emoji = add_emoji(keeper, name="leaf2", data=images.image())
    for person in (mina, joon):
        client = signed_in(person)
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, chosen("other", images.image())).status_code == 403
        assert client.post(f"{PAGE}{emoji.pk}/archive/").status_code == 403
    assert not CustomEmoji.objects.get().is_archived


def test_the_list_costs_as_many_queries_however_many_emoji_there_are(
    keeper: User, mina: User, django_assert_max_num_queries: Any
) -> None:
    CustomEmoji.objects.bulk_create(
        CustomEmoji(name=f"leaf-{number}", picture="emoji/x-64.webp", created_by=keeper) for number in range(50)
    )
    client, administrator = signed_in(mina), signed_in(keeper)
    client.get(LIST), administrator.get(PAGE)
    with django_assert_max_num_queries(4):
        assert len(client.get(LIST).json()["emoji"]) == 50
    with django_assert_max_num_queries(12):
        assert administrator.get(PAGE).status_code == 200
