"""The names of files, which come from machines of others and go to machines of others."""

import unicodedata
from pathlib import PurePosixPath

from chat.unicode import without_invisible
from files.models.attachment import NAME_BYTES

UNNAMED = "file"
READ_CHARS = 1_000
"""Of a longer name, the end is what counts: it has the extension."""

SEPARATORS = str.maketrans({"/": "_", "\\": "_", ":": "_", "\N{FULLWIDTH SOLIDUS}": "_", '"': "'"})
LONGEST_ENDING = 20


def clean_name(given: str) -> str:
    """A name that is safe to store, show and save: any script, but one line, without folders and invisible characters.

    Direction marks would let `gpj.exe` look like `exe.jpg`. At most NAME_BYTES long; the extension is kept.
    """
    text = unicodedata.normalize("NFC", given[-READ_CHARS:]).translate(SEPARATORS)
    visible = without_invisible("".join(character for character in text if is_kept(character)))
    name = " ".join(visible.split()).strip(". ")
    return _shortened(name) or UNNAMED


def is_kept(character: str) -> bool:
    """Whether a character may be in a name: no control, format, surrogate, private or unassigned character.

    Those that join emoji are kept here, and removed elsewhere by `without_invisible`.
    """
    return character == "\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _shortened(name: str) -> str:
    if len(name.encode()) <= NAME_BYTES:
        return name
    ending = PurePosixPath(name).suffix
    if len(ending.encode()) > LONGEST_ENDING:
        ending = ""
    stem = name.encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    return stem.rstrip() + ending
