"""The targets of links that leave the site."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from chat.models import User

RESET = "/accounts/password/reset/"


@pytest.fixture
def mina(mina: User) -> User:
    """Somebody who may invite, and who forgot her password."""
    mina.email, mina.is_staff = "mina@example.com", True
    mina.save()
    return mina


def links_of_last_mail() -> list[str]:
    return [word for word in str(mail.outbox[-1].body).split() if word.startswith("http")]


@pytest.mark.parametrize("email", ["mina@example.com", "nobody@example.com"])
@pytest.mark.parametrize("site", ["https://chat.example.com", "https://chat.example.com/", "http://[::1]:8000"])
def test_links_in_mails_begin_with_the_site_url(mina: User, settings: Any, site: str, email: str) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = site, ["testserver", "localhost"]
    Client(SERVER_NAME="localhost").post(RESET, {"email": email}, headers={"host": "localhost:9999"})
    links = links_of_last_mail()
    assert links
    assert all(link.startswith(site.rstrip("/") + "/") for link in links), links


@pytest.mark.parametrize(
    ("host", "server_port", "site"),
    [
        ("localhost:9999", "8000", "http://localhost/"),
        ("localhost:8000", "8000", "http://localhost:8000/"),
        ("localhost", "8000", "http://localhost/"),
        ("[::1]:9999", "8000", "http://[::1]/"),
    ],
)
def test_without_a_site_url_a_port_must_be_the_servers_own(
    mina: User, settings: Any, host: str, server_port: str, site: str
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "[::1]"]
    Client().post(RESET, {"email": mina.email}, headers={"host": host}, SERVER_PORT=server_port)
    assert all(link.startswith(site) for link in links_of_last_mail()), links_of_last_mail()


def test_a_host_that_is_not_allowed_gets_no_mail_sent(mina: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    assert Client().post(RESET, {"email": mina.email}, headers={"host": "evil.example"}).status_code == 400
    assert mail.outbox == []


def test_a_link_keeps_its_path_and_works(mina: User, client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://chat.example.com"
    client.post(RESET, {"email": mina.email})
    [link] = [link for link in links_of_last_mail() if "/key/" in link]
    page = client.get(link.removeprefix("https://chat.example.com"), follow=True)
    assert "Choose a new password" in page.content.decode()


def test_invitations_begin_with_the_site_url(mina: User, client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://chat.example.com"
    client.force_login(mina)
    page = client.post("/people/invite/", {"days": 7, "max_uses": 0}).content.decode()
    assert 'value="https://chat.example.com/accounts/signup/?invite=' in page
