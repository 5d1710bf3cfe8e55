"""The strings and templates that replace those of Django and unfold match the installed versions."""

import hashlib
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
import pytest
import unfold
from babel.messages.extract import extract
from django.contrib.auth.models import Permission
from django.utils import translation
from django.utils.translation.template import templatize

from chat.admin import permissions, wording
from tests.harness.catalogs import BASE_DIR, KEYWORDS

pytestmark = pytest.mark.once

UNFOLD = Path(unfold.__file__).parent
DJANGO = Path(django.__file__).parent

REPLACED = {
    "admin/base.html": "2ce9250b3c649e3a1d3c7ea52308a2858c60374b76089c29a838c7cc870dbcf0",
    "admin/submit_line.html": "7a195a7b8beeda119f5cd1364303442bb18f964bb7a086ade6e4ab9bc13e8c18",
    "unfold/helpers/display_header.html": "daefb955cde603aad2dd994e5a6dd644d2d45f5c26672e0e4a6198da674f658b",
    "unfold/helpers/empty_results.html": "5f4727a37a99da76e245048c8c7d7307ded9fe749533b33410e38657a9b1ef7e",
    "unfold/helpers/pagination_default.html": "a6c793aea686e443a7fc8a42cb4197361b7789c912919609e2525aa1c65e23a0",
}
"""Templates of unfold that this site replaces, by the SHA-256 of the version they were derived from."""

EXTENDED = {"admin/index.html", "admin/chat/message/delete_confirmation.html"}
"""Templates of this site with the names of library templates, but none of their text."""

OWN = {
    *("admin/confirm_action.html", "admin/confirm_buttons.html", "admin/chat/queue_message.html"),
    *("admin/chat/report/review.html", "admin/chat/heldmessage/review.html"),
}


def test_every_template_that_replaces_one_of_unfold_was_derived_from_the_installed_version() -> None:
    found = {name: hashlib.sha256((UNFOLD / "templates" / name).read_bytes()).hexdigest() for name in REPLACED}
    assert found == REPLACED, "Compare with the new version of unfold, then write its hash here."


def test_every_template_of_the_admin_is_known_here() -> None:
    ours = BASE_DIR / "templates"
    found = {str(path.relative_to(ours)) for part in ("admin", "unfold") for path in (ours / part).rglob("*.html")}
    assert found == REPLACED.keys() | EXTENDED | OWN


@cache
def said(*roots: Path) -> set[str]:
    """All strings that the libraries pass to gettext."""
    return {message for root in roots for path in sorted(root.rglob("*")) for message in _strings(path)}


def _strings(path: Path) -> Iterator[str]:
    if path.suffix == ".html":
        lines = templatize(path.read_text(), origin=str(path)).splitlines()
        texts = [line.strip() for line in lines]
    else:
        texts = [path.read_text()] if path.suffix == ".py" else []
    for text in texts:
        for _line, message, _comments, _context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            yield from (message,) if isinstance(message, str) else message


def test_every_string_still_occurs_in_its_library() -> None:
    assert set(wording.UNFOLD) <= said(UNFOLD)
    django = said(*(DJANGO / "contrib" / app for app in ("admin", "auth")), DJANGO / "utils")
    assert {*wording.DJANGO, *wording.WEEKDAYS} <= django


@pytest.mark.django_db
def test_permissions_have_plain_names_and_are_limited_to_those_with_an_effect() -> None:
    with translation.override("en"):
        labels = {permission.codename: permissions.label(permission) for permission in permissions.meaningful()}
    assert labels["delete_message"] == "Messages: delete"
    assert labels["view_user"] == "People: view"
    assert not labels.keys() & {"change_group", "add_permission", "delete_session", "view_logentry"}


@pytest.mark.django_db
def test_a_permission_of_no_known_kind_keeps_its_own_name() -> None:
    permission = Permission(
        codename="publish_message", name="Can publish", content_type=permissions.meaningful()[0].content_type
    )
    assert permissions.label(permission) == str(permission)
