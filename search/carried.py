"""The texts that a message carries besides what was written: of its files, its poll and its previews."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chat.models.message import ATTACHMENTS, PREVIEWS
from chat.models.poll import POLL
from files.models import FileText

MOST_CHARS = 40_000
"""Characters of the contents of files that are searched, of one message."""

NAME, TEXT, CHOICE, PREVIEW = "name", "text", "choice", "preview"


class Carried(NamedTuple):
    """A text, and where it is: in a file, a choice of a poll, which count from 1, or the preview of a link."""

    kind: str
    text: str
    file: str | None = None
    choice: int | None = None
    url: str | None = None


FileTexts = Mapping[int, Mapping[str, str]]
"""The contents of files, by their ids, of messages, by theirs."""


def shown_with(extras: Mapping[str, Any]) -> list[Carried]:
    """The texts in the `extras` of a message. Of a poll only its choices: nobody finds anything by how people voted."""
    if not extras:
        return []
    found = [Carried(NAME, one.get("name", ""), file=one.get("id")) for one in attachments(extras)]
    choices = extras.get(POLL, {}).get("choices", ())
    found += [Carried(CHOICE, one["text"], choice=number) for number, one in enumerate(choices, start=1)]
    return found + [Carried(PREVIEW, _read(one), url=one["url"]) for one in extras.get(PREVIEWS, ())]


def attachments(extras: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What messages show of their files."""
    found = extras.get(ATTACHMENTS)
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def contents(texts: Mapping[str, str]) -> Iterator[Carried]:
    """The contents of the files of a message, the first MOST_CHARS of all together."""
    left = MOST_CHARS
    for file, text in texts.items():
        if left <= 0:
            return
        yield Carried(TEXT, text[:left], file=file)
        left -= len(text)


def has_contents(extras: Mapping[str, Any]) -> bool:
    """Whether contents of files of a message may be known."""
    return any(one.get("kind") == "text" for one in attachments(extras))


def file_texts(messages: Iterable[int]) -> FileTexts:
    """The contents of the files of these messages: one query, or none without messages."""
    ids = list(messages)
    if not ids:
        return {}
    rows = FileText.objects.filter(file__message__in=ids).order_by("file__message", "file__place")
    found: dict[int, dict[str, str]] = {}
    for message, file, text in rows.values_list("file__message", "file", "text"):
        found.setdefault(message, {})[str(file)] = text
    return found


def _read(preview: Mapping[str, Any]) -> str:
    return "\n".join(filter(None, (preview.get("title"), preview.get("description"))))
