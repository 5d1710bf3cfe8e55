"""System checks of a site's settings."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.utils import timezone

from chat.derive import registry
from chat.derive.runner import LEASE
from chat.models import Lease, Space
from chat.models.space_settings import SETTINGS, Signups, contradiction

IDLE_MINUTES = 10
"""A site that is not running, or whose worker restarts, is no reason for a warning about the derivers."""

REDIS_SCHEMES = ("redis", "rediss", "unix")


@register(Tags.security)
def check_secret_key(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E001: SECRET_KEY signs sessions and reset links, so there is no safe default."""
    try:
        present = bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        present = False
    if present:
        return []
    return [
        Error(
            "There is no SECRET_KEY.",
            hint="Set SECRET_KEY to a long random text and keep it, or use bin/run, which generates one.",
            id="chat.E001",
        )
    ]


@register()
def check_redis_url(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E002: a REDIS_URL that Redis clients cannot read."""
    url = settings.REDIS_URL
    if not url:
        return []
    try:
        parts = urlsplit(url)
        readable = parts.scheme in REDIS_SCHEMES and bool(parts.path if parts.scheme == "unix" else parts.hostname)
        readable = readable and (parts.port or 1) > 0
    except ValueError:
        readable = False
    if readable:
        return []
    return [
        Error(
            "REDIS_URL is not the URL of a Redis server.",
            hint="Write it as redis://host:6379/0, rediss://user:password@host:6379/0 or unix:///path/to/socket.",
            id="chat.E002",
        )
    ]


@register()
def check_signups(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E003: SIGNUPS has three values, and a misspelt "closed" must not allow sign-ups."""
    if settings.SIGNUPS in Signups.values:
        return []
    return [
        Error(
            f"SIGNUPS is {settings.SIGNUPS!r}, which is not a valid value.",
            hint=f"Set SIGNUPS to one of: {', '.join(Signups.values)}.",
            id="chat.E003",
        )
    ]


@register()
def check_send_rate(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E004: a rate at which nobody could send anything."""
    if settings.SEND_RATE_PER_SECOND > 0 and settings.SEND_RATE_BURST >= 1:
        return []
    return [
        Error(
            "SEND_RATE_PER_SECOND and SEND_RATE_BURST allow nobody to send a message.",
            hint="Set SEND_RATE_PER_SECOND above 0 and SEND_RATE_BURST to at least 1.",
            id="chat.E004",
        )
    ]


@register()
def check_fitting_limits(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E011: contradictory limits in the environment."""
    found = contradiction({})
    if found is None:
        return []
    return [
        Error(
            f"SEND_RATE_BURST is {settings.SEND_RATE_BURST} and SEND_RATE_PER_SECOND is"
            f" {settings.SEND_RATE_PER_SECOND:g}: the burst is less than one second of the rate.",
            hint="Set SEND_RATE_BURST to at least SEND_RATE_PER_SECOND.",
            id="chat.E011",
        )
    ]


@register(Tags.database)
def check_stored_settings(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """chat.W005: stored settings of the space that have no effect, or contradict each other."""
    stored = _stored_settings(databases or ())
    wrong = sorted(name for name, value in stored.items() if not _is_known(name, value))
    found = contradiction(stored)
    if found is not None:
        wrong.append(found[0].name)
    if not wrong:
        return []
    return [
        Caution(
            f"Settings of the space are invalid or contradict each other: {', '.join(wrong)}.",
            hint="Save the page of the space in the admin. Until then, unknown values are ignored.",
            id="chat.W005",
        )
    ]


def _stored_settings(databases: Sequence[str]) -> dict[str, Any]:
    """The stored settings; empty if the database is not checked or has no such table yet."""
    if DEFAULT_DB_ALIAS not in databases:
        return {}
    try:
        space = Space.objects.current()
    except DatabaseError:
        return {}
    return {} if space is None else space.settings


def _is_known(name: str, value: object) -> bool:
    return name in SETTINGS and SETTINGS[name].accepts(value)


@register(Tags.database)
def check_database_engine(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E005: locks and upserts are tested only on SQLite and PostgreSQL."""
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    if engine in ("sqlite3", "postgresql"):
        return []
    return [
        Error(
            f"DATABASE_URL names an unsupported database: {engine!r}.",
            hint="Use PostgreSQL (postgres://user:password@host:5432/name) or SQLite (sqlite:////path/to/file).",
            id="chat.E005",
        )
    ]


@register(Tags.caches)
def check_several_processes(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.W001: PostgreSQL suggests several processes, which receive each other's events late without Redis."""
    if settings.REDIS_URL or not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return []
    return [
        Caution(
            "The database is PostgreSQL, but there is no REDIS_URL.",
            hint="This suffices for one server process. With several, set REDIS_URL; otherwise messages are late.",
            id="chat.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_mail(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.W002: password reset links are only written to the log."""
    if settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend":
        return []
    return [
        Caution(
            "Mails are written to the log: nobody can reset a forgotten password.",
            hint="Set EMAIL_URL, for example to smtp+tls://user:password@mail.example.com:587, and DEFAULT_FROM_EMAIL.",
            id="chat.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.W003: with "*", a forged Host header determines the links in mails."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Caution(
            'ALLOWED_HOSTS contains "*": an attacker can make links in mails lead to another site.',
            hint="Set ALLOWED_HOSTS to the host names of this site, separated by commas.",
            id="chat.W003",
        )
    ]


@register(Tags.security, deploy=True)
def check_site_url(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.W004: without SITE_URL, the host of a request determines the links in mails."""
    if settings.SITE_URL or settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend":
        return []
    return [
        Caution(
            "There is no SITE_URL: links in mails use the host of the request that sends them.",
            hint="Set SITE_URL to the address of this site, such as https://chat.example.com.",
            id="chat.W004",
        )
    ]


@register(Tags.security)
def check_form_of_site_url(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """chat.E009: SITE_URL is not a URL to which paths can be appended."""
    try:
        parts = urlsplit(settings.SITE_URL)
        readable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        readable = False
    else:
        readable = readable and parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if readable or not settings.SITE_URL:
        return []
    return [
        Error(
            "SITE_URL is not the address of a site.",
            hint="Write it with its scheme and without a path: https://chat.example.com.",
            id="chat.E009",
        )
    ]


@register(Tags.database)
def check_derivers_run(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """chat.W006: nobody derives what follows from messages."""
    if settings.WORK_IN_SERVER or not registry.DERIVERS or _has_worked(databases or ()):
        return []
    return [
        Caution(
            f"No process has done the background work of this site within the last {IDLE_MINUTES} minutes.",
            hint="Start it: systemctl enable --now sarangbang-work, or manage.py work. See docs/deploying.md.",
            id="chat.W006",
        )
    ]


def _has_worked(databases: Sequence[str]) -> bool:
    """Whether a process had the lease of the derivers lately; true as well if that cannot be known or is too early."""
    if DEFAULT_DB_ALIAS not in databases:
        return True
    try:
        space, lease = Space.objects.current(), Lease.objects.filter(name=LEASE).first()
    except DatabaseError:
        return True
    since = None if space is None else space.created_at
    if lease is not None:
        since = lease.expires_at
    return since is None or since > timezone.now() - timedelta(minutes=IDLE_MINUTES)
