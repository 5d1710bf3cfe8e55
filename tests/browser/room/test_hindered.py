"""Networks that block WebSockets, and that hold up streams: people talk all the same, and the page says so."""

import pytest
from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team
from tests.harness.hindering_proxy import HinderingProxy
from tests.harness.services import Server


@pytest.mark.parametrize("buffers", [False, True], ids=["refuses-upgrades", "buffers"])
def test_people_talk_behind_a_proxy_that_blocks_websockets(
    team: Team, server: Server, joon: Chatter, *, buffers: bool
) -> None:
    joon.say("before")
    joon.reads("before")
    other = team.new_room("Other")
    with HinderingProxy(server.port, buffers=buffers) as proxy:
        mina = Chatter(team.browser("mina").new_page())
        mina.page.goto(proxy.url + team.address)
        expect(mina.page.locator(".way")).to_have_text("limited network", timeout=60_000)
        mina.is_live()
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
