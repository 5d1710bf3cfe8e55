"""Browsers may keep static files for ever, since a changed file has another name everywhere."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from chatproject.static import sheet
from tests.harness.services import Server, collected_static
from tests.runner.node import install_node_modules, node

pytestmark = pytest.mark.once

IMPORTED = re.compile(r"""(?:^|[\s;}])(?:import|from)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


@pytest.fixture(scope="module")
def collected() -> Path:
    """All static files, as a site serves them."""
    from django.test import override_settings

    target = collected_static()
    files = {"staticfiles": {"BACKEND": "chatproject.static.HashedStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=target, STORAGES=files):
        assert staticfiles_storage.url("chat/js/main.js") != "/static/chat/js/main.js"
    return target


def hashed_modules(collected: Path) -> list[Path]:
    return [path for path in (collected / "chat" / "js").rglob("*.js") if HASHED.search(path.name)]


def test_every_module_of_the_site_has_a_hashed_name(collected: Path) -> None:
    sources = {path.stem for path in (collected / "chat" / "js").rglob("*.js") if not HASHED.search(path.name)}
    assert sources
    assert {path.name.partition(".")[0] for path in hashed_modules(collected)} == sources


def test_modules_import_each_other_by_hashed_names_that_exist(collected: Path) -> None:
    imports = [
        (path, specifier)
        for path in hashed_modules(collected)
        for specifier in IMPORTED.findall(COMMENT.sub("", path.read_text()))
    ]
    assert imports
    for path, specifier in imports:
        assert HASHED.search(specifier), f"{path.name} imports {specifier}"
        assert (path.parent / specifier).is_file(), f"{path.name} imports {specifier}"


@pytest.mark.parametrize("entry", ["room", "site"])
def test_a_sheet_contains_those_that_it_imports_in_order_without_comments(collected: Path, entry: str) -> None:
    source = (collected / f"chat/css/{entry}.css").read_text()
    (joined,) = (collected / "chat/css").glob(f"{entry}.????????????.css")
    parts = [(collected / "chat/css" / name).read_text() for name in re.findall(r'@import "(.+)";', source)]
    assert parts
    assert "@import" not in joined.read_text()
    without_comments = re.sub(r"/\*.*?\*/", "", "\n".join(parts), flags=re.DOTALL)
    lines = [line.strip() for line in without_comments.splitlines() if line.strip()]
    assert joined.read_text().splitlines()[1:] == lines


def test_an_import_of_a_missing_sheet_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"chat/css/missing\.css"):
        sheet("chat/css/missing.css")


def test_modules_are_served_without_comments_and_are_the_same_programs(collected: Path) -> None:
    pairs = []
    for served in hashed_modules(collected):
        source = served.with_name(HASHED.sub(".js", served.name))
        pairs.append([source.relative_to(collected).as_posix(), source.read_text(), served.read_text()])
    install_node_modules()
    script = Path(__file__).with_name("same_program.mjs")
    compared = subprocess.run([node(), script], input=json.dumps(pairs), text=True, capture_output=True, check=True)
    assert json.loads(compared.stdout) == {"compared": len(pairs), "different": []}
    assert not [name for name, _source, served in pairs if "/**" in served or "\n  " in served.replace("`", "")]


def test_files_are_compressed_once_when_they_are_collected(collected: Path) -> None:
    assert any(path.with_name(f"{path.name}.gz").exists() for path in hashed_modules(collected))


@pytest.mark.django_db
def test_a_real_server_lets_browsers_keep_a_hashed_file_for_ever(server: Server) -> None:
    from urllib.request import Request, urlopen

    page = urlopen(f"{server.url}/welcome/").read().decode()
    (path, *_) = re.findall(r'"(/static/chat/[^"]+\.(?:css|js))"', page)
    with urlopen(Request(server.url + path, headers={"Accept-Encoding": "gzip"})) as response:
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert len(response.read()) == int(response.headers["Content-Length"])


def test_a_static_file_that_is_not_there_is_not_found(client: Client, space: Any) -> None:
    assert client.get("/static/chat/js/none.js").status_code == 404
