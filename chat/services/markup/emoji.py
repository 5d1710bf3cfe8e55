"""Messages that consist of a few emoji, which are shown large."""

from html import escape

from chat.services.markup.names import element, find_names
from chat.unicode import emoji_end

MOST_EMOJI = 12
MOST_CHARS = 400


def emoji_only(body: str) -> str | None:
    """The HTML of a text of at most MOST_EMOJI emoji and spaces; None for any other text."""
    if len(body) > MOST_CHARS or "\n" in body or _is_usual(body[:1]):
        return None
    names = {name.start: name for name in find_names(body) if name.kind == "emoji"} if ":" in body else {}
    pieces: list[str] = []
    at = count = 0
    while at < len(body):
        name = names.get(at)
        end = name.end if name else emoji_end(body, at)
        is_space = body[at] == " "
        if not is_space and (end == at or count == MOST_EMOJI):
            return None
        count += not is_space
        end = at + 1 if is_space else end
        text = escape(body[at:end], quote=False)
        pieces.append(element(name, text) if name else text)
        at = end
    return f'<p class="emoji-only">{"".join(pieces)}</p>' if count else None


def _is_usual(first: str) -> bool:
    """Whether a text begins like most texts, with a letter of ASCII or a Hangul syllable: no emoji does."""
    return first.isalpha() or first == ""
