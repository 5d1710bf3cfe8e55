"""Which runs of `*`, `_`, `~` and `|` open and close emphasis.

CommonMark decides by the characters before and after a run: `**한국어(Korean)**는` would stay text, because a letter
follows the bracket. Here a character of full width beside a run counts like a space between words.
"""

import unicodedata

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter, Scanned

PAIRED = {"~": ("s", "s"), "|": ("spoiler", "span")}
"""Markers that come in twos: the type of their tokens, and the element."""


class State(StateInline):
    """The state of the parser, with our rule for runs."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        """Decide whether the run at `start` may open and close emphasis; with `canSplitWord`, also inside a word."""
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        ends_here, begins_here = _separates(before), _separates(after)
        opens = not _is_space(after) and (not _is_punctuation(after) or ends_here)
        closes = not _is_space(before) and (not _is_punctuation(before) or begins_here)
        if marker == "*" and _are_letters(before + after):
            opens = False
            closes = closes and end - start > 1
        if canSplitWord:
            return Scanned(opens, closes, end - start)
        return Scanned(
            opens and (not closes or _is_punctuation(before)),
            closes and (not opens or _is_punctuation(after)),
            end - start,
        )


def pair(state: StateInline, silent: bool) -> bool:
    """Rule: `~~` and `||`, which are tokens of their own until `close_pairs` finds the pairs."""
    marker = state.src[state.pos]
    if silent or marker not in PAIRED:
        return False
    scanned = state.scanDelims(state.pos, True)
    token = state.push("text", "", 0)
    token.content = marker * scanned.length
    if scanned.length == 2:
        opens, closes = scanned.can_open, scanned.can_close
        # Behind a word, as in “네~~”, tildes are a tone of voice.
        before = state.src[state.pos - 1 : state.pos]
        if marker == "~" and before.isalnum():
            opens = False
        state.delimiters.append(Delimiter(ord(marker), 0, len(state.tokens) - 1, -1, opens, closes))
    state.pos += scanned.length
    return True


def close_pairs(state: StateInline) -> None:
    """Turn the tokens of the pairs that were found into elements."""
    inner = [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for delimiters in [state.delimiters, *inner]:
        for opener in delimiters:
            if chr(opener.marker) in PAIRED and opener.end != -1:
                name, tag = PAIRED[chr(opener.marker)]
                closer = delimiters[opener.end]
                for token, nesting, end in ((opener.token, 1, "open"), (closer.token, -1, "close")):
                    state.tokens[token].type = f"{name}_{end}"
                    state.tokens[token].tag = tag
                    state.tokens[token].nesting = nesting
                    state.tokens[token].content = ""


def _is_space(character: str) -> bool:
    return isWhiteSpace(ord(character)) or character == "\n"


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _separates(character: str) -> bool:
    return _is_space(character) or _is_punctuation(character) or unicodedata.east_asian_width(character) in "WFH"


def _are_letters(around: str) -> bool:
    """Whether a run stands inside a word or number, as in 2*3*4 and 2**8."""
    return around.isascii() and around.isalnum()
