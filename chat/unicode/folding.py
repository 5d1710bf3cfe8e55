"""One spelling for texts that differ only in case, width or the way in which accents are stored."""

import unicodedata


def fold(text: str) -> str:
    """The text in lower case and in Unicode's form NFKC: ＭＩＮＡ is mina. It can be longer than the text."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
