"""Every failure has a page: drawn, in words, and without needing what failed."""

import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from chat.models import Space, User
from chat.web import views
from chat.web.middleware import RefusalMiddleware
from tests.chat.web.test_look import INLINE

pytestmark = pytest.mark.once


def drawn(response: Any) -> str:
    """The heading of an error page, which must look like one."""
    page = response.content.decode()
    assert 'class="card error-card"' in page
    [heading] = re.findall(r"<h1>(.*?)</h1>", page)
    return str(heading)


def test_a_page_that_is_not_there(client: Client, space: Space) -> None:
    response = client.get("/nowhere/")
    assert (response.status_code, drawn(response)) == (404, "Page not found")


def test_a_page_that_is_not_for_this_person(client: Client, joon: User) -> None:
    client.force_login(joon)
    response = client.get("/people/invite/")
    assert (response.status_code, drawn(response)) == (403, "No permission")


def test_a_host_that_is_not_ours(space: Space) -> None:
    response = Client(SERVER_NAME="evil.example").get("/rooms/")
    assert (response.status_code, drawn(response)) == (400, "Invalid request")
    assert "evil.example" not in response.content.decode()


def test_a_server_error_page_needs_no_database(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        response = views.server_error(RequestFactory().get("/"))
    assert (response.status_code, drawn(response)) == (500, "Something went wrong")


def test_a_fault_in_a_page_becomes_that_page(mina: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(mina)

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if "chat_room" in sql:
            raise RuntimeError("the database said no")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        response = client.get("/rooms/")
    assert (response.status_code, drawn(response)) == (500, "Something went wrong")
    assert "the database said no" not in response.content.decode()


def test_without_its_database_a_page_answers_503_and_the_log_gets_one_line(
    mina: User, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(mina)

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        raise OperationalError("too many clients already")

    with connection.execute_wrapper(fail):
        response = client.get("/rooms/")
    assert (response.status_code, drawn(response)) == (503, "Back in a moment")
    assert int(response["Retry-After"]) > 0
    [record] = [record for record in caplog.records if record.name == "django.request"]
    assert record.getMessage() == "Service Unavailable: /rooms/ (OperationalError)"
    assert record.exc_info is None


@pytest.mark.parametrize("name", ["home", "rooms", "room_create", "profile", "people_invite"])
def test_every_page_says_its_language_and_loads_nothing_inline(client: Client, mina: User, name: str) -> None:
    mina.is_staff = True
    mina.save()
    client.force_login(mina)
    client.cookies["django_language"] = "ko"
    page = client.get(reverse(name), follow=True).content.decode()
    assert '<html lang="ko" dir="ltr">' in page
    assert not INLINE.search(page)


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("get", "/rooms/?q=a%00", {}),
        ("get", "/rooms/?%00=a", {}),
        ("get", "/rooms/a%00b/", {}),
        ("get", "/admin/autocomplete/?term=%00&app_label=chat&model_name=message&field_name=author", {}),
        ("post", "/rooms/new/", {"name": "a\0", "topic": "", "kind": "public"}),
        ("post", "/rooms/new/", {"name": "a", "topic": "", "kind": "public", "\0": ""}),
        ("post", "/admin/chat/room/", {"action": "archive", "_selected_action": "\0"}),
    ],
)
def test_a_request_with_a_nul_is_answered_400(
    client: Client, mina: User, method: str, path: str, fields: dict[str, str]
) -> None:
    User.objects.filter(pk=mina.pk).update(is_superuser=True, is_staff=True)
    client.force_login(User.objects.get(pk=mina.pk))
    response = getattr(client, method)(path, fields) if fields else getattr(client, method)(path)
    assert (response.status_code, drawn(response)) == (400, "Invalid request")


def test_a_form_of_another_origin_is_refused_before_its_fields_are_read(mina: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(mina)
    assert client.post("/rooms/new/", {"name": "\0"}).status_code == 403


def test_an_object_that_a_service_does_not_find_is_answered_404(client: Client, mina: User, founders: Any) -> None:
    client.force_login(mina)
    response = client.post("/rooms/founders/invite/", {"user": "999999"})
    assert (response.status_code, drawn(response)) == (404, "Page not found")


@pytest.mark.parametrize("path", ["x" * 300, "x" * 4_000, "a/" * 2_000, ".", "é"])
def test_a_file_with_an_impossible_name_is_answered_404(client: Client, mina: User, path: str) -> None:
    client.force_login(mina)
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("length", ["x", "-1", "9" * 30, "²"])
def test_a_content_length_that_is_no_number_is_answered_400(space: Space, length: str) -> None:
    asked = RequestFactory().get("/", CONTENT_LENGTH=length)
    assert RefusalMiddleware(lambda _asked: HttpResponse())(asked).status_code == 400


@pytest.mark.parametrize("charset", ["rot13", "hex", "idna", "zlib", "utf-7", "nonsense"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded"])
def test_a_form_in_another_charset_than_utf8_is_refused(space: Any, kind: str, charset: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.generic("POST", "/accounts/login/", b"login=a", f"{kind}; charset={charset}")
    assert response.status_code == 400


def test_a_form_may_say_that_it_is_in_utf8(space: Any) -> None:
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    assert Client().generic("POST", "/accounts/login/", b"login=a", kind).status_code == 200
