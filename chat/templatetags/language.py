"""Marks the language of user-written text. The room page follows the same rule (`lang.js`)."""

import re

from django import template
from django.utils.safestring import SafeString

register = template.Library()

# The Unicode blocks of Hangul: letters, compatibility letters, syllables, and their halfwidth forms.
HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff\uffa1-\uffdc]")


@register.filter
def lang(text: str) -> SafeString:
    """The attribute ` lang="ko"` for an element with this text if it contains Hangul, else an empty string."""
    return SafeString(' lang="ko"' if HANGUL.search(text) else "")
