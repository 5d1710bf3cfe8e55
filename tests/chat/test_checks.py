"""A misconfigured site says so, and says what to do."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.test import override_settings
from django.utils import timezone

from chat import checks
from chat.derive import registry
from chat.derive.deriver import Deriver, Watch
from chat.derive.runner import LEASE
from chat.models import Lease, Space
from tests.harness.space import set_space

pytestmark = pytest.mark.once

POSTGRESQL = {"default": {"ENGINE": "django.db.backends.postgresql"}}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
CONSOLE = "django.core.mail.backends.console.EmailBackend"

Check = Callable[[None], list[CheckMessage]]


@pytest.mark.parametrize(
    ("check", "wrong", "right", "identifier"),
    [
        (checks.check_secret_key, {"SECRET_KEY": ""}, {"SECRET_KEY": "x"}, "chat.E001"),
        (
            checks.check_redis_url,
            {"REDIS_URL": "localhost:6379"},
            {"REDIS_URL": "redis://localhost:6379/0"},
            "chat.E002",
        ),
        (checks.check_redis_url, {"REDIS_URL": "redis://"}, {"REDIS_URL": "unix:///run/redis.sock"}, "chat.E002"),
        (checks.check_redis_url, {"REDIS_URL": "redis://host:none"}, {"REDIS_URL": ""}, "chat.E002"),
        (checks.check_redis_url, {"REDIS_URL": "http://host"}, {"REDIS_URL": "rediss://u:p@host"}, "chat.E002"),
        (checks.check_signups, {"SIGNUPS": "close"}, {"SIGNUPS": "closed"}, "chat.E003"),
        (checks.check_send_rate, {"SEND_RATE_PER_SECOND": 0.0}, {"SEND_RATE_PER_SECOND": 0.1}, "chat.E004"),
        (checks.check_send_rate, {"SEND_RATE_BURST": 0}, {"SEND_RATE_BURST": 1}, "chat.E004"),
        (checks.check_fitting_limits, {"SEND_RATE_BURST": 1}, {"SEND_RATE_BURST": 2}, "chat.E011"),
        (
            checks.check_database_engine,
            {"DATABASES": {"default": {"ENGINE": "django.db.backends.mysql"}}},
            {"DATABASES": POSTGRESQL},
            "chat.E005",
        ),
        (
            checks.check_several_processes,
            {"DATABASES": POSTGRESQL, "REDIS_URL": ""},
            {"DATABASES": SQLITE, "REDIS_URL": ""},
            "chat.W001",
        ),
        (
            checks.check_several_processes,
            {"DATABASES": POSTGRESQL, "REDIS_URL": ""},
            {"DATABASES": POSTGRESQL, "REDIS_URL": "redis://host"},
            "chat.W001",
        ),
        (checks.check_mail, {"EMAIL_BACKEND": CONSOLE}, {"EMAIL_BACKEND": "some.other.Backend"}, "chat.W002"),
        (checks.check_hosts, {"ALLOWED_HOSTS": ["*"]}, {"ALLOWED_HOSTS": [".example.com"]}, "chat.W003"),
        (
            checks.check_site_url,
            {"EMAIL_BACKEND": "some.other.Backend"},
            {"EMAIL_BACKEND": "some.other.Backend", "SITE_URL": "https://chat.example.com"},
            "chat.W004",
        ),
        (
            checks.check_site_url,
            {"EMAIL_BACKEND": "some.other.Backend"},
            {"EMAIL_BACKEND": CONSOLE},
            "chat.W004",
        ),
        *(
            (checks.check_form_of_site_url, {"SITE_URL": wrong}, {"SITE_URL": right}, "chat.E009")
            for wrong, right in (
                ("chat.example.com", "https://chat.example.com"),
                ("https://chat.example.com/chat", "https://chat.example.com/"),
                ("https://", "http://localhost:8000"),
                ("http://[", "http://[::1]:8000"),
                ("https://mina@chat.example.com", ""),
            )
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_wrong_setting_is_reported_with_a_hint_and_a_right_one_is_not(
    check: Check, wrong: dict[str, Any], right: dict[str, Any], identifier: str
) -> None:
    with override_settings(**wrong):
        (found,) = check(None)
    assert found.id == identifier
    assert found.hint
    with override_settings(**right):
        assert check(None) == []


@pytest.mark.parametrize("wrong", [{"unheard_of": 1}, {"send_burst": 5_000}, {"send_rate": 30.0}])
def test_stored_settings_that_do_not_fit_are_found_where_the_database_is_checked(
    wrong: dict[str, Any], space: Any
) -> None:
    set_space(**wrong)
    (found,) = checks.check_stored_settings(None, databases=["default"])
    assert found.id == "chat.W005"
    assert next(iter(wrong)) in found.msg or "send_burst" in found.msg
    assert checks.check_stored_settings(None) == []
    set_space(signups="closed")
    assert checks.check_stored_settings(None, databases=["default"]) == []


@pytest.mark.django_db
def test_before_the_first_run_no_stored_setting_is_wrong() -> None:
    assert checks.check_stored_settings(None, databases=["default"]) == []


class Deriving(Deriver):
    """A registered deriver."""

    name = "deriving"
    watches = Watch.NEW

    def apply(self, room: Any, changes: Any) -> None:
        raise AssertionError("nobody runs it here")


def test_a_site_whose_background_work_nobody_does_is_reported(space: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[str | None]:
        return [message.id for message in checks.check_derivers_run(None, databases=["default"])]

    monkeypatch.setitem(registry.DERIVERS, "deriving", Deriving())
    with override_settings(WORK_IN_SERVER=False):
        assert found() == []  # the space was created just now
        Space.objects.update(created_at=timezone.now() - timedelta(hours=1))
        assert found() == ["chat.W006"]
        assert checks.check_derivers_run(None) == []
        Lease.objects.take(LEASE, holder=uuid.uuid4(), seconds=1)
        assert found() == []
        Lease.objects.update(expires_at=timezone.now() - timedelta(hours=1))
        assert found() == ["chat.W006"]
    with override_settings(WORK_IN_SERVER=True):
        assert found() == []
    monkeypatch.setattr(registry, "DERIVERS", {})
    with override_settings(WORK_IN_SERVER=False):
        assert found() == []
