"""Texts: whether a file is one, and its first lines."""

LINES_CHARS = 600
LINES = 12
TEXT_BYTES = 64 * 1024
"""How much of a text is kept for the search, in UTF-8."""

HTML, SVG, XML, PLAIN = "text/html", "image/svg+xml", "application/xml", "text/plain"
SIGNS = [("<svg", SVG), ("<!doctype html", HTML), ("<html", HTML), ("<head", HTML), ("<body", HTML), ("<script", HTML)]
SIGN_CHARS = 1024
"""Where these are looked for."""

KEPT_CONTROLS = "\t\n\r\f\x1b"
HANGUL = ("\uac00", "\ud7a3")
BYTES_OF_A_CHARACTER = 4


def text_type(head: bytes) -> str:
    """The type of a text that begins with these bytes; "" for anything else."""
    text = decoded(head)
    if text is None:
        return ""
    beginning = text[:SIGN_CHARS].lstrip("\ufeff \t\r\n").lower()
    if not beginning.startswith("<"):
        return PLAIN
    return next((found for sign, found in SIGNS if sign in beginning), XML if beginning.startswith("<?xml") else PLAIN)


def first_lines(head: bytes) -> str:
    """The first lines of a text, without control characters that a page could not show."""
    kept = _shown((decoded(head) or "")[: 2 * LINES_CHARS])
    return "\n".join(kept.strip("\n").split("\n")[:LINES])[:LINES_CHARS].rstrip()


def searched(text: bytes, head: bytes) -> str:
    """The beginning of a text for the search, without control characters; only of its head if no more is text."""
    kept = _shown(decoded(text) or decoded(head) or "")
    return kept.encode()[:TEXT_BYTES].decode(errors="ignore")


def _shown(text: str) -> str:
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\t\n" or char.isprintable())


def decoded(head: bytes) -> str | None:
    """The beginning of a text, in UTF-8, in UTF-16 with its mark, or in the code page of Korean Windows; else None.

    The last character may be cut.
    """
    if not head:
        return None
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _without_controls(_decoded(head[: len(head) // 2 * 2], "utf-16"))
    text = _without_controls(_decoded(head, "utf-8"))
    if text is not None:
        return text
    korean = _without_controls(_decoded(head, "cp949"))
    return korean if korean is not None and _is_korean(korean) else None


def _decoded(head: bytes, encoding: str) -> str | None:
    for cut in range(BYTES_OF_A_CHARACTER):
        try:
            return head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(head) - BYTES_OF_A_CHARACTER:
                return None
    return None


def _without_controls(text: str | None) -> str | None:
    """The text, unless it has characters that no text has."""
    if not text or any(char < " " and char not in KEPT_CONTROLS for char in text) or "\x7f" in text:
        return None
    return text


def _is_korean(text: str) -> bool:
    """Whether most letters beyond ASCII are Hangul: any bytes could be decoded to rare characters."""
    foreign = [char for char in text if char > "\x7f"]
    return 2 * sum(HANGUL[0] <= char <= HANGUL[1] for char in foreign) > len(foreign)
