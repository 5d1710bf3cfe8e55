"""Only people who run the site can create its space."""

import io
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from chat.models import Space
from chat.services import attempts
from chat.services.setup_code import needs_setup_code, setup_code
from tests.harness.services import Installation, wait_until

pytestmark = pytest.mark.once

FILLED_IN = {"site_name": "Maple Studio", "display_name": "Mina Kim", "username": "", "password": "paper lantern 42"}
WRONG = "AAAA-AAAA-AAAA"


@pytest.fixture
def client() -> Client:
    """A browser on another machine."""
    return Client(SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.7")


@pytest.mark.parametrize(
    ("peer", "host", "headers", "needed"),
    [
        ("127.0.0.1", "localhost", [], False),
        ("127.0.0.8", "127.0.0.1", [], False),
        ("::1", "[::1]", ["HTTP_HOST", "HTTP_ACCEPT"], False),
        ("192.0.2.7", "localhost", [], True),
        ("::ffff:192.0.2.7", "localhost", [], True),
        ("", "localhost", [], True),
        ("nonsense", "localhost", [], True),
        ("127.0.0.1", "chat.example.com", [], True),
        ("127.0.0.1", "localhost", ["HTTP_X_FORWARDED_FOR"], True),
        ("127.0.0.1", "localhost", ["HTTP_X_FORWARDED_PROTO"], True),
        ("127.0.0.1", "localhost", ["HTTP_FORWARDED"], True),
        ("127.0.0.1", "localhost", ["HTTP_X_REAL_IP"], True),
        ("127.0.0.1", "localhost", ["HTTP_VIA"], True),
    ],
)
def test_the_code_is_needed_unless_the_client_is_certainly_this_machine(
    peer: str, host: str, headers: list[str], needed: bool
) -> None:
    assert needs_setup_code(peer=peer, host=host, headers=headers) is needed


@pytest.mark.parametrize("setting", [{"TLS": True}, {"ALLAUTH_TRUSTED_PROXY_COUNT": 1}])
def test_behind_a_proxy_the_code_is_always_needed(settings: Any, setting: dict[str, Any]) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    assert needs_setup_code(peer="127.0.0.1", host="localhost", headers=[])


def test_the_code_follows_from_the_secret_key_and_is_easy_to_type(settings: Any) -> None:
    code = setup_code()
    assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", code)
    assert setup_code() == code
    settings.SECRET_KEY = "another"
    assert setup_code() != code


@pytest.mark.parametrize("path", ["/welcome/", "/welcome/?setup_code="])
def test_a_stranger_without_the_code_creates_nothing(client: Client, db: None, path: str) -> None:
    page = client.post(path, FILLED_IN).content.decode()
    assert 'id="id_setup_code_error"' in page
    assert not Space.objects.exists()


def test_a_wrong_code_is_an_error_of_its_field(client: Client, db: None) -> None:
    page = client.post("/welcome/", FILLED_IN | {"setup_code": WRONG}).content.decode()
    assert "This is not the setup code." in page
    assert 'aria-describedby="id_setup_code_helptext id_setup_code_error"' in page
    assert not Space.objects.exists()


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: f" {code.replace('-', ' ')} "])
def test_a_visitor_who_knows_the_code_creates_the_space(client: Client, db: None, typed: Any) -> None:
    response = client.post("/welcome/", FILLED_IN | {"setup_code": typed(setup_code())})
    assert response.headers["Location"] == "/"
    assert Space.objects.exists()


def test_a_browser_on_the_machine_itself_needs_no_code(db: None) -> None:
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR="127.0.0.1")
    assert "setup_code" not in client.get("/welcome/").content.decode()
    assert client.post("/welcome/", FILLED_IN).headers["Location"] == "/"


def test_guessing_the_code_is_limited_for_each_address(client: Client, db: None) -> None:
    for _ in range(attempts.SETUP_CODES_OF_ADDRESS.burst):
        client.post("/welcome/", FILLED_IN | {"setup_code": WRONG})
    right = FILLED_IN | {"setup_code": setup_code()}
    assert "Too many wrong codes." in client.post("/welcome/", right).content.decode()
    assert not Space.objects.exists()
    assert Client(SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.8").post("/welcome/", right).status_code == 302


def test_guessing_from_many_addresses_is_limited(client: Client, db: None) -> None:
    for number in range(attempts.SETUP_CODES.burst):
        client.post("/welcome/", FILLED_IN | {"setup_code": WRONG}, REMOTE_ADDR=f"192.0.2.{number}")
    right = FILLED_IN | {"setup_code": setup_code()}
    assert "Too many wrong codes." in client.post("/welcome/", right, REMOTE_ADDR="192.0.2.200").content.decode()


def test_the_right_code_does_not_count_as_an_attempt_if_something_else_is_wrong(client: Client, db: None) -> None:
    for _ in range(attempts.SETUP_CODES_OF_ADDRESS.burst * 2):
        page = client.post("/welcome/", FILLED_IN | {"setup_code": setup_code(), "password": "12345678"})
        assert "setup_code_error" not in page.content.decode()


@pytest.mark.parametrize("typed", ["9" * 60_000, "\ud55c", "KQ3M\n"])
def test_any_malformed_code_is_refused_like_a_wrong_one(client: Client, db: None, typed: str) -> None:
    assert client.post("/welcome/", FILLED_IN | {"setup_code": typed}).status_code == 200
    assert not Space.objects.exists()


def test_the_command_prints_the_code(db: None) -> None:
    printed = io.StringIO()
    call_command("setupcode", stdout=printed)
    assert printed.getvalue().strip() == setup_code()


def test_the_command_prints_no_code_once_there_is_a_space(space: Space) -> None:
    with pytest.raises(CommandError, match="there already"):
        call_command("setupcode")


@pytest.mark.once
def test_the_server_writes_the_code_to_its_log_until_there_is_a_space(installation: Installation) -> None:
    server = installation.start_server()
    code = installation.manage("setupcode").strip()
    wait_until(lambda: code in server.log.read_text(), what="The line in the log")
    installation.python(
        "from chat.services.spaces import create_space\n"
        'create_space(name="Maple", username="mina", display_name="Mina", password="paper lantern 42")'
    )
    later = installation.start_server()
    later.stop()
    assert code not in later.log.read_text()
