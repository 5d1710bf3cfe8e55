"""The HTML of plain text, which the server omits."""

import re
from html import escape

_paragraph_break = re.compile(r"\n{2,}")


def plain(body: str) -> str:
    """Convert to paragraphs and line breaks. Empty for an empty text, as of deleted messages and system lines."""
    if not body:
        return ""
    html = escape(body, quote=False)
    paragraphs = _paragraph_break.split(html) if "\n\n" in html else [html]
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs).replace("\n", "<br>")
