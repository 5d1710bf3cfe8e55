"""What the browser still stores after sign-out."""

from playwright.sync_api import Page, expect

from tests.browser.room.chatting import Chatter, Team

SECRET = "a draft about salaries"


def kept(page: Page) -> str:
    """Everything that the browser stores for this site."""
    return str(page.evaluate("JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})"))


def sign_out(page: Page) -> None:
    page.goto("/profile/")
    page.get_by_role("button", name="Sign out", exact=True).click()


def test_drafts_of_all_tabs_are_removed_from_the_browser_at_sign_out(team: Team, mina: Chatter) -> None:
    other = mina.another_tab()
    other.field.fill(SECRET)
    mina.field.fill(SECRET)
    mina.page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert SECRET in kept(mina.page)
    sign_out(mina.page)
    for page in (mina.page, other.page):
        page.wait_for_url("**/accounts/login/**")
        expect(page.locator("form")).not_to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert SECRET not in kept(mina.page)


def test_sign_out_with_unsent_messages_asks_first(team: Team, mina: Chatter) -> None:
    mina.page.evaluate(
        "([key]) => localStorage.setItem(key, JSON.stringify({kind: 'send', id: '1', room: 1, body: 'unsent'}))",
        [f"sarangbang:{team.run('answer = str(Space.objects.get().epoch)')}:{team.ids['mina']}:outbox:1"],
    )
    sign_out(mina.page)
    mina.page.wait_for_url("**/accounts/logout/")
    warning = "1 message has not been sent yet. It will be lost if you sign out now."
    expect(mina.page.get_by_role("alert")).to_have_text(warning)
    assert "unsent" in kept(mina.page)
    mina.page.get_by_role("button", name="Sign out", exact=True).click()
    mina.page.wait_for_url("**/accounts/login/")
    assert "unsent" not in kept(mina.page)
