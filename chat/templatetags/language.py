"""In which language a text of people is, where that shows. The room page follows the same rule (`lang.js`)."""

import re

from django import template
from django.utils.safestring import SafeString

register = template.Library()

# The blocks of Unicode that hold Hangul: letters, compatibility letters, syllables, and their halfwidth forms.
HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff\uffa1-\uffdc]")


@register.filter
def lang(text: str) -> SafeString:
    """The attribute ` lang="ko"` for an element that holds this text, if there is Hangul in it; else nothing."""
    return SafeString(' lang="ko"' if HANGUL.search(text) else "")
