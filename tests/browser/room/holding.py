"""Holds requests of a page up, as a slow network does."""

from playwright.sync_api import Page, Route


def hold(page: Page, pattern: str) -> list[Route]:
    """Keep the requests of the page for these addresses from being answered."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(pattern, keep)
    return held


def release(page: Page, held: list[Route]) -> None:
    """Let the first of these requests be answered, once the page has made it."""
    while not held:
        page.wait_for_function("true")
    held[0].continue_()
