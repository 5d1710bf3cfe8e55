"""Static files with a hash of their content in their names, so that browsers may cache them forever."""

import re
from collections.abc import Callable
from pathlib import Path
from posixpath import dirname, join

from django.contrib.staticfiles import finders
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The import of a style sheet in the same directory, alone on its line.
SHEET_IMPORT = r"""(?m)^@import "(?P<url>[^"/:]+\.css)";$"""
JOIN = "join"
# Matches the part of a line before a position that is inside a comment.
BEFORE_IN_COMMENT = re.compile(r"\s*(\*|//)|.*/\*(?!.*\*/)")


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Rewrites names in CSS and in the import paths of JavaScript modules, which Django does not do by default.

    Imported style sheets are inlined, so that a page requests one file of styles.

    A type in a comment, `@param {import("./store.js").Store} store`, is not an import: types may refer to each other
    in cycles, in which no file could be named after its content.
    """

    patterns = (("*.css", ((SHEET_IMPORT, JOIN),)), *CompressedManifestStaticFilesStorage.patterns)
    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """A function that replaces each path found in the file `name` by its hashed form, except in comments."""
        if template == JOIN:
            return lambda match: sheet(join(dirname(name), match["url"]))
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, template)
        if not name.endswith(".js"):
            return convert
        return lambda match: match[0] if is_in_comment(match) else convert(match)


def sheet(name: str) -> str:
    """The text of a style sheet without comments and indentation, a fifth of what a first visit would load of it.

    Raises ValueError if it does not exist, which aborts collectstatic.
    """
    path = finders.find(name)
    if path is None:
        raise ValueError(f"There is no style sheet {name}.")
    first, *rest = Path(path).read_text(encoding="utf-8").split("/*")
    text = first + "".join(part.partition("*/")[2] for part in rest)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def is_in_comment(match: re.Match[str]) -> bool:
    """Whether a match in a JavaScript file is inside a comment on its line."""
    line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
    return BEFORE_IN_COMMENT.match(line) is not None
