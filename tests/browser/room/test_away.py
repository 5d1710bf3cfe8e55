"""Connections end, pages go, and nothing is lost."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.room.backstage import Backstage
from tests.browser.room.chatting import Chatter, Team
from tests.harness.services import Installation, Installations, Server


@pytest.fixture
def installation(installations: Installations) -> Iterator[Installation]:
    """A site of the test's own, whose server it may stop."""
    made = installations.create()
    made.start_server()
    yield made
    made.stop()


@pytest.fixture
def backstage(installation: Installation) -> Iterator[Backstage]:
    """Behind the scenes of that site."""
    opened = Backstage(installation)
    yield opened
    opened.close()


def test_who_goes_offline_reloads_and_comes_back_has_sent_and_missed_nothing(team: Team, server: Server) -> None:
    mina = team.visit("mina")
    elsewhere = team.installation.start_server()
    joon = team.visit("joon", elsewhere.url + team.address)
    mina.say("before")
    joon.reads("before")

    server.kill()
    mina.is_offline()
    mina.say("first from the tunnel", "second from the tunnel")
    mina.is_offline("offline (2 unsent)")
    joon.say("where is Mina?", "she will come back")
    joon.reads("before", "where is Mina?", "she will come back")

    server.start()
    mina.page.reload()
    all_of_it = ("before", "where is Mina?", "she will come back", "first from the tunnel", "second from the tunnel")
    for person in (mina, joon):
        person.reads(*all_of_it)
        person.is_live()


def test_a_page_that_stays_open_catches_up_by_itself(team: Team, server: Server, mina: Chatter) -> None:
    mina.say("before")
    mina.reads("before")
    server.kill()
    mina.is_offline()
    expect(mina.page.locator("#banner")).to_be_visible()
    mina.say("unsent")
    team.said("joon", *(f"missed {number}" for number in range(60)))
    server.start()
    mina.is_live()
    mina.reads("before", *(f"missed {number}" for number in range(60)), "unsent")
    expect(mina.page.locator("#banner")).to_be_hidden()


def test_unsent_messages_of_a_closed_tab_are_sent_once_by_another(team: Team, server: Server) -> None:
    mina = team.visit("mina")
    server.kill()
    mina.is_offline()
    mina.say("one", "two", "three")
    context = mina.page.context
    mina.page.close()
    server.start()
    tabs = [Chatter(context.new_page()).open(team.address) for _ in range(2)]
    for tab in tabs:
        tab.reads("one", "two", "three")
    team.visit("joon").reads("one", "two", "three")


def test_what_one_person_left_unsent_is_never_sent_as_another(team: Team, server: Server) -> None:
    mina = team.visit("mina")
    server.kill()
    mina.is_offline()
    mina.say("from Mina")
    mina.page.context.add_cookies([{"name": "sessionid", "value": team.cookies["joon"], "url": "http://127.0.0.1"}])
    server.start()
    # The tab notices that somebody else signed in here, and becomes theirs.
    expect(mina.page.locator(".me .name")).to_have_text("Joon Lee")
    mina.is_live()
    mina.reads()


def test_an_expired_session_leaves_the_draft_in_the_browser_for_the_same_person(
    team: Team, server: Server, mina: Chatter
) -> None:
    mina.field.fill("half a thought")
    team.run("from django.contrib.sessions.models import Session\nSession.objects.all().delete()")
    server.stop()
    server.start()
    mina.page.wait_for_url(f"**/accounts/login/?signed_out&next={quote(team.address, safe='')}")
    session = team.run(
        "from django.test import Client\nc = Client(); c.force_login(mina)\nanswer = c.cookies['sessionid'].value"
    )
    mina.page.context.add_cookies([{"name": "sessionid", "value": session, "url": "http://127.0.0.1"}])
    expect(mina.open(team.address).field).to_have_value("half a thought")


def test_who_is_signed_out_elsewhere_is_asked_to_sign_in(team: Team, server: Server, mina: Chatter) -> None:
    team.run("from django.contrib.sessions.models import Session\nSession.objects.all().delete()")
    server.stop()
    server.start()
    mina.page.wait_for_url(f"**/accounts/login/?signed_out&next={quote(team.address, safe='')}")
    expect(mina.page.get_by_role("status")).to_have_text(
        "You were signed out. Sign in again to continue where you left off."
    )


def test_a_draft_is_kept_when_its_session_is_ended_elsewhere(team: Team, mina: Chatter) -> None:
    mina.field.fill("half a thought")
    team.run(
        "from django.test import Client\nclient = Client()\n"
        f"client.cookies['sessionid'] = {team.cookies['mina']!r}\nclient.logout()"
    )
    mina.page.wait_for_url("**/accounts/login/?signed_out*")
    session = team.run(
        "from django.test import Client\nclient = Client()\nclient.force_login(mina)\n"
        "answer = client.cookies['sessionid'].value"
    )
    mina.page.context.add_cookies([{"name": "sessionid", "value": session, "url": "http://127.0.0.1"}])
    expect(mina.open(team.address).field).to_have_value("half a thought")


def test_a_message_is_pale_until_it_is_acked_and_keeps_its_place(server: Server, mina: Chatter) -> None:
    server.freeze()
    mina.say("on its way")
    expect(mina.message("on its way")).to_have_class("msg mine first pending")
    before = mina.message("on its way").get_attribute("id")
    server.thaw()
    expect(mina.message("on its way")).to_have_class("msg first mine")
    assert mina.message("on its way").get_attribute("id") == before


def test_a_message_that_cannot_be_sent_shows_the_reason_and_can_be_discarded(
    team: Team, server: Server, mina: Chatter
) -> None:
    server.stop()
    mina.say("too late")
    team.run("from chat.services.rooms import archive_room\narchive_room(mina, room_id=general.pk)")
    server.start()
    failed = mina.message("too late")
    expect(failed.get_by_role("alert")).to_contain_text("Not sent.")
    expect(mina.page.locator("#archived")).to_be_visible()
    failed.get_by_role("button", name="Discard").click()
    mina.reads()


def test_a_message_that_could_not_be_sent_is_sent_on_retry(team: Team, server: Server, mina: Chatter) -> None:
    archive = "from chat.services import rooms\nrooms.{}_room(mina, room_id=general.pk)"
    server.stop()
    mina.say("patience")
    team.run(archive.format("archive"))
    server.start()
    expect(mina.message("patience").get_by_role("alert")).to_be_visible()
    team.run(archive.format("unarchive"))
    expect(mina.field).to_be_visible()
    mina.message("patience").get_by_role("button", name="Try again").click()
    mina.reads("patience")
