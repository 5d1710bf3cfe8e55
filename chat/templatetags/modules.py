"""Preloads a page's JavaScript modules, which a browser would otherwise discover one level of imports at a time."""

import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

# The `import("./x.js")` of a type is in a comment, never at the beginning of a line.
IMPORT = re.compile(r"""^(?:import|export)\b(?:[^"'=;]*\bfrom)?\s*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)

register = template.Library()


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """A `<link rel="modulepreload">` for the static file `entry` and each module that it imports, directly or not."""
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(name),) for name in modules(entry)))


@cache
def modules(entry: str) -> tuple[str, ...]:
    """`entry` and the modules that it statically imports, directly or not, breadth first; read once per process."""
    found = {entry: None}
    waiting = [entry]
    for name in waiting:
        new = [imported for imported in imports(name) if imported not in found]
        found |= dict.fromkeys(new)
        waiting += dict.fromkeys(new)
    return tuple(found)


def imports(name: str) -> list[str]:
    """The static files that the module `name` imports. Raises FileNotFoundError if there is no such module."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(f"There is no static file {name}.")
    return [normpath(join(dirname(name), target)) for target in IMPORT.findall(Path(path).read_text(encoding="utf-8"))]
