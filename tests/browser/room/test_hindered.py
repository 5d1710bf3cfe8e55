"""Networks that block WebSockets, hold up streams or cut them: people talk all the same, and the page says so."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.room.chatting import Chatter, Team
from tests.harness.hindering_proxy import HinderingProxy
from tests.harness.services import Server

FALLING_BACK_MS = 60_000
EVENTS = b"POST /api/v1/events"
STREAM = b"application/x-ndjson"
TABS = 8
"""More than the connections that a browser opens to a host."""

Hindered = Callable[..., HinderingProxy]


@pytest.fixture
def hindered(server: Server) -> Iterator[Hindered]:
    """Starts a proxy."""
    started: list[HinderingProxy] = []

    def start(**how: bool | float) -> HinderingProxy:
        started.append(HinderingProxy(server.port, **how).__enter__())  # type: ignore[arg-type]
        return started[-1]

    yield start
    for proxy in started:
        proxy.__exit__()


def behind(proxy: HinderingProxy, team: Team) -> Chatter:
    """Mina on the room page behind a proxy, once the page has found a way."""
    mina = Chatter(team.browser("mina").new_page())
    mina.page.goto(proxy.url + team.address)
    falls_back(mina)
    return mina


def falls_back(person: Chatter) -> None:
    expect(person.page.locator(".way")).to_contain_text("Connected another way", timeout=FALLING_BACK_MS)
    person.is_live()


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Let the page run until something holds in the proxy."""
    for _ in range(1_200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("In vain.")


def here(person: Chatter, other: str) -> Locator:
    """The dot of somebody who is here, in the panel of people."""
    return person.page.locator("#panel li.person-row", has_text=other).locator(".presence.here")


@pytest.mark.parametrize("buffers", [False, True], ids=["refuses-upgrades", "buffers"])
def test_people_talk_behind_a_proxy_that_blocks_websockets(
    team: Team, hindered: Hindered, joon: Chatter, *, buffers: bool
) -> None:
    joon.say("before")
    joon.reads("before")
    other = team.new_room("Other")
    proxy = hindered(buffers=buffers)
    mina = behind(proxy, team)
    assert proxy.refused >= 2
    joon.say("can you hear me?")
    mina.reads("before", "can you hear me?")
    mina.say("yes", "loud and clear")
    for person in (mina, joon):
        person.reads("before", "can you hear me?", "yes", "loud and clear")
    mina.page.locator(f'#rooms a[href$="{other}"]').click()
    expect(mina.page.locator("#room-name")).to_contain_text("Other")
    mina.say("here, too")
    mina.reads("here, too")
    mina.page.go_back()
    joon.say("back again?")
    mina.reads("before", "can you hear me?", "yes", "loud and clear", "back again?")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_the_page_says_of_the_network_is_accessible(team: Team, hindered: Hindered, language: str) -> None:
    page = team.browser("mina", locale=language, reduced_motion="reduce").new_page()
    page.goto(hindered().url + team.address)
    expect(page.locator(".way")).to_contain_text("WebSocket", timeout=FALLING_BACK_MS)
    assert findings_in_every_look(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#drawer-open").click()
    expect(page.locator(".way")).to_be_in_viewport()


def test_each_sees_that_the_other_types(team: Team, hindered: Hindered, joon: Chatter) -> None:
    mina = behind(hindered(), team)
    mina.field.press_sequentially("h")
    expect(joon.page.locator("#typing")).to_have_text("Mina Kim is typing…")
    joon.field.press_sequentially("h")
    expect(mina.page.locator("#typing")).to_have_text("Joon Lee is typing…")
    mina.field.fill("")
    expect(joon.page.locator("#typing")).to_have_text("")


def test_more_tabs_than_a_browser_has_connections_share_one_stream(
    team: Team, hindered: Hindered, joon: Chatter
) -> None:
    proxy = hindered()
    first = behind(proxy, team)
    others = [Chatter(first.page.context.new_page()) for _ in range(TABS - 1)]
    for tab in others:
        tab.page.goto(proxy.url + team.address)
        falls_back(tab)
    until(first.page, lambda: proxy.passing(EVENTS) == 1)
    joon.say("to all of you")
    for tab in (first, *others):
        tab.reads("to all of you")
    first.page.close()
    joon.say("to those who are left")
    for tab in others:
        tab.reads("to all of you", "to those who are left")
        tab.is_live()
    until(others[0].page, lambda: proxy.passing(EVENTS) == 1)
    others[0].say("from one of us")
    for tab in (joon, *others):
        tab.reads("to all of you", "to those who are left", "from one of us")


def test_a_tab_shows_what_happens_in_a_room_that_another_tab_has_open(
    team: Team, hindered: Hindered, joon: Chatter
) -> None:
    other = team.new_room("Other")
    proxy = hindered()
    mina = behind(proxy, team)
    elsewhere = Chatter(mina.page.context.new_page())
    elsewhere.page.goto(proxy.url + other)
    falls_back(elsewhere)
    joon.say("look here")
    expect(elsewhere.page.locator(f'#rooms a[href$="{team.address}"]')).to_contain_text("1")


@pytest.mark.parametrize(
    "how",
    [{}, {"buffers": True}, {"refuses_upgrades": False}],
    ids=["streams", "polls", "websockets"],
)
def test_people_talk_behind_a_proxy_that_cuts_idle_connections(
    team: Team, hindered: Hindered, joon: Chatter, how: dict[str, bool]
) -> None:
    proxy = hindered(idle_seconds=5, **how)
    mina = behind(proxy, team)
    said = []
    for number in range(3):
        cut = proxy.cut
        joon.say(f"message {number}")
        said.append(f"message {number}")
        mina.reads(*said)
        mina.is_live()
        if "buffers" not in how or not number:  # polls become shorter than the proxy's patience
            until(mina.page, lambda cut=cut: proxy.cut > cut)  # type: ignore[misc]
    mina.say("still here")
    joon.reads(*said, "still here")


def test_nothing_is_lost_while_the_network_changes_and_the_page_goes_back_by_itself(
    team: Team, hindered: Hindered, joon: Chatter
) -> None:
    proxy = hindered(refuses_upgrades=False)
    mina = Chatter(team.browser("mina").new_page())
    mina.page.clock.install()
    mina.open(proxy.url + team.address)
    said: list[str] = []

    def both_talk() -> None:
        for person, name in ((joon, "joon"), (mina, "mina")):
            person.say(f"{name} {len(said)}")
            said.append(f"{name} {len(said)}")
            for reader in (joon, mina):
                reader.reads(*said)

    def change(*, refuses: bool, buffers: bool) -> None:
        proxy.refuses_upgrades, proxy.buffers = refuses, buffers
        joon.say(f"joon {len(said)}")
        said.append(f"joon {len(said)}")
        proxy.cut_all()

    both_talk()
    change(refuses=True, buffers=False)
    falls_back(mina)
    both_talk()
    change(refuses=True, buffers=True)
    until(mina.page, lambda: bool(proxy.passing(b"Accept: application/json")))
    both_talk()
    change(refuses=False, buffers=False)
    both_talk()
    for _ in range(20):  # a WebSocket is tried from time to time
        mina.page.clock.fast_forward(30_000)
        if not mina.page.locator(".way").inner_text():
            break
        mina.is_live()
    expect(mina.page.locator(".way")).to_have_text("")
    both_talk()
    assert proxy.passing(re.sub(rb" .*", b"", EVENTS) + b" /api/v1/events") == 0


def test_the_tabs_of_somebody_else_who_signs_in_in_the_same_browser_are_never_sent_events_of_the_former(
    team: Team, hindered: Hindered
) -> None:
    proxy = hindered()
    mina = behind(proxy, team)
    until(mina.page, lambda: proxy.passing(STREAM) == 1)
    mina.page.context.add_cookies([{"name": "sessionid", "value": team.cookies["joon"], "url": "http://127.0.0.1"}])
    joon = Chatter(mina.page.context.new_page())
    joon.page.goto(proxy.url + team.address)
    falls_back(joon)
    until(mina.page, lambda: proxy.passing(STREAM) == 2)  # each has their own
    proxy.cut_all()  # the one of Mina's page would continue with the session of Joon
    expect(mina.page.locator("footer.me .name")).to_have_text("Joon Lee", timeout=FALLING_BACK_MS)
    falls_back(mina)
    until(mina.page, lambda: proxy.passing(STREAM) == 1)


def test_people_see_who_is_here_behind_a_proxy(team: Team, hindered: Hindered, joon: Chatter) -> None:
    mina = behind(hindered(), team)
    for person, other in ((mina, "Joon Lee"), (joon, "Mina Kim")):
        person.page.locator("#people-open").click()
        expect(here(person, other)).to_be_attached()
    joon.page.close()
    expect(here(mina, "Joon Lee")).to_have_count(0)


def test_another_tab_leads_while_the_browser_freezes_the_leader(team: Team, hindered: Hindered, joon: Chatter) -> None:
    proxy = hindered()
    leader = behind(proxy, team)
    other = Chatter(leader.page.context.new_page())
    other.page.goto(proxy.url + team.address)
    falls_back(other)
    lifecycle = leader.page.context.new_cdp_session(leader.page)
    lifecycle.send("Page.setWebLifecycleState", {"state": "frozen"})
    joon.say("to the one who is awake")
    other.reads("to the one who is awake")
    other.is_live()
    lifecycle.send("Page.setWebLifecycleState", {"state": "active"})
    leader.reads("to the one who is awake")
    falls_back(leader)
    until(leader.page, lambda: proxy.passing(STREAM) == 1)
