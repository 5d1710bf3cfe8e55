"""Under Korean, every page of the admin is in Korean, in the same tone as the rest of the site."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import translation

from chat.models import AuditEntry, Room, Space, User
from chat.services.memberships import join_room
from chat.services.people import deactivate_user
from chat.services.rooms import archive_room, create_room
from tests.harness.admin_actions import say, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]

STIFF = re.compile(r"\S*(?:습니다|입니다|합니다|됩니다|십시오)")
"""Verb endings of manuals; all other sentences are in 해요체."""

CODES = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\w+\*{9,}")
"""The epoch of a site, and what is shown of the hash of a password."""

LATIN = re.compile(r"[A-Za-z]{2,}")
KNOWN = {
    *("hana", "duri", "example", "com"),  # people of this test
    *("pbkdf", "sha", "md"),  # how a password is stored
    *("UTC", "API", "QR", "IP", "URL", "ID", "ms", "kB", "MB", "GB"),
    *("English", "Sarangbang"),  # names
    *("esc", "Control", "Command", "Mac"),  # keys
}
"""Latin words that may be on a Korean page."""

SILENT = {"script", "style", "template"}
ICON = "material-symbols-outlined"
SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-label")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@pytest.fixture(autouse=True)
def other_tests_in_their_language() -> Iterator[None]:
    """The language of a request stays that of the thread."""
    yield
    translation.deactivate()


class Reader(HTMLParser):
    """Collects what people see or hear of a page: its text, and the names of its controls."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.texts += [values[name] or "" for name in SPOKEN if name in values]
        if tag == "input" and values.get("type") in {"submit", "button"}:
            self.texts.append(values.get("value") or "")
        if tag not in VOID:
            is_time_zone = tag == "option" and "/" in (values.get("value") or "")
            is_silent = tag in SILENT or ICON in (values.get("class") or "") or is_time_zone
            self._open.append((tag, is_silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_silent for _tag, is_silent in self._open):
            self.texts.append(data)


def faults(page: str) -> list[str]:
    """Texts of a page with a Latin word that is not known, or with the ending of a manual."""
    reader = Reader()
    reader.feed(page)
    texts = {" ".join(text.split()) for text in reader.texts}
    return sorted(text for text in texts if set(LATIN.findall(CODES.sub("", text))) - KNOWN or STIFF.search(text))


def test_a_latin_word_and_a_stiff_ending_are_found_but_not_in_icons_or_scripts() -> None:
    page = """<p title="Menu">안녕</p><span class="material-symbols-outlined">close</span><script>let word</script>
        <input type="submit" value="Save"><br><p>저장합니다</p><p>hana<b>저장해요</b></p>"""
    assert faults(page) == ["Menu", "Save", "저장합니다"]


@pytest.fixture
def client(space: Space) -> Client:
    """The owner of a space in which everything has a Korean name, in a browser that prefers Korean."""
    Space.objects.update(name="단풍 모임")
    hana = User.objects.create_superuser("hana", display_name="하나", email="hana@example.com", password="종이등불42")
    duri = User.objects.create_user("duri", display_name="두리", email="duri@example.com", is_staff=True)
    room = create_room(hana, name="모두의 방", topic="이런저런 이야기")
    join_room(duri, room_id=room.pk)
    for text in ("안녕하세요", "반가워요"):
        say(duri, room, text)
    archive_room(hana, room_id=create_room(hana, name="다락방").pk)
    deactivate_user(hana, user_id=duri.pk)
    Group.objects.create(name="돕는 이들")
    client = Client(headers={"accept-language": "ko"})
    client.force_login(hana)
    return client


def pages() -> list[str]:
    """The addresses of the admin's pages."""
    hana, duri = User.objects.get(username="hana"), User.objects.get(username="duri")
    room, group = Room.objects.get(name="모두의 방"), Group.objects.get()
    message = room.messages.first()
    assert message
    lists = [f"/admin/{name}/" for name in ("chat/user", "chat/room", "chat/message", "chat/invitation", "auth/group")]
    return [
        "/admin/",
        "/admin/chat/",
        *lists,
        *(f"{address}?q=없어요" for address in lists[:3]),
        *(f"{address}add/" for address in lists if address not in lists[2:4]),
        url("auditentry", "changelist"),
        url("user", "change", hana.pk),
        *(f"/admin/chat/user/{duri.pk}/{page}/" for page in ("change", "history", "password")),
        *(f"/admin/chat/room/{room.pk}/{page}/" for page in ("change", "history")),
        *(f"/admin/chat/message/{message.pk}/{page}/" for page in ("change", "delete", "history")),
        *(f"/admin/auth/group/{group.pk}/{page}/" for page in ("change", "delete", "history")),
        url("space", "change", Space.objects.get().pk),
        *(url("auditentry", "change", entry.pk) for entry in AuditEntry.objects.all()),
    ]


def test_every_page_of_the_admin_is_in_korean_and_in_one_tone(client: Client) -> None:
    found: dict[str, str] = {}
    for address in pages():
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        found |= dict.fromkeys(faults(response.content.decode()), address)
    assert not found, "\n".join(map(str, found.items()))


def test_what_is_wrong_in_a_form_of_the_admin_is_said_in_korean(client: Client) -> None:
    forms: dict[str, list[dict[str, str]]] = {
        "/admin/chat/user/add/": [{}, {"username": "a b", "email": "no", "usable_password": "true", "password1": "1"}],
        f"/admin/chat/user/{User.objects.get(username='duri').pk}/password/": [
            {},
            {"usable_password": "true", "password1": "12345", "password2": "1"},
        ],
        "/admin/chat/room/add/": [{}],
        "/admin/auth/group/add/": [{}, {"name": "돕는 이들"}],
        f"/admin/chat/space/{Space.objects.get().pk}/change/": [{}],
    }
    found: dict[str, str] = {}
    for address, posts in forms.items():
        for data in posts:
            response = client.post(address, data)
            assert response.status_code == 200, address
            found |= dict.fromkeys(faults(response.content.decode()), address)
    assert not found, "\n".join(map(str, found.items()))
