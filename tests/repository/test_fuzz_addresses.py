"""No request to any address causes an error of ours: hostile requests to every pattern, as every kind of person.

`FUZZ_SEED=7 FUZZ_REQUESTS=50000 bin/test sqlite -- tests/repository/test_fuzz_addresses.py` runs longer, with another
seed.
"""

import os
import tempfile
import traceback
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.handlers.asgi import ASGIRequest
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client

from chat.models import Message, User
from chat.services.messages import send_message
from chatproject.asgi import OneHopHandler
from tests.conftest import forget_limits, person
from tests.harness.hostile_requests import Attacker, Request, addresses

SEED = int(os.environ.get("FUZZ_SEED", "9"))
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1000"))
SHOWN = 20
MIGHTY = ("boss", "boss", "mina")  # people with more permissions reach more pages


@dataclass
class Crowd:
    """Session keys by kind of person; an empty text for no session."""

    sessions: dict[str, str]


@pytest.fixture
def crowd(mina: Any, joon: Any, stranger: Any) -> Crowd:
    """Nobody, a member, an owner, staff with all permissions of the chat, and a superuser."""
    clerk = person("clerk", "Clerk")
    User.objects.filter(pk=clerk.pk).update(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["chat", "auth"]))
    boss = User.objects.create_superuser("boss", display_name="Boss")
    sessions = {"nobody": ""}
    for name, user in {"stranger": stranger, "joon": joon, "mina": mina, "clerk": clerk, "boss": boss}.items():
        client = Client()
        client.force_login(user)
        sessions[name] = client.cookies["sessionid"].value
    return Crowd(sessions)


@pytest.fixture
def real(mina: Any, joon: Any, general: Any, founders: Any) -> dict[str, list[str]]:
    """Arguments for which addresses exist."""
    for room in (general, founders):
        send_message(joon, room_id=room.pk, key=uuid.uuid4(), body="hello")
    group = Group.objects.create(name="keepers")
    rows = [mina, joon, general, founders, group, *Message.objects.all()]
    ids = [str(pk) for pk in sorted({row.pk for row in rows})]
    return {
        "slug": [general.slug, founders.slug],
        "object_id": ids,
        "id": ids,
        "content_type_id": [str(ContentType.objects.get_for_model(User).pk)],
        "app_label": ["chat", "auth"],
        "url": ["nowhere/", "chat"],
        "path": ["avatars/1.png", "."],
        "key": ["abc", "Mg:1abc:xyz", "set-password"],
        "uidb36": ["1", "zz"],
    }


class UncheckedRequest(ASGIRequest):
    """A request whose forms are read without a CSRF token, as in Django's test client."""

    _dont_enforce_csrf_checks = True


class Site:
    """The application as a server calls it, in this thread, each request in its own transaction."""

    def __init__(self) -> None:
        self.handler = OneHopHandler()
        self.handler.request_class = UncheckedRequest
        self.faults: list[str] = []
        got_request_exception.connect(self._note)

    def _note(self, **_: Any) -> None:
        self.faults.append(traceback.format_exc(limit=-8))

    def ask(self, request: Request, session: str) -> tuple[int, str]:
        """The status and the page. Changes of the request are rolled back."""
        with transaction.atomic(), tempfile.TemporaryFile() as body:
            body.write(request.body)
            body.seek(0)
            asked, refused = self.handler.create_request(request.scope(session), body)
            response = refused if asked is None else self.handler.get_response(asked)
            assert isinstance(response, HttpResponse | StreamingHttpResponse)
            page = response.content if isinstance(response, HttpResponse) else b"".join(response)
            transaction.set_rollback(True)
        return response.status_code, page.decode(errors="replace")


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120 + REQUESTS // 5)
def test_no_request_to_any_address_causes_an_error_of_ours(
    crowd: Crowd, real: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    attacker, site = Attacker(SEED, real), Site()
    found: dict[str, str] = {}
    count = 0

    def send(who: str, made: Request) -> str:
        nonlocal count
        count += 1
        if count % 10 == 0:
            forget_limits()  # otherwise most answers would be 429
        status, page = site.ask(made, crowd.sessions[who])
        while site.faults:
            found.setdefault(site.faults.pop(), f"{who}: {made}"[:2_000])
        if status >= 500:
            found.setdefault(f"status {status}", f"{who}: {made}"[:2_000])
        return page

    for address in attacker.targets:
        for who in crowd.sessions:
            plain = attacker.plain(address)
            attacker.learn(plain.path, send(who, plain))
    for (_address, name), form in [*attacker.fields.items()] * 2:
        send(attacker.random.choice(MIGHTY), attacker.bent(form, name))
    people = [*crowd.sessions, *MIGHTY]
    while count < REQUESTS:
        send(attacker.random.choice(people), attacker.request(attacker.random.choice(attacker.targets)))

    summary = f"{count} hostile requests to {len(attacker.targets)} addresses, FUZZ_SEED={SEED}: {len(found)} faults"
    with capsys.disabled():
        print(f"\n{summary}")  # noqa: T201 (shows seed and count)
    assert not found, "\n\n".join([summary, *(f"{made}\n{wrong}" for wrong, made in [*found.items()][:SHOWN])])


def test_the_fuzz_reaches_every_page_of_the_site_and_of_the_admin() -> None:
    paths = {address.path(dict.fromkeys(address.arguments, "X")) for address in addresses()}
    assert {
        *("/", "/rooms/", "/rooms/X/", "/rooms/X/invite/", "/accounts/login/", "/accounts/signup/", "/media/X"),
        *("/accounts/password/reset/key/X-X/", "/accounts/confirm-email/X/", "/healthz", "/i18n/setlang/"),
        *("/admin/", "/admin/autocomplete/", "/admin/chat/user/X/password/", "/admin/chat/room/X/change/"),
        *("/admin/chat/message/X/delete/", "/admin/chat/space/X/history/", "/admin/auth/group/add/", "/admin/X/"),
    } <= paths
