"""The visual form of a name: the skeletons of Unicode TS 39, section 4."""

import hashlib
import unicodedata
from functools import cache
from pathlib import Path

from chat.unicode.folding import fold
from chat.unicode.invisible import is_invisible

TABLE = Path(__file__).parent / "confusables.txt"


def skeleton(text: str) -> str:
    """The same text for all texts that look alike, ignoring case: rnina for mina, mіna (Cyrillic і) and mına.

    It is for comparison only and can be several times as long as the text.
    """
    visible = "".join([character for character in fold(text) if not is_invisible(character)])
    looks = _table()
    drawn = "".join([looks.get(character, character) for character in unicodedata.normalize("NFD", visible)])
    return unicodedata.normalize("NFD", drawn)


def skeleton_digest(text: str) -> str:
    """A digest of the skeleton in 40 characters, for columns too short for many skeletons."""
    return hashlib.blake2b(skeleton(text).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


@cache
def _table() -> dict[str, str]:
    looks = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        look, semicolon, sources = line.partition("; ")
        if semicolon and not line.startswith("#"):
            looks.update(dict.fromkeys(map(_character, sources.split()), "".join(map(_character, look.split()))))
    return looks


def _character(code_point: str) -> str:
    return chr(int(code_point, 16))
