"""Renders typed text to safe HTML. HTML from user text is made only here.

docs/protocol.md describes the subset of Markdown and the elements. Every element is written by this package, from
escaped text and checked addresses, so the result needs no sanitiser; tests run one over it.
"""

from chat.protocol.plain import plain
from chat.services.markup.blocks import blocks, has_blocks
from chat.services.markup.emoji import emoji_only
from chat.services.markup.inline import Budget, is_plain

__all__ = ["render", "structured"]


def render(body: str) -> str:
    """Render a text as safe HTML. Most texts have no markup, and are not parsed."""
    if is_plain(body) and not has_blocks(body):
        return emoji_only(body) or plain(body)
    return structured(body)


def structured(body: str) -> str:
    """Render a text by parsing it. A text without markup becomes `plain(body)` here, too."""
    return emoji_only(body) or "".join(blocks(body.split("\n"), Budget()))
