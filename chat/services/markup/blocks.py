"""The blocks of a text: code fences, quotes, lists, and paragraphs between them.

Lines are examined one after the other, and each at most once per level of nesting, so the time is linear in the length.
Unlike in CommonMark, a line belongs to a quote or list only if it looks like it, and every line break is kept.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from chat.protocol.plain import paragraphs
from chat.services.markup.inline import Budget, inline

MOST_LEVELS = 5
"""Quotes and lists nested deeper than this stay text."""

FENCE = "```"
TAB = 4
LANGUAGE_CHARS = 20

_MARKER = re.compile(r"[-*][ \t]|[0-9]{1,3}[.)][ \t]")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#.\-]+")


class Item(NamedTuple):
    """A line that begins an item of a list: its indentation and that of its text; `number` is None for a bullet."""

    indent: int
    content: int
    number: int | None
    text: str


def has_blocks(body: str) -> bool:
    """Whether a line of this text may begin a block. A cheap test, which is sometimes wrong."""
    if body.lstrip(" \t")[:1] in _FIRST:
        return True
    return "\n" in body and any(line.lstrip(" \t")[:1] in _FIRST for line in body.split("\n") if line)


_FIRST = frozenset("`>-*0123456789")


def blocks(lines: Sequence[str], budget: Budget, level: int = 0) -> list[str]:
    """The HTML of each block of these lines."""
    found: list[str] = []
    text: list[str] = []
    at = 0
    while at < len(lines):
        html, end = _block(lines, at, budget, level)
        if html is None:
            text.append(lines[at])
            at += 1
            continue
        found += _text(text, budget, after=bool(found or level), before=True)
        found.append(html)
        text, at = [], end
    return found + _text(text, budget, after=bool(found or level), before=bool(level))


def _block(lines: Sequence[str], at: int, budget: Budget, level: int) -> tuple[str | None, int]:
    """The HTML of the quote, list or fence that begins at this line, and the line after it; None if there is none."""
    start = lines[at].lstrip(" \t")
    if start.startswith(FENCE):
        return _fence(lines, at)
    if level == MOST_LEVELS:
        return None, at
    if _is_quoted(start):
        return _quote(lines, at, budget, level)
    item = _item(lines[at]) if budget.items > 0 else None
    return _list(lines, at, item, budget, level) if item else (None, at)


def _text(lines: list[str], budget: Budget, *, after: bool, before: bool) -> list[str]:
    """The paragraphs of ordinary lines. Blank lines beside another block separate it, and are not shown."""
    start, end = 0, len(lines)
    while after and start < end and not lines[start].strip():
        start += 1
    while before and start < end and not lines[end - 1].strip():
        end -= 1
    if start == end:
        return []
    return [f"<p>{inline(paragraph, budget)}</p>" for paragraph in paragraphs("\n".join(lines[start:end]))]


def _fence(lines: Sequence[str], at: int) -> tuple[str | None, int]:
    """Code up to the next fence, which may also end the last line of code, or else up to the end."""
    opening = lines[at].lstrip(" \t")
    info = opening.lstrip("`")
    ticks = opening[: len(opening) - len(info)]
    if "`" in info:
        return None, at
    indent = _indent(lines[at])
    code: list[str] = []
    end = at + 1
    while end < len(lines):
        line = lines[end].rstrip(" \t")
        end += 1
        if line.endswith(ticks):
            if rest := line.rstrip("`"):
                code += [rest] if rest.strip() else []
            break
        code.append(lines[end - 1])
    if not code:
        return None, at
    text = escape("\n".join([_dedent(line, indent) for line in code]), quote=False)
    return f"<pre{_language(info)}><code>{text}</code></pre>", end


def _language(info: str) -> str:
    name = info.split(maxsplit=1)[0] if info.strip() else ""
    is_name = len(name) <= LANGUAGE_CHARS and _LANGUAGE.fullmatch(name)
    return f' data-language="{escape(name.lower())}"' if is_name else ""


def _is_quoted(start: str) -> bool:
    """Whether a line is quoted. Not `>_<`, and not `>>> 1 + 1`, which is Python."""
    return start == ">" or start.startswith("> ")


def _quote(lines: Sequence[str], at: int, budget: Budget, level: int) -> tuple[str | None, int]:
    inside: list[str] = []
    while at < len(lines) and _is_quoted(start := lines[at].lstrip(" \t")):
        inside.append(start[2:])
        at += 1
    if not any(map(str.strip, inside)):
        return f"<p>{'<br>'.join(['&gt;'] * len(inside))}</p>", at
    return f"<blockquote>{''.join(blocks(inside, budget, level + 1))}</blockquote>", at


def _item(line: str) -> Item | None:
    start = line.lstrip(" \t")
    marker = _MARKER.match(start)
    if not marker or not start[marker.end() :].strip():
        return None
    indent = _indent(line)
    number = marker[0][:-2]
    text = start[marker.end() :]
    return Item(indent, indent + marker.end(), int(number) if number else None, text)


def _list(lines: Sequence[str], at: int, first: Item, budget: Budget, level: int) -> tuple[str, int]:
    """The items from this line on, of the same kind and at the same indentation."""
    items: list[str] = []
    item: Item | None = first
    while item:
        content, at = _content(lines, at, item)
        budget.items -= 1
        items.append(f"<li>{''.join(blocks(content, budget, level + 1))}</li>")
        following = _next_written(lines, at)
        item = _item(lines[following]) if following < len(lines) and budget.items > 0 else None
        if item and (item.number is None, item.indent) != (first.number is None, first.indent):
            item = None
        if item:
            at = following
    if first.number is None:
        return f"<ul>{''.join(items)}</ul>", at
    start = f' start="{first.number}"' if first.number != 1 else ""
    return f"<ol{start}>{''.join(items)}</ol>", at


def _content(lines: Sequence[str], at: int, item: Item) -> tuple[list[str], int]:
    """The lines of an item, without its marker and indentation, and the line after it. Further lines are indented."""
    content = [item.text]
    at += 1
    while (following := _next_written(lines, at)) < len(lines) and _indent(lines[following]) > item.indent:
        content += [""] * (following - at)
        content.append(_dedent(lines[following], item.content))
        at = following + 1
    return content, at


def _next_written(lines: Sequence[str], at: int) -> int:
    """The first line from here on that is not blank."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _indent(line: str) -> int:
    """The number of columns before the text of a line."""
    space = line[: len(line) - len(line.lstrip(" \t"))]
    return len(space.expandtabs(TAB))


def _dedent(line: str, columns: int) -> str:
    """A line without this much of its indentation."""
    if not columns:
        return line
    text = line.lstrip(" \t")
    return " " * (_indent(line) - columns) + text
