"""What stands in a paragraph: emphasis, code, spoilers, links and names.

A paragraph with signs of markup is parsed by markdown-it-py with our own rules; links and names are found before that.
The number of signs in a message is limited, since some sequences take more than linear time.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from html import escape
from itertools import islice

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkLabel
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from chat.services.links import MOST_LINKS, Link, find_links
from chat.services.markup.delimiters import State, close_pairs, pair
from chat.services.markup.names import MOST_NAMES, Name, element, find_names, has_names

MOST_SIGNS = 300
"""In paragraphs beyond this many signs of markup, only links and names are found."""

MOST_LEVELS = 10
"""Elements nested deeper than this are left out."""

MOST_ITEMS = 500
"""Items of lists beyond this many stay text."""

MOST_BRACKETS = 8
"""An address with brackets nested deeper than this does not make a link."""

LINK_RELATION = "noopener noreferrer nofollow ugc"
LINK_SCHEMES = ("http://", "https://", "mailto:")

ESCAPABLE = frozenset("*_~`|[]\\>#@:-")
ARM = "¯"
"""Before a backslash it belongs to ¯\\_(ツ)_/¯."""

ELEMENTS = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
    "s_open": "<s>",
    "s_close": "</s>",
    "spoiler_open": '<span class="spoiler">',
    "spoiler_close": "</span>",
    "link_close": "</a>",
}

_SIGN = re.compile(r"[*_~`|\[\]\\]")
_ADDRESS = re.compile(r"[^\s()<>]*")
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"`{}|\\^\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

Span = Link | Name
"""A part of the text that is rendered as one element, whatever signs of markup it has."""


@dataclass(slots=True)
class Budget:
    """What the rest of a message may contain."""

    signs: int = MOST_SIGNS
    links: int = MOST_LINKS
    names: int = MOST_NAMES
    items: int = MOST_ITEMS


def is_plain(text: str) -> bool:
    """Whether a text has no inline markup, link or name."""
    return not _SIGN.search(text) and not has_names(text) and not find_links(text, most=1)


def inline(text: str, budget: Budget) -> str:
    """The HTML of a paragraph, or of a part of one."""
    spans = _spans(text, budget)
    signs = [match.start() for match in _SIGN.finditer(text)]
    if not signs or len(signs) > budget.signs:
        return _stitched(text, spans)
    budget.signs -= len(signs)
    starts = {span.start: span for span in spans}
    env = {"spans": starts, "stops": sorted([*signs, *starts])}
    return _html(_parser.inline.parse(text, _parser, env, []))


def _spans(text: str, budget: Budget) -> list[Span]:
    """The links and names of a text; of two that overlap, the first."""
    links = find_links(text, budget.links)
    names = list(islice(find_names(text), budget.names)) if has_names(text) else []
    budget.links -= len(links)
    budget.names -= len(names)
    if not names:
        return [*links]
    found: list[Span] = []
    both: list[Span] = [*links, *names]
    for span in sorted(both, key=_start_of):
        if not found or found[-1].end <= span.start:
            found.append(span)
    return found


def _stitched(text: str, spans: list[Span]) -> str:
    pieces, end = [], 0
    for span in spans:
        pieces += [_escaped(text[end : span.start]), _element(span, text)]
        end = span.end
    return "".join([*pieces, _escaped(text[end:])])


def _element(span: Span, text: str) -> str:
    typed = escape(text[span.start : span.end], quote=False)
    return f"{_anchor(span.url)}{typed}</a>" if isinstance(span, Link) else element(span, typed)


def _anchor(url: str) -> str:
    return f'<a href="{escape(url)}" target="_blank" rel="{LINK_RELATION}">'


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def address_of(typed: str) -> str | None:
    """The URL of the address in `[text](address)`; None if it is not one of a page or mailbox."""
    if _NO_ADDRESS.search(typed):
        return None
    links = find_links(typed, most=1)
    if not links or links[0].start > 0:
        return None
    if typed.lower().startswith(LINK_SCHEMES):
        return typed
    return links[0].url if links[0].end == len(typed) else None


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _Parser(MarkdownIt):
    """Parses paragraphs only, with these rules in this order."""

    def __init__(self) -> None:
        super().__init__("zero", {"maxNesting": MOST_LEVELS})
        self.inline = _Inline()
        rules = self.inline.ruler
        rules.at("text", _text)
        rules.at("escape", _escape)
        rules.at("strikethrough", pair)
        rules.at("link", _link)
        rules.before("escape", "span", _span)
        rules.enableOnly(["text", "span", "escape", "backticks", "strikethrough", "emphasis", "link"])
        self.inline.ruler2.at("strikethrough", close_pairs)


def _text(state: StateInline, silent: bool) -> bool:
    """Rule: everything up to the next sign, link or name."""
    stops: list[int] = state.env["stops"]
    following = bisect_left(stops, state.pos)
    end = min(stops[following], state.posMax) if following < len(stops) else state.posMax
    if end <= state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _span(state: StateInline, silent: bool) -> bool:
    """Rule: a link or name."""
    span: Span | None = state.env["spans"].get(state.pos)
    if span is None or span.end > state.posMax:
        return False
    if not silent:
        if state.linkLevel:
            state.append_pending(state.src[span.start : span.end])
        else:
            state.push("span", "", 0).meta = {"html": _element(span, state.src)}
    state.pos = span.end
    return True


def _start_of(span: Span) -> int:
    return span.start


def _link(state: StateInline, silent: bool) -> bool:
    """Rule: `[text](address)`."""
    start, maximum = state.pos, state.posMax
    label_end = parseLinkLabel(state, start, True) if state.src[start] == "[" else -1
    if label_end < 0 or not state.src.startswith("](", label_end):
        return False
    end = _address_end(state.src, label_end + 2, maximum)
    url = address_of(state.src[label_end + 2 : end]) if end else None
    if url is None:
        return False
    if not silent:
        state.pos, state.posMax = start + 1, label_end
        state.push("link_open", "a", 1).attrs = {"href": url}
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
        state.posMax = maximum
    state.pos = end + 1
    return True


def _address_end(text: str, at: int, maximum: int) -> int:
    """Where the bracket closes that was opened before an address; 0 if nowhere. Brackets in it come in pairs."""
    level = 0
    while (match := _ADDRESS.match(text, at, maximum)) and match.end() < maximum:
        at = match.end() + 1
        if text[at - 1] == "(":
            level += 1
        elif text[at - 1] != ")":
            return 0
        elif level == 0:
            return at - 1
        else:
            level -= 1
        if level > MOST_BRACKETS:
            return 0
    return 0


def _escape(state: StateInline, silent: bool) -> bool:
    """Rule: a backslash before a sign of markup."""
    sign = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] != "\\" or sign not in ESCAPABLE or state.pos + 2 > state.posMax:
        return False
    if not silent:
        is_arm = state.src[max(state.pos - 1, 0)] == ARM
        state.append_pending("\\" + sign if is_arm else sign)
    state.pos += 2
    return True


def _html(tokens: list[Token]) -> str:
    pieces: list[str] = []
    level = 0
    _refuse_misleading_links(tokens)
    for token in tokens:
        if token.nesting < 0:
            level -= 1
        if token.type == "text":
            pieces.append(_escaped(token.content))
        elif token.type == "span":
            pieces.append(token.meta["html"])
        elif token.type == "code_inline":
            pieces.append(f"<code>{escape(token.content, quote=False)}</code>")
        elif level < MOST_LEVELS:
            pieces.append(_anchor(str(token.attrs["href"])) if token.type == "link_open" else ELEMENTS[token.type])
        if token.nesting > 0:
            level += 1
    return "".join(pieces)


def _refuse_misleading_links(tokens: list[Token]) -> None:
    """Turn `[bank.example](https://evil.example)` into text: its own text is the address of another site."""
    opening, label = None, ""
    for token in tokens:
        if token.type == "link_open":
            opening, label = token, ""
        elif token.type == "link_close" and opening:
            url = str(opening.attrs["href"])
            if any(_site(link.url) != _site(url) for link in find_links(label)):
                opening.type = token.type = "text"
                opening.nesting = token.nesting = 0
                opening.content, token.content = "[", f"]({url})"
            opening = None
        elif opening:
            label += token.content


def _site(url: str) -> str:
    """The host of a page, or an email address."""
    _scheme, _colon, rest = url.partition(":")
    host = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    return host.rpartition("@")[2].lower().removeprefix("www.") if rest.startswith("//") else host.lower()


_parser = _Parser()
