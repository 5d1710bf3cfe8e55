"""Static files with a hash of their content in their names, so that browsers may cache them forever."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from posixpath import dirname, join

from django.contrib.staticfiles import finders
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The import of a style sheet in the same directory, alone on its line.
SHEET_IMPORT = r"""(?m)^@import "(?P<url>[^"/:]+\.css)";$"""
JOIN = "join"
WHOLE_FILE = r"(?s)\A.+\Z"
SHORTEN = "shorten"


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Rewrites names in CSS and in the import paths of JavaScript modules, which Django does not do by default.

    Imported style sheets are inlined, so that a page requests one file of styles. Comments and indentation are removed
    from our modules first, a third of what a first visit would load of them: besides, a type in a comment,
    `@param {import("./store.js").Store} store`, is not an import, and types may refer to each other in cycles, in which
    no file could be named after its content.
    """

    patterns = (
        ("*.css", ((SHEET_IMPORT, JOIN),)),
        ("chat/js/*.js", ((WHOLE_FILE, SHORTEN),)),
        *CompressedManifestStaticFilesStorage.patterns,
    )
    support_js_module_import_aggregation = True
    max_post_process_passes = 12  # a pass names the modules all of whose imports have names: longer chains need more

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """A function that replaces what a pattern matched in the file `name`, for example a path by its hashed form."""
        if template == JOIN:
            return lambda match: sheet(join(dirname(name), match["url"]))
        if template == SHORTEN:
            return lambda match: jsmin(match[0])
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, template)
        return convert

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Compress the files with a hash in their names: pages refer to no others."""
        yield from super().compress_files(paths & set(self.hashed_files.values()))


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
