"""The headers that restrict what browsers run and load, and that the pages work with them."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chatproject import csp
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

# Mails are no pages: no policy applies to them, and mail programs know no style sheets.
TEMPLATES = [path for path in sorted((BASE_DIR / "templates").rglob("*.html")) if "email" not in path.parts]
SCRIPTS = sorted((BASE_DIR / "chat" / "static" / "chat" / "js").rglob("*.js"))

INLINE = {
    "a script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/json)"),
    "a style element": re.compile(r"<style\b"),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "a javascript: address": re.compile(r"""["']\s*javascript:"""),
}


def test_pages_may_run_and_load_only_what_the_site_itself_serves_as_files(client: Client, space: Any) -> None:
    response = client.get("/accounts/login/")
    assert response.status_code == HTTPStatus.OK
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    for directive in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert directive in policy


def test_the_admin_may_besides_use_eval_and_inline_style_but_never_inline_scripts(
    client: Client, space: Any, mina: Any
) -> None:
    mina.is_staff = mina.is_superuser = True
    mina.save()
    client.force_login(mina)
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert {name: " ".join(sources) for name, sources in csp.PAGES.items()}.items() <= directives.items()


@pytest.mark.parametrize("address", ["/accounts/login/", "/nowhere/", "/healthz", "/jsi18n/en/0.js"])
def test_every_response_has_the_security_headers(client: Client, space: Any, address: str) -> None:
    headers = client.get(address).headers
    assert "Content-Security-Policy" in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_scripts_cannot_read_the_session_cookie_and_other_sites_do_not_send_it(client: Client, mina: Any) -> None:
    client.post("/accounts/login/", {"login": "mina", "password": "minamina"})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_no_template_has_inline_code_or_style(path: Path) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", path.read_text(), flags=re.DOTALL)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_writes_inline_style_or_unsafe_html(path: Path) -> None:
    text = path.read_text()
    for forbidden in (
        'setAttribute("style"',
        ".outerHTML =",
        "document.write",
        "insertAdjacentHTML",
        "eval(",
        "new Function",
    ):
        assert forbidden not in text
