"""Static files whose names carry a hash of their content, so that browsers may keep them for ever."""

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

# What stands before something on its line, when that is in a comment.
BEFORE_IN_COMMENT = re.compile(r"\s*(\*|//)|.*/\*(?!.*\*/)")


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Hashes names in CSS, and also in the import paths of JavaScript modules, which Django leaves alone by default.

    A type in a comment, `@param {import("./store.js").Store} store`, is no import: types may refer to each other in a
    circle, in which no file could be named after its content.
    """

    support_js_module_import_aggregation = True

    def url_converter(self, name: str, *args: Any, **options: Any) -> Callable[[re.Match[str]], str]:
        """A function that gives each path found in the file `name` its hashed form, unless it is in a comment."""
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, *args, **options)
        if not name.endswith(".js"):
            return convert
        return lambda match: match[0] if is_in_comment(match) else convert(match)


def is_in_comment(match: re.Match[str]) -> bool:
    """Whether what was found in a JavaScript file stands in a comment of its line."""
    line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
    return BEFORE_IN_COMMENT.match(line) is not None
