"""Static files whose names carry a hash of their content, so that browsers may keep them for ever."""

import re
from collections.abc import Callable
from pathlib import Path
from posixpath import dirname, join

from django.contrib.staticfiles import finders
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The import of a sheet in the same directory, alone on its line.
SHEET_IMPORT = r"""(?m)^@import "(?P<url>[^"/:]+\.css)";$"""
JOIN = "join"
# What stands before something on its line, when that is in a comment.
BEFORE_IN_COMMENT = re.compile(r"\s*(\*|//)|.*/\*(?!.*\*/)")


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Hashes names in CSS, and also in the import paths of JavaScript modules, which Django leaves alone by default.

    A sheet contains the sheets that it imports instead of their names, so that a page asks for one file of styles.

    A type in a comment, `@param {import("./store.js").Store} store`, is no import: types may refer to each other in a
    circle, in which no file could be named after its content.
    """

    patterns = (("*.css", ((SHEET_IMPORT, JOIN),)), *CompressedManifestStaticFilesStorage.patterns)
    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """A function that gives each path found in the file `name` its hashed form, unless it is in a comment."""
        if template == JOIN:
            return lambda match: sheet(join(dirname(name), match["url"]))
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, template)
        if not name.endswith(".js"):
            return convert
        return lambda match: match[0] if is_in_comment(match) else convert(match)


def sheet(name: str) -> str:
    """The text of a style sheet. Raises ValueError if there is none, which ends collectstatic."""
    path = finders.find(name)
    if path is None:
        raise ValueError(f"There is no style sheet {name}.")
    return Path(path).read_text(encoding="utf-8")


def is_in_comment(match: re.Match[str]) -> bool:
    """Whether what was found in a JavaScript file stands in a comment of its line."""
    line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
    return BEFORE_IN_COMMENT.match(line) is not None
