"""The pages on which pictures are chosen, and how pictures are served."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat.models import Space, User
from chat.services import pictures
from chat.services.memberships import join_room
from tests.harness import images
from tests.harness.admin_actions import act_on, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OWN, OF_THE_SPACE = "/profile/picture/", "/space/picture/"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """The directory of uploads of one test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def chosen(data: bytes, name: str = "me.png") -> dict[str, SimpleUploadedFile]:
    """What a browser posts."""
    return {"image": SimpleUploadedFile(name, data, content_type="image/png")}


def page_after(client: Client, path: str, fields: dict[str, Any]) -> str:
    return client.post(path, fields, follow=True).content.decode()


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_people_choose_and_remove_their_own_picture(mina: User) -> None:
    client = signed_in(mina)
    assert "Your picture is saved." in page_after(client, OWN, chosen(images.image()))
    mina.refresh_from_db()
    assert mina.large_avatar in client.get("/profile/").content.decode()
    assert "Your picture is removed." in page_after(client, OWN, {"remove": "1"})
    assert not User.objects.get().avatar


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Choose a picture first."),
        (b"<svg/>", "choose a JPEG, PNG, WebP or GIF file"),
        (bytes(5 * 1024 * 1024 + 1), "at most 5 MB"),
        (bytes(20 * 1024 * 1024), "at most 5 MB"),
        (images.bomb(60_000, 60_000), "at most 25 megapixels"),
        (images.animated("GIF"), "animated"),
        (images.image(600, 600, kind="JPEG")[:-100], "damaged"),
    ],
)
def test_the_page_says_why_an_image_is_refused(mina: User, data: bytes, reason: str) -> None:
    assert reason in page_after(signed_in(mina), OWN, chosen(data))
    assert not User.objects.get().avatar


def test_a_form_without_a_file_is_refused_in_words(mina: User) -> None:
    assert "Choose a picture first." in page_after(signed_in(mina), OWN, {"image": "text"})


def test_neither_the_name_nor_the_declared_type_of_a_file_counts(mina: User) -> None:
    client = signed_in(mina)
    assert "Your picture is saved." in page_after(client, OWN, chosen(images.image(kind="JPEG"), name="../../x.exe"))
    assert str(User.objects.get().avatar).startswith("avatars/")


def test_only_who_may_change_the_space_sees_the_page_of_its_picture(mina: User, keeper: User) -> None:
    assert signed_in(mina).get(OF_THE_SPACE).status_code == 403
    assert signed_in(mina).post(OF_THE_SPACE, chosen(images.image())).status_code == 403
    client = signed_in(keeper)
    assert f'action="{OF_THE_SPACE}"' in client.get(OF_THE_SPACE).content.decode()
    assert "The picture of the space is saved." in page_after(client, OF_THE_SPACE, chosen(images.image()))
    assert "animated" in page_after(client, OF_THE_SPACE, chosen(images.animated("GIF")))
    assert Space.objects.get().picture
    assert "The picture of the space is removed." in page_after(client, OF_THE_SPACE, {"remove": "1"})
    assert not Space.objects.get().picture


def test_visitors_are_asked_to_sign_in(client: Client, space: Space) -> None:
    for path in (OWN, OF_THE_SPACE):
        assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_the_form_is_on_the_page_that_its_link_leads_to(mina: User) -> None:
    client = signed_in(mina)
    assert client.get(OWN).headers["Location"] == "/profile/"
    assert f'action="{OWN}"' in client.get("/profile/").content.decode()


# --- showing ----------------------------------------------------------------------------------------------------------


def test_pages_show_the_picture_instead_of_initials(mina: User, keeper: User, general: Any) -> None:
    pictures.set_picture(mina, data=images.image())
    address = User.objects.get(pk=mina.pk).avatar.url
    client = signed_in(mina)
    for path in ("/rooms/", "/profile/", general.get_absolute_url(), f"{general.get_absolute_url()}settings/"):
        assert f'<img src="{address}" alt="">' in client.get(path).content.decode(), path
    assert address in signed_in(keeper).get(url("user", "changelist")).content.decode()


def test_pages_show_the_picture_of_the_space_instead_of_its_mark(
    mina: User, keeper: User, general: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        pictures.set_space_picture(keeper, data=images.image())
    address = Space.objects.get().picture.url
    client = signed_in(mina)
    for browser, path in ((client, "/rooms/"), (client, general.get_absolute_url()), (Client(), "/accounts/login/")):
        page = browser.get(path).content.decode()
        assert f'<img class="mark" src="{address}" alt="">' in page, path
        assert f'<link rel="icon" type="image/webp" href="{address}" ' in page, path
    assert address in signed_in(keeper).get(url("space", "change", 1)).content.decode()


def test_administrators_remove_the_pictures_of_chosen_people(mina: User, joon: User, keeper: User) -> None:
    pictures.set_picture(joon, data=images.image())
    response = act_on(signed_in(keeper), "user", "remove_picture", mina, joon)
    assert "The picture of 1 person was removed." in response.content.decode()
    assert not User.objects.get(pk=joon.pk).avatar


# --- serving ----------------------------------------------------------------------------------------------------------


def fetched(client: Client, address: str) -> Any:
    """The response for a file, which is closed."""
    response = client.get(address)
    response.close()
    return response


def test_a_picture_is_served_for_good_and_can_run_nothing(mina: User, joon: User) -> None:
    pictures.set_picture(mina, data=images.image())
    response = fetched(signed_in(joon), User.objects.get(pk=mina.pk).avatar.url)
    assert response.status_code == 200
    headers = {
        name: response.headers.get(name) for name in ("Content-Type", "Cache-Control", "Content-Security-Policy")
    }
    assert headers == {
        "Content-Type": "image/webp",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Vary" not in response.headers
    assert "Set-Cookie" not in response.headers


def test_a_file_of_another_kind_is_saved_and_not_shown(mina: User, media: Path) -> None:
    (media / "page.html").write_text("<script>alert(1)</script>")
    response = fetched(signed_in(mina), "/media/page.html")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == "attachment"


def test_visitors_get_the_picture_of_the_space_and_no_other(client: Client, mina: User, keeper: User) -> None:
    pictures.set_space_picture(keeper, data=images.image())
    pictures.set_picture(mina, data=images.image())
    own = User.objects.get(pk=mina.pk).avatar
    assert fetched(client, Space.objects.get().picture.url).status_code == 200
    for path in (own.url, f"/media/space/../{own.name}", f"/media/space/%2e%2e/{own.name}"):
        assert client.get(path).status_code == 302, path


def test_a_removed_picture_is_gone(mina: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        pictures.set_picture(mina, data=images.image())
    address = User.objects.get().avatar.url
    with django_capture_on_commit_callbacks(execute=True):
        pictures.remove_picture(mina)
    assert signed_in(mina).get(address).status_code == 404


def test_a_person_without_a_picture_has_initials(mina: User, general: Any) -> None:
    join_room(mina, room_id=general.pk)
    assert 'aria-hidden="true">M</span>' in signed_in(mina).get("/rooms/").content.decode()
