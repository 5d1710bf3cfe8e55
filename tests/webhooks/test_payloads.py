"""What programs send, in four shapes."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chat.protocol.errors import ChatError, Invalid, TooLarge
from webhooks.payloads import FORM, JSON, TEXT, TEXT_CHARS, read_posting

pytestmark = pytest.mark.once


def read(shape: Any) -> str:
    return read_posting(json.dumps(shape).encode(), JSON).body


def test_the_body_of_our_own_shape_is_markdown_already() -> None:
    posting = read_posting(b'{"body": "*one* <https://x.y|z>", "thread": 3, "also_in_room": true, "x": 1}', JSON)
    assert (posting.body, posting.where) == ("*one* <https://x.y|z>", {"thread": 3, "also_in_room": True})
    assert not posting.is_slack


def test_plain_text_is_posted_as_it_is() -> None:
    posting = read_posting("*하나*\n둘".encode(), TEXT)
    assert (posting.body, posting.is_slack) == ("*하나*\n둘", False)


def test_a_form_has_json_in_its_field_payload() -> None:
    content = urlencode({"payload": json.dumps({"text": "*done* &amp; dusted"})}).encode()
    posting = read_posting(content, FORM)
    assert (posting.body, posting.is_slack) == ("**done** & dusted", True)


def test_the_name_and_picture_of_the_sender_are_ignored() -> None:
    shape = {"text": "done", "username": "CI", "icon_url": "https://x.y/z.png", "icon_emoji": ":x:", "channel": "a"}
    assert read(shape) == "done"


def test_attachments_follow_the_text_with_titles_links_and_fields() -> None:
    shape = {
        "text": "A build",
        "attachments": [
            {
                "pretext": "New:",
                "title": "Build 7",
                "title_link": "https://ci.example.com/7",
                "text": "It *failed*.",
                "fallback": "not shown",
                "fields": [{"title": "Branch", "value": "main"}, {"title": "Tests", "value": 12}, {"value": "alone"}],
                "color": "danger",
            },
            {"fallback": "only this"},
            "nonsense",
        ],
    }
    assert read(shape) == (
        "A build\n\nNew:\n[Build 7](https://ci.example.com/7)\nIt **failed**.\n"
        "**Branch**: main\n**Tests**: 12\nalone\n\nonly this"
    )


def test_blocks_replace_the_text_which_is_only_their_summary() -> None:
    shape = {
        "text": "summary",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Deploy"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Done* by <https://x.y|mina>"}},
            {"type": "divider"},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}, {"type": "plain_text", "text": "*b*"}]},
            {"type": "context", "elements": [{"type": "image"}, {"type": "mrkdwn", "text": "one minute"}]},
            {"type": "rich_text", "elements": []},
            7,
        ],
    }
    assert read(shape) == "**Deploy**\n**Done** by [mina](https://x.y)\na\n*b*\n one minute"


def test_blocks_without_a_text_leave_the_summary() -> None:
    assert read({"text": "summary", "blocks": [{"type": "divider"}]}) == "summary"


@pytest.mark.parametrize(
    ("content", "media_type", "error"),
    [
        (b"{", JSON, Invalid),
        (b"[]", JSON, Invalid),
        (b"{}", JSON, Invalid),
        (b'{"text": ""}', JSON, Invalid),
        (b'{"text": 7}', JSON, Invalid),
        (b'{"body": ["a"]}', JSON, Invalid),
        (b'{"attachments": {}}', JSON, Invalid),
        (b'{"attachments": [{"text": {}}]}', JSON, Invalid),
        (b'{"blocks": [{"type": "section", "text": {"text": 1}}]}', JSON, Invalid),
        (b"\xff", TEXT, Invalid),
        (b"  \n", TEXT, Invalid),
        (b"payload=%7B%7D", FORM, Invalid),
        (b"text=a", FORM, Invalid),
        (b"payload=%ff", FORM, Invalid),
        (b"&".join([b"payload=%7B%7D"] * 50), FORM, Invalid),
        (b"<a/>", "application/xml", Invalid),
        (json.dumps({"text": "x" * (TEXT_CHARS + 1)}).encode(), JSON, TooLarge),
        (json.dumps({"attachments": [{"text": "x" * 9_000}] * 19}).encode(), JSON, TooLarge),
        (b"[" * 100_000, JSON, Invalid),
    ],
)
def test_anything_else_is_refused(content: bytes, media_type: str, error: type[ChatError]) -> None:
    with pytest.raises(error):
        read_posting(content, media_type)


def test_more_blocks_and_attachments_than_are_read_are_left_out() -> None:
    shape = {"text": "a", "attachments": [{"text": str(number)} for number in range(1_000)]}
    assert read(shape).splitlines()[-1] == "19"
