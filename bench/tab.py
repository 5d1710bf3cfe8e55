"""A tab of Chromium on the room page of a site, and what is measured in it."""

import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from bench.servers import Site
from bench.stats import percentile
from devserver.chromium import ARGUMENTS, chromium

METER = Path(__file__).with_name("page_meter.js")
SIZE: ViewportSize = {"width": 1440, "height": 900}
LONG_TASK_SECONDS = 0.05
TASK = "RunTask"
TRACED = ["-*", "disabled-by-default-devtools.timeline", "__metadata"]


@dataclass(frozen=True)
class Task:
    """A task of the page's main thread. `computing` is without the time in which another program had the core."""

    began: float
    seconds: float
    computing: float

    @property
    def ended(self) -> float:
        """When it ended, in seconds of the trace's clock."""
        return self.began + self.seconds


@dataclass
class Tab:
    """The page, in a browser of its own."""

    browser: Browser
    page: Page

    async def begin(self) -> None:
        """Start to measure."""
        await self.page.evaluate("meter.read()")
        await self.browser.start_tracing(page=self.page, categories=TRACED)

    async def end(self, what: str) -> dict[str, Any]:
        """Stop measuring. Returns the statistics of `what`, which is "keys" or "frames", in seconds; the most rows that
        the timeline had; and for the tasks of the page's main thread the longest, the number of long ones, and the
        shares of the time that they took and computed."""
        trace = json.loads(await self.browser.stop_tracing())
        measured = await self.page.evaluate("meter.read()")
        samples = [sample / 1000 for sample in measured[what]]
        tasks = main_thread_tasks(trace["traceEvents"])
        seconds = tasks[-1].ended - tasks[0].began
        return {
            "samples": len(samples),
            "p50": percentile(samples, 0.5),
            "p95": percentile(samples, 0.95),
            "longest": max(samples),
            "rows": measured["rows"],
            "longest_task": max(task.seconds for task in tasks),
            "longest_computing": max(task.computing for task in tasks),
            "long_tasks": sum(task.seconds > LONG_TASK_SECONDS for task in tasks),
            "page_busy": sum(task.seconds for task in tasks) / seconds,
            "page_computing": sum(task.computing for task in tasks) / seconds,
            "chromium": self.browser.version,
        }


def main_thread_tasks(events: list[dict[str, Any]]) -> list[Task]:
    """The tasks of the page's main thread, in order.

    The page's thread is the main thread of a renderer with the most work: Chromium keeps an idle renderer in reserve.
    """
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[Task]] = defaultdict(list)
    for event in events:
        thread = event["pid"], event["tid"]
        if event["name"] == TASK and "dur" in event and thread in mains:
            seconds = event["dur"] / 1e6
            tasks[thread].append(Task(event["ts"] / 1e6, seconds, event.get("tdur", event["dur"]) / 1e6))
    if not tasks:
        raise RuntimeError("Chromium's trace contains no task of the page.")
    page = max(tasks.values(), key=lambda found: sum(task.seconds for task in found))
    return sorted(page, key=lambda task: task.began)


@asynccontextmanager
async def open_tab(site: Site, port: int, *, path: str, cookie: str) -> AsyncIterator[Tab]:
    """Open a page as the person with this cookie, and wait until it is live and nothing is loaded any more.

    Chromium may use all cores, as it does on people's machines.
    """
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {site.bench.server_core, site.bench.load_core})
    try:
        playwright = await async_playwright().start()
        browser = await playwright.chromium.launch(executable_path=chromium(playwright), args=ARGUMENTS)
    finally:
        os.sched_setaffinity(0, pinned)
    try:
        address = f"http://127.0.0.1:{port}"
        context = await browser.new_context(base_url=address, viewport=SIZE, locale="en-GB")
        name, _, value = cookie.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": address}])
        page = await context.new_page()
        await page.add_init_script(path=METER)
        await page.goto(path)
        await page.locator("#state.live").wait_for(state="attached")
        # Only one link of the list of rooms can be reached by Tab once all parts of the page are loaded.
        await page.locator("#rooms a[tabindex='-1']").first.wait_for(state="attached")
        await page.wait_for_load_state("networkidle")
        yield Tab(browser, page)
    finally:
        await browser.close()
        await playwright.stop()
