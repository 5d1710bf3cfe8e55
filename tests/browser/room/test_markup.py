"""Markup in messages: what readers see of it and do with it, and how it is written."""

import re

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

CODE = "total = sum(prices)  # 합계"
READ = [
    "@{mina}님이 **말한(어제)** 것",
    f"```py\n{CODE}\n```",
    "it was ||a *secret*||!",
    "#{room}에서 봐요: @nobody",
    "🍁🎉",
]
PASTE = """(field, html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", "as text");
  field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
HTML = """<meta charset="utf-8"><h2>제목</h2><p>Some <b>bold</b> and <a href="https://example.com/a_(b)">a link</a>,
  <a href="javascript:alert(1)">none</a><script>alert(1)</script><img src="/x.png" onerror="alert(1)"></p>
  <ul><li>one</li><li><i>two</i><ol><li>inner</li></ol></li></ul><pre>a  b\n  *c*</pre>"""
MARKUP = """제목

Some **bold** and [a link](https://example.com/a_%28b%29), none

- one
- *two*

  1. inner

```
a  b
  *c*
```"""


def test_readers_open_spoilers_copy_code_and_follow_names(team: Team) -> None:
    names = team.run("answer = {'mina': mina.username, 'room': general.slug}")
    team.said("joon", *(text.format(**names) if "{" in text else text for text in READ))
    mina = team.visit("mina")
    page = mina.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    to_me = mina.message("것")
    expect(to_me.locator(".body")).to_have_text("@Mina Kim님이 말한(어제) 것")
    expect(to_me.locator("strong")).to_have_text("말한(어제)")
    expect(to_me).not_to_have_css("box-shadow", "none")
    to_me.get_by_role("button", name="@Mina Kim").click()
    expect(page.get_by_role("dialog")).to_contain_text("Mina Kim")
    page.keyboard.press("Escape")

    code = mina.message("total")
    expect(code.locator(".label")).to_have_text("Python")
    expect(code.locator(".code-comment")).to_have_text("# 합계")
    code.focus()
    page.keyboard.press("Tab")
    expect(code.get_by_role("button", name="Copy the code")).not_to_have_attribute("tabindex", "-1")
    code.get_by_role("button", name="Copy the code").click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == CODE

    spoiler = mina.message("it was").locator(".spoiler")
    expect(spoiler.locator("em")).not_to_be_visible()
    mina.message("it was").get_by_role("button", name="Hidden text: show it").press("Enter")
    expect(spoiler.locator("em")).to_be_visible()
    expect(spoiler).to_be_focused()

    expect(mina.message("봐요").locator(".body")).to_have_text("#General에서 봐요: @nobody")
    expect(mina.message("봐요").get_by_role("link", name="#General")).to_have_attribute("href", team.address)
    expect(mina.message("🍁").locator("p")).to_have_css("font-size", "28px")


def with_formatting(mina: Chatter) -> None:
    """Wait until the parts are there that are loaded after the page."""
    mina.page.locator("#details-open").click()
    expect(mina.page.locator("#panel-title")).to_have_text("Room details")


def test_the_bar_for_formatting_goes_when_the_selected_text_is_sent(mina: Chatter) -> None:
    with_formatting(mina)
    bar = mina.page.get_by_role("toolbar", name="Formatting")
    mina.field.fill("Prices at once")
    mina.field.press("Control+a")
    expect(bar).to_be_visible()
    mina.field.press("Enter")
    expect(mina.messages).to_have_count(1)
    expect(bar).to_be_hidden()


def test_writers_mark_up_a_selection_continue_lists_and_paste_html(mina: Chatter) -> None:
    with_formatting(mina)
    field, bar = mina.field, mina.page.get_by_role("toolbar", name="Formatting")
    field.fill("Prices at once")
    expect(bar).not_to_be_visible()
    field.press("Shift+Control+ArrowLeft")
    expect(bar).to_be_visible()
    field.press("Control+b")
    expect(field).to_have_value("Prices at **once**")
    field.press("Control+z")
    expect(field).to_have_value("Prices at once")
    field.press("Control+a")
    bar.get_by_role("button", name="Quote").click()
    expect(field).to_have_value("> Prices at once")
    field.press("Control+k")
    expect(field).to_have_value("[> Prices at once](https://)")
    expect(mina.page.get_by_role("dialog")).to_have_count(0)

    field.fill("1. one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    field.press("Shift+Enter")
    field.press("Shift+Enter")
    expect(field).to_have_value("1. one\n2. two\n")

    field.fill("```py")
    for line in ("  if x:", "  y", "```"):
        field.press("Enter")
        field.press_sequentially(line.strip() if line == "  y" else line)
    expect(field).to_have_value("```py\n  if x:\n  y\n  ```")
    field.press("Enter")
    expect(mina.messages.last.locator("pre")).to_have_text("  if x:\n  y")

    field.evaluate(PASTE, HTML)
    expect(field).to_have_value(MARKUP)
    field.press("Enter")
    expect(mina.messages.last.locator(".body > ul > li")).to_have_text([re.compile("^one$"), re.compile("two")])
