"""Connections end, pages go, and nothing is lost."""

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team
from tests.services import Server


def test_who_goes_offline_reloads_and_comes_back_has_sent_and_missed_nothing(team: Team, server: Server) -> None:
    mina = team.visit("mina")
    elsewhere = team.installation.start_server()
    joon = team.visit("joon", f"{elsewhere.url}/rooms/general/")
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


def test_unsent_messages_outlive_their_tab_and_go_out_once_from_any_other(team: Team, server: Server) -> None:
    mina = team.visit("mina")
    server.kill()
    mina.is_offline()
    mina.say("one", "two", "three")
    context = mina.page.context
    mina.page.close()
    server.start()
    tabs = [Chatter(context.new_page()).open("/rooms/general/") for _ in range(2)]
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


def test_a_draft_outlives_a_reload(mina: Chatter) -> None:
    mina.field.fill("half a thought")
    mina.page.reload()
    expect(mina.field).to_have_value("half a thought")


def test_who_is_signed_out_elsewhere_is_asked_to_sign_in(team: Team, mina: Chatter) -> None:
    team.run("from django.contrib.sessions.models import Session\nSession.objects.all().delete()")
    team.installation.servers[0].stop()
    team.installation.servers[0].start()
    mina.page.wait_for_url("**/accounts/login/?next=%2Frooms%2Fgeneral%2F")


def test_a_removed_member_is_told_and_can_no_longer_write(team: Team, joon: Chatter, mina: Chatter) -> None:
    mina.say("hello")
    joon.reads("hello")
    mina.page.goto("/rooms/general/settings/")
    mina.page.locator("li", has_text="Joon Lee").locator("summary").click()
    mina.page.get_by_role("button", name="Remove from the room").click()
    expect(joon.page.locator("#gone")).to_contain_text("You are no longer in this room.")
    expect(joon.field).to_be_hidden()
    expect(joon.page.locator("#rooms a")).to_have_count(0)
