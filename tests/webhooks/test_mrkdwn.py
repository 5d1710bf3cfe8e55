"""Slack's markup as Markdown."""

import time

import pytest

from webhooks.mrkdwn import to_markdown

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("slack", "markdown"),
    [
        ("plain text", "plain text"),
        ("*bold* and _italic_", "**bold** and _italic_"),
        ("~gone~", "~~gone~~"),
        ("**already bold** ~~gone~~", "**already bold** ~~gone~~"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a*b*c", "a*b*c"),
        ("* a list\n* of two", "* a list\n* of two"),
        ("*one* *two*", "**one** **two**"),
        ("*open\n*close*", "*open\n**close**"),
        ("(*done*)", "(**done**)"),
        ("<https://example.com|the site>", "[the site](https://example.com)"),
        ("<https://example.com>", "https://example.com"),
        ("<https://example.com|https://example.com>", "https://example.com"),
        ("<mailto:mina@example.com|mina@example.com>", "mina@example.com"),
        ("<https://example.com/a?b=1&amp;c=2|[x]>", "[(x)](https://example.com/a?b=1&c=2)"),
        ("<https://example.com/(x)|y>", "[y](https://example.com/(x%29)"),
        ("<!here> <!channel> <!everyone>", "@here @all @all"),
        ("<@U012|mina> <@U012> <#C01|general>", "@mina @U012 #general"),
        ("<!date^1392734382^{date}|yesterday>", "yesterday"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("`*code* <https://x.y|z>` *b*", "`*code* <https://x.y|z>` **b**"),
        ("```\n*a* &lt;b&gt;\n``` *b*", "```\n*a* <b>\n``` **b**"),
        ("one ` of *them*", "one ` of **them**"),
        ("a < b and c > d", "a < b and c > d"),
        ("<<https://example.com|x>>", "<[x](https://example.com)>"),
        ("[a link](https://example.com) of Mattermost", "[a link](https://example.com) of Mattermost"),
        ("*사랑방* 열림", "**사랑방** 열림"),
    ],
)
def test_a_text_is_translated(slack: str, markdown: str) -> None:
    assert to_markdown(slack) == markdown


@pytest.mark.parametrize("part", ["<", "<http://", "*a ", " *", "`", "```", "&lt;", "<!", "~a~", "<a|", "*a* "])
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    def work(chars: int) -> float:
        text = part * (chars // len(part))
        began = time.process_time()
        to_markdown(text)
        return time.process_time() - began

    assert min(work(40_000) for _ in range(3)) < 2
