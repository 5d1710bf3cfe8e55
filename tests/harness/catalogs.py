"""Translations: what there is to translate, and the catalogs of each language. `bin/translate` updates them.

Strings are found with Babel and Django's template parser, so that no gettext tool is needed. For each language and
domain (`django`: Python and templates, `djangojs`: JavaScript) there is a .po, which people edit, and a .mo made of it.
"""

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LOCALE_DIR = BASE_DIR / "locale"
LANGUAGES = ("ko",)
DOMAINS = ("django", "djangojs")
COMMENT_TAGS = ("Translators:",)
WIDTH = 100

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


class Found(NamedTuple):
    """One string to translate; `text` is a pair where there is a plural."""

    text: str | tuple[str, ...]
    context: str | None
    path: str
    comments: list[str]


def strings(domain: str) -> Iterator[Found]:
    """Every string to translate of a domain, in the order of files."""
    if domain == "djangojs":
        for path in sorted((BASE_DIR / "chat" / "static").rglob("*.js")):
            yield from found_in(path, "javascript", path.read_text())
        return
    for package in ("chat", "notify", "api", "webhooks", "search", "files", "previews", "chatproject"):
        for path in sorted((BASE_DIR / package).rglob("*.py")):
            yield from found_in(path, "python", path.read_text())
    for directory in (BASE_DIR / "templates", BASE_DIR / "chat" / "templates"):
        for path in sorted(directory.rglob("*")):
            if path.suffix in (".html", ".txt", ".svg"):
                # Each call stands on one line, among filler that is no Python.
                for line in templatize(path.read_text(), origin=str(path)).splitlines():
                    yield from found_in(path, "python", line.strip())


def found_in(path: Path, method: str, text: str) -> Iterator[Found]:
    """The strings of one file, or of a line of it."""
    calls = extract(
        method, io.BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=COMMENT_TAGS, strip_comment_tags=True
    )
    for _line, message, comments, context in calls:
        if message:
            yield Found(message, context, str(path.relative_to(BASE_DIR)), comments)


def po_path(language: str, domain: str) -> Path:
    """Where the catalog of a language is."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{domain}.po"


def catalog(language: str, domain: str) -> Catalog:
    """The catalog as it is on disk; an empty one where there is none."""
    path = po_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, project="Sarangbang", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def merged(old: Catalog, found: Iterable[Found]) -> Catalog:
    """The catalog of just these strings, with the translations that `old` has."""
    new = Catalog(
        locale=old.locale, domain=old.domain, project="Sarangbang", fuzzy=False, creation_date=old.creation_date
    )
    new.revision_date = old.revision_date
    for text, context, path, comments in found:
        known = old.get(text if isinstance(text, str) else text[0], context)
        translation = known.string if known and bool(known.pluralizable) == isinstance(text, tuple) else None
        new.add(
            text,
            translation,
            locations=[cast("tuple[str, int]", (path, None))],
            auto_comments=comments,
            context=context,
        )
    return new


def compiled(language: str, domain: str) -> bytes:
    """What the .mo of a catalog must hold."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog(language, domain))
    return buffer.getvalue()


def update(language: str, domain: str) -> int:
    """Write the updated .po and .mo, and return how many strings have no translation yet."""
    path = po_path(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = merged(catalog(language, domain), strings(domain))
    with path.open("wb") as file:
        write_po(file, new, width=WIDTH, include_lineno=False, ignore_obsolete=True)
    path.with_suffix(".mo").write_bytes(compiled(language, domain))
    return sum(not is_translated(message.string or "") for message in new if message.id)


def is_translated(string: str | Sequence[str] | None) -> bool:
    """Whether every form of a translation is there."""
    return bool(string) if string is None or isinstance(string, str) else bool(string) and all(string)


def main() -> int:
    """Update every catalog; 1 if something is left to translate."""
    left = {path: update(*path) for path in ((language, domain) for language in LANGUAGES for domain in DOMAINS)}
    for (language, domain), count in left.items():
        print(f"{po_path(language, domain).relative_to(BASE_DIR)}: {count} left to translate")
    return int(any(left.values()))


if __name__ == "__main__":
    sys.exit(main())
