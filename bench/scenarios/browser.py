"""The page in Chromium: typing while messages arrive, scrolling through messages and rooms, and finding rooms."""

import asyncio
import itertools
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playwright.async_api import Page

from bench.contenders import Contender
from bench.delivery_tally import clock
from bench.sample_frames import words
from bench.scenarios import Plan, Row, Scenario
from bench.servers import Bench, Server, Site
from bench.single_client import Asker
from bench.tab import Tab, open_tab
from bench.texts import MARKED_EVERY, text_of, username
from client.events import Stored

PER_SECOND = 50
SENDERS = 10
REACTED_EVERY = 10
"""One message of this many gets a reaction."""

KEY_SECONDS = 0.073
"""Between two keys, which is no multiple of a frame: keys fall on all parts of a frame."""

STEP_PX = 120
PATIENCE_FRAMES = 60
QUERY = "launch 12 walks 49 design reading 3"
SCROLL = "([selector, how]) => (meter.watchFrames(), meter.scroll(document.querySelector(selector), how))"
OLDEST = "document.querySelector('#messages [data-position]').dataset.position"


def body(number: int, dice: random.Random) -> str:
    """Common words, in one message of ten with markup or a mention."""
    if number % MARKED_EVERY:
        return words(dice)
    return text_of("", number, member=username(number % SENDERS))


@asynccontextmanager
async def conversation(site: Site, server: Server, per_second: int) -> AsyncIterator[Callable[[], float]]:
    """Post messages in the room at an even pace during the block, and react to some. Provides the rate that was reached
    so far."""
    room, people = site.seed["rooms"][0]["id"], site.cookies[1 : SENDERS + 1]
    askers = [await Asker.connect(server.port, cookie) for cookie in people]
    began, sent, dice = clock(), itertools.count(), random.Random(1)
    acked = 0

    async def post(asker: Asker) -> None:
        nonlocal acked
        while True:
            number = next(sent)
            await asyncio.sleep(max(0.0, began + number / per_second - clock()))
            stored, _seconds = await asker.ask("send", room=room, key=str(uuid.uuid4()), body=body(number, dice))
            acked += 1
            if number % REACTED_EVERY == 1 and isinstance(stored, Stored):
                await asker.ask("react", message=stored.message.id, emoji="👍", on=True)

    posting = [asyncio.create_task(post(asker)) for asker in askers] if per_second else []
    try:
        yield lambda: acked / (clock() - began)
    finally:
        for task in posting:
            task.cancel()
        outcomes = await asyncio.gather(*posting, return_exceptions=True)
        for asker in askers:
            asker.close()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def press(page: Page, text: str) -> None:
    """Type a text at an even pace."""
    began = clock()
    for number, letter in enumerate(text):
        await asyncio.sleep(max(0.0, began + number * KEY_SECONDS - clock()))
        await page.keyboard.type(letter)


async def typing(tab: Tab, site: Site, server: Server, plan: Plan, per_second: int) -> Row:
    """Write a message while others arrive: the time from a key to the paint that shows its letter."""
    dice = random.Random(2)
    text = " ".join(words(dice) for _ in range(1 if plan.quick else 3))
    await tab.page.locator("#field").focus()
    async with conversation(site, server, per_second) as rate:
        await asyncio.sleep(1)
        await tab.begin()
        await press(tab.page, text)
        measured = await tab.end("keys")
        reached = rate()
    await tab.page.locator("#field").fill("")
    return {"load": f"typing, {per_second} messages/s", "messages_per_second": reached, **measured}


async def scrolling(tab: Tab, selector: str, step: int) -> Row:
    """Scroll to an end: the time between frames."""
    await tab.begin()
    await tab.page.evaluate(SCROLL, [selector, {"step": step, "patience": PATIENCE_FRAMES}])
    return await tab.end("frames")


async def history(tab: Tab, messages: int) -> Row:
    """Scroll up through all messages of the room."""
    measured = await scrolling(tab, "#timeline", -STEP_PX)
    oldest = await tab.page.evaluate(OLDEST)
    if oldest != "1":
        raise RuntimeError(f"The timeline was scrolled to message {oldest}, not to the first one.")
    return {"load": f"scrolling through {messages:,} messages", **measured}


async def room_list(tab: Tab, rooms: int) -> Row:
    """Scroll through the list of rooms."""
    return {"load": f"scrolling through {rooms} rooms", **await scrolling(tab, "#room-list", STEP_PX)}


async def filtering(tab: Tab, rooms: int) -> Row:
    """Find rooms in the palette: the time from a key to the paint of the filtered list."""
    page = tab.page
    await page.keyboard.press("Control+k")
    await page.locator("#palette-list [role=option]").first.wait_for()
    await tab.begin()
    for word in QUERY.split():
        await press(page, word)
        await page.locator("#palette-input").fill("")
    measured = await tab.end("keys")
    await page.keyboard.press("Escape")
    return {"load": f"filtering {rooms} rooms", **measured}


async def load(site: Site, server: Server, plan: Plan) -> list[Row]:
    """All loads, each in a new tab."""
    room, rooms = site.seed["rooms"][0], len(site.seed["rooms"])
    loads: list[Callable[[Tab], Awaitable[Row]]] = [
        lambda tab: typing(tab, site, server, plan, 0),
        lambda tab: typing(tab, site, server, plan, PER_SECOND),
        lambda tab: history(tab, room["messages"]),
        lambda tab: room_list(tab, rooms),
        lambda tab: filtering(tab, rooms),
    ]
    rows = []
    for measure in loads:
        async with open_tab(site, server.port, path=f"/rooms/{room['slug']}/", cookie=site.cookies[0]) as tab:
            rows.append(await measure(tab))
    return rows


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """A row per load."""
    with bench.site(contender, seed="page") as site:
        return asyncio.run(load(site, site.start(), plan))


SCENARIO = Scenario(name="browser", title="The page in Chromium", contenders=("ours",), run=run, max_repetitions=2)
