"""The switches of a room and of a person that say who is shown who has read."""

import pytest
from django.test import Client

from chat.models import AuditEntry, Room, User
from tests.chat.web.test_answers import post
from tests.chat.web.test_rooms import signed_in, text

pytestmark = pytest.mark.once


def shows(room: Room) -> bool:
    return Room.objects.get(pk=room.pk).shows_reads


def test_an_owner_turns_it_off_and_on_on_the_page_of_settings(mina: User, general: Room) -> None:
    browser = signed_in(mina)
    page = text(browser.get("/rooms/general/settings/"))
    assert "how many people have not read them yet" in page
    assert browser.post("/rooms/general/reads/", {"on": ""}).headers["Location"] == "/rooms/general/settings/"
    assert not shows(general)
    assert AuditEntry.objects.latest("pk").details == {"shows_reads": [True, False]}
    assert "This room does not show who has read its messages." in text(browser.get("/rooms/general/settings/"))
    assert post(browser, "/rooms/general/reads/", {"on": "1"}).status_code == 204
    assert shows(general)


def test_a_member_is_not_offered_it_and_is_refused(joon: User, stranger: User, general: Room, founders: Room) -> None:
    browser = signed_in(joon)
    assert 'action="/rooms/general/reads/"' not in browser.get("/rooms/general/settings/").content.decode()
    assert post(browser, "/rooms/general/reads/", {"on": ""}).status_code == 422
    assert post(signed_in(stranger), f"/rooms/{founders.slug}/reads/", {"on": ""}).status_code == 404
    assert shows(general)


def test_a_person_hides_how_far_they_have_read_on_their_profile(joon: User) -> None:
    browser = signed_in(joon)
    assert "Others see whether you have read a message" in text(browser.get("/profile/"))
    assert browser.post("/profile/reads/", {"on": ""}).headers["Location"] == "/profile/"
    assert User.objects.get(pk=joon.pk).hides_reads
    assert "Others do not see how far you have read" in text(browser.get("/profile/"))
    browser.post("/profile/reads/", {"on": "1"})
    assert not User.objects.get(pk=joon.pk).hides_reads


def test_a_visitor_is_asked_to_sign_in(client: Client, general: Room) -> None:
    for path in ("/rooms/general/reads/", "/profile/reads/"):
        assert client.post(path).headers["Location"] == f"/accounts/login/?next={path}"
