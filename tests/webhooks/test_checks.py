"""Only exact hosts with ports may be set in WEBHOOK_PRIVATE_HOSTS."""

from typing import Any

import pytest

from webhooks.checks import check_private_hosts

pytestmark = pytest.mark.once


@pytest.mark.parametrize("text", ["gitlab.intra:8443", "10.0.0.1:80", "localhost:8000"])
def test_a_host_with_its_port_is_accepted(settings: Any, text: str) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = [text]
    assert check_private_hosts() == []


@pytest.mark.parametrize(
    "text", ["gitlab.intra", "https://gitlab.intra:8443", "GitLab.intra:80", "*.intra:80", "a:0", "a:080", "a:x", ":80"]
)
def test_anything_else_is_an_error(settings: Any, text: str) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["localhost:8000", text]
    assert [error.id for error in check_private_hosts()] == ["webhooks.E001"]
