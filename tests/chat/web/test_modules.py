"""A page preloads exactly the modules that its entry reaches."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.test import override_settings

from chat.templatetags.modules import module_preloads, modules
from tests.harness.services import collected_static

pytestmark = pytest.mark.once

HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A directory of static files beside those of the apps."""
    with override_settings(STATICFILES_DIRS=[tmp_path]):
        get_finder.cache_clear()  # type: ignore[attr-defined]
        yield tmp_path
    get_finder.cache_clear()  # type: ignore[attr-defined]


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_modules_are_found_through_every_kind_of_static_import(site: Path) -> None:
    write(
        site / "page/entry.js",
        'import "./effect.js";\nimport * as all from "./all.js";\nimport {\n  one,\n} from "../lib/one.js";\n',
    )
    write(site / "page/effect.js", 'export { two } from "../lib/two.js";\n')
    write(site / "page/all.js", 'export * from "./effect.js";\n')
    write(site / "lib/one.js", 'import { two } from "./two.js";\n')
    write(site / "lib/two.js")
    assert modules("page/entry.js") == ("page/entry.js", "page/effect.js", "page/all.js", "lib/one.js", "lib/two.js")


def test_types_and_lazy_imports_are_not_preloaded(site: Path) -> None:
    write(
        site / "types.js",
        '/** @typedef {import("./type.js").Type} Type */\n'
        'export const path = "./path.js";\n'
        'export async function later() {\n  return import("./later.js");\n}\n',
    )
    assert modules("types.js") == ("types.js",)


def test_modules_that_import_each_other_are_listed_once(site: Path) -> None:
    write(site / "circle.js", 'import { b } from "./other.js";\n')
    write(site / "other.js", 'import { a } from "./circle.js";\n')
    assert modules("circle.js") == ("circle.js", "other.js")


def test_an_import_of_a_missing_module_is_an_error(site: Path) -> None:
    write(site / "broken.js", 'import "./missing.js";\n')
    with pytest.raises(FileNotFoundError, match=r"missing\.js"):
        modules("broken.js")


def test_preloads_carry_the_hashed_names_of_a_collected_site() -> None:
    collected = collected_static()
    files = {"staticfiles": {"BACKEND": "chatproject.static.HashedStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=collected, STORAGES=files):
        links = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', module_preloads("chat/js/main.js"))
    assert len(links) == len(modules("chat/js/main.js"))
    for link in links:
        assert HASHED.search(link)
        assert (collected / link).is_file()


def test_what_finishes_markup_and_the_library_for_code_are_loaded_only_when_needed() -> None:
    needed = {*modules("chat/js/main.js"), *modules("chat/js/views/shell_parts.js")}
    assert "chat/js/views/highlighting.js" in modules("chat/js/views/markup.js")
    unneeded = ("/vendor/", "/markup.js", "/highlighting.js")
    assert [name for name in needed if any(part in name for part in unneeded)] == []
    assert {name for name in modules("chat/js/views/markup.js") if "/vendor/" in name} == set()
