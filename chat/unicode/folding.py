"""Folds texts that differ only in case, width or the encoding of accents into one spelling."""

import unicodedata


def fold(text: str) -> str:
    """The text in lower case and in Unicode's NFKC form: ＭＩＮＡ is mina. It can be longer than the text."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
