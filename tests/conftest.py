"""What every test can ask for: the people and rooms of a small team, and real services.

`pytest` runs on SQLite with the in-memory channel layer. `pytest --on postgresql` runs the same tests on a real
PostgreSQL and a real Redis, started for the run, or given by TEST_DATABASE_URL and TEST_REDIS_URL.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.harness import services

# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.load_profile("any machine")

# Django reads its settings from the environment, once: all of this stands before pytest-django looks for them.
_stack = contextlib.ExitStack()
_databases: services.Databases | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on",
        choices=("sqlite", "postgresql"),
        default=os.environ.get("TEST_ON", "sqlite"),
        help="sqlite (in-memory channel layer) or postgresql (with Redis)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    global _databases  # noqa: PLW0603 (a fixture could only come too late)
    config.add_cleanup(_stack.close)
    directory = _stack.enter_context(services.temporary_directory())
    (directory / "static").mkdir()
    if services.STATIC_VARIABLE not in os.environ:  # bin/test gives a directory to all of its parts
        os.environ[services.STATIC_VARIABLE] = str(_stack.enter_context(services.temporary_directory()))
    environment = {"DATABASE_URL": "", "REDIS_URL": ""}
    if config.getoption("--on") == "postgresql":
        try:
            _databases = given_or_started_databases()
            environment = {"DATABASE_URL": _databases.url, "REDIS_URL": given_or_started_redis()}
        except RuntimeError as error:
            leave_reason(str(error))
            raise pytest.UsageError(str(error)) from error
    os.environ.update(
        environment,
        DJANGO_SETTINGS_MODULE="chatproject.settings",
        SECRET_KEY=services.SECRET_KEY,
        VAR_DIR=str(directory),
        LOG_LEVEL="WARNING",
    )
    from django.conf import settings

    # Nobody collects files or attacks passwords here.
    files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": files}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The transaction around a test is idle for as long as the test computes, which takes longer on a busy machine.
    for database in settings.DATABASES.values():
        if "options" in database.get("OPTIONS", {}):
            database["OPTIONS"]["options"] = "-c idle_in_transaction_session_timeout=60s"
    # With sessions in the cache a page would take one query less, or not: by what happened before.
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    # The threads that derive would write, and count as queries, beside what a test does.
    settings.WORK_IN_SERVER = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def leave_reason(reason: str) -> None:
    """Make `bin/test` report in its summary why no test could begin."""
    if place := os.environ.get(services.REASON_VARIABLE):
        Path(place).write_text(reason)


def given_or_started_databases() -> services.Databases:
    """TEST_DATABASE_URL, or a PostgreSQL that lasts as long as the run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return services.Databases(given)
    return _stack.enter_context(services.running_postgresql()).databases


def given_or_started_redis() -> str:
    """TEST_REDIS_URL, or the address of a Redis that lasts as long as the run."""
    return os.environ.get("TEST_REDIS_URL") or _stack.enter_context(services.running_redis()).url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for the other kind of run."""
    other = "once" if config.getoption("--on") == "postgresql" else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A test database of this run alone. On SQLite it is a file, since several threads write to it at once."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    name = f"test_sarangbang_{os.getpid()}"
    if database["ENGINE"].endswith("sqlite3"):
        name = str(Path(os.environ["VAR_DIR"]) / name)
    database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session", autouse=True)
def _pages_are_imported() -> None:
    """Import the views before the first test, so that no test has to wait for it within its transaction."""
    from django.urls import get_resolver

    assert get_resolver().url_patterns


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_quickly() -> Iterator[None]:
    """Do not truncate all tables after each test that commits."""
    from django.test import TransactionTestCase

    from tests.harness.emptying import empty

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
        yield


@pytest.fixture(autouse=True)
def _nothing_left_over() -> None:
    """Reset cached answers, counted attempts, outages and channels."""
    from channels.layers import channel_layers

    from chat.live import outage
    from chat.queries.space import space_memory

    space_memory.clear()
    outage.storing.reset()
    outage.asking.reset()
    forget_limits()
    channel_layers.backends.clear()


@pytest.fixture(autouse=True)
def _rates_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass for rate limits: on a busy machine, what a test has used up would come back during it."""
    now = time.monotonic()
    monkeypatch.setattr("chat.services.rates.monotonic", lambda: now)


def forget_limits() -> None:
    """Reset all rate limits."""
    from django.core.cache import caches

    from chat.services import rates

    for cache in caches.all():
        cache.clear()
    rates.clear_all()


# --- Real servers -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def databases() -> services.Databases | None:
    """The PostgreSQL of this run; None on SQLite."""
    return _databases


@pytest.fixture(scope="session")
def installations(
    databases: services.Databases | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.Installations]:
    """Makes installations for real servers to serve."""
    made = services.Installations(
        tmp_path_factory.mktemp("installations"), databases=databases, redis_url=os.environ["REDIS_URL"]
    )
    yield made
    made.close()


@pytest.fixture
def installation(installations: services.Installations) -> Iterator[services.Installation]:
    """A fresh installation, without anyone in it; its servers are stopped after the test."""
    made = installations.create()
    yield made
    made.stop()


@pytest.fixture
def server(installation: services.Installation) -> services.Server:
    """The one server process of a fresh installation."""
    return installation.start_server()


# --- People and rooms -------------------------------------------------------------------------------------------------


@pytest.fixture
def space(db: None) -> Any:
    """The first run is over."""
    from chat.models import Space

    return Space.objects.create(name="Sarangbang")


def person(username: str, name: str) -> Any:
    """Somebody whose password is their username twice."""
    from chat.models import User

    return User.objects.create_user(username=username, password=username * 2, display_name=name)


@pytest.fixture
def mina(space: Any) -> Any:
    """Owns General and Founders."""
    return person("mina", "Mina")


@pytest.fixture
def joon(space: Any) -> Any:
    """A member of General and Founders."""
    return person("joon", "Joon")


@pytest.fixture
def stranger(space: Any) -> Any:
    """Signed up, and in no room."""
    return person("stranger", "Stranger")


@pytest.fixture
def general(mina: Any, joon: Any) -> Any:
    """A public room, without a message yet: not even a line about who joined."""
    from chat.services.memberships import join_room
    from chat.services.rooms import create_room
    from chat.services.system_lines import unwritten

    room = create_room(mina, name="General")
    with unwritten():
        join_room(joon, room_id=room.pk)
    room.refresh_from_db()
    return room


@pytest.fixture
def founders(mina: Any, joon: Any) -> Any:
    """A private room."""
    from chat.models import Room
    from chat.services.memberships import invite_member
    from chat.services.rooms import create_room
    from chat.services.system_lines import unwritten

    room = create_room(mina, name="Founders", kind="private")
    # Older private rooms have slugs that can be guessed, and tests need to know the slug.
    Room.objects.filter(pk=room.pk).update(slug="founders")
    with unwritten():
        invite_member(mina, room_id=room.pk, user_id=joon.pk)
    room.refresh_from_db()
    return room


# --- The admin --------------------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(space: Any) -> Any:
    """A superuser who is in no room."""
    from chat.models import User

    return User.objects.create_superuser("keeper", password="keeperkeeper", display_name="Keeper")


@pytest.fixture
def clerk(space: Any) -> Any:
    """Staff with every permission, but not superuser."""
    from django.contrib.auth.models import Permission

    user = person("clerk", "Clerk")
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def published_by(django_capture_on_commit_callbacks: Any) -> Iterator[Callable[..., list[Any]]]:
    """Runs something and returns what it published on the bus, as a hub would have received it."""
    from chat.bus.bus import bus
    from chat.bus.events import Event

    loop = asyncio.new_event_loop()
    received: list[Event] = []
    bus.attach(loop, received.append)

    def run(act: Callable[[], Any]) -> list[Event]:
        received.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        loop.run_until_complete(asyncio.sleep(0))
        return list(received)

    yield run
    bus.detach()
    loop.close()
