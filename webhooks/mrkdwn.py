"""Slack's `mrkdwn` as Markdown: links `<url|label>`, `*bold*`, `~deleted~`, and its three escapes.

Written without regular expressions, in time that grows linearly with the text. What is already Markdown, as that of
Mattermost, is left alone: `**bold**`, `[label](url)`.
"""

from collections.abc import Iterator

LINK_CHARS = 3000
"""Longest `<…>` that is looked at."""

EVERYBODY = {"!here": "@here", "!channel": "@all", "!everyone": "@all"}
ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
MARKS = {"*": "**", "~": "~~"}
"""Slack's marks, and those of Markdown."""


def to_markdown(text: str) -> str:
    """Translate a text. Code, between backquotes, keeps everything but the escapes."""
    return "".join(_unescaped(part) if is_code else _translated(part) for part, is_code in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is code. An unmatched backquote begins no code."""
    start = 0
    while (begin := text.find("`", start)) >= 0:
        mark = "```" if text.startswith("```", begin) else "`"
        end = text.find(mark, begin + len(mark))
        if end < 0:
            break
        yield text[start:begin], False
        yield text[begin : end + len(mark)], True
        start = end + len(mark)
    yield text[start:], False


def _unescaped(text: str) -> str:
    for escape, character in ESCAPES:
        text = text.replace(escape, character)
    return text


def _translated(text: str) -> str:
    pieces = []
    for piece, is_link in _links(text):
        pieces.append(_link(piece) if is_link else _unescaped(_marked(piece)))
    return "".join(pieces)


def _links(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it stood between angle brackets."""
    start = look = 0
    while (begin := text.find("<", look)) >= 0:
        end = text.find(">", begin, begin + LINK_CHARS)
        inner = text[begin + 1 : end]
        if end < 0 or not _is_reference(inner):
            look = begin + 1
            continue
        yield text[start:begin], False
        yield inner, True
        start = look = end + 1
    yield text[start:], False


def _is_reference(inner: str) -> bool:
    return (
        inner.startswith(("http://", "https://", "mailto:", "@", "#", "!")) and "<" not in inner and "\n" not in inner
    )


def _link(inner: str) -> str:
    target, _bar, label = inner.partition("|")
    target, label = _unescaped(target), _unescaped(label)
    if target in EVERYBODY:
        return EVERYBODY[target]
    if target.startswith(("@", "#", "!")):
        return _named(target, label)
    if not label or label == target.removeprefix("mailto:"):
        return target.removeprefix("mailto:")
    return f"[{label.replace('[', '(').replace(']', ')')}]({target.replace(')', '%29')})"


def _named(target: str, label: str) -> str:
    """A person or channel of the sender's own chat, of whom only the label says anything here; or a date."""
    if target.startswith("!"):
        return label or target
    return f"{target[0]}{label.lstrip('@#')}" if label else target


def _marked(text: str) -> str:
    return "\n".join(_marked_line(line) for line in text.split("\n"))


def _marked_line(line: str) -> str:
    """A line with marks doubled that stand around words, as Slack requires."""
    doubled: set[int] = set()
    for mark in MARKS:
        opened: int | None = None
        for place in _single(line, mark):
            if opened is not None and _may_close(line, place):
                doubled |= {opened, place}
                opened = None
            elif _may_open(line, place):
                opened = place if opened is None else opened
    return "".join(MARKS[char] if place in doubled else char for place, char in enumerate(line))


def _single(line: str, mark: str) -> Iterator[int]:
    place = line.find(mark)
    while place >= 0:
        if line[place - 1 : place] != mark and line[place + 1 : place + 2] != mark:
            yield place
        place = line.find(mark, place + 1)


def _may_open(line: str, place: int) -> bool:
    before, after = line[max(0, place - 1) : place], line[place + 1 : place + 2]
    return not before.isalnum() and bool(after) and not after.isspace()


def _may_close(line: str, place: int) -> bool:
    before, after = line[place - 1 : place], line[place + 1 : place + 2]
    return bool(before) and not before.isspace() and not after.isalnum()
