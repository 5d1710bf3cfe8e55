"""What the environment makes of the settings, and that docs/settings.md says the same."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from chat.models.space_settings import SETTINGS, Choice, Setting, Words
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

PRODUCTION = {
    "SECRET_KEY": "a-long-and-random-text-of-more-than-fifty-characters-0123456789",
    "DATABASE_URL": "postgres://chat:secret@db.example.com:5432/chat",
    "REDIS_URL": "rediss://:secret@redis.example.com:6379/1",
    "ALLOWED_HOSTS": "chat.example.com",
    "EMAIL_URL": "smtp+tls://mailer:secret@mail.example.com:587",
    "DEFAULT_FROM_EMAIL": "chat@example.com",
    "TLS": "true",
    "SITE_URL": "https://chat.example.com",
}


def run_python(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Python in the project's directory, with this environment and nothing else of ours."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VAR_DIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments], cwd=BASE_DIR, env=inherited | env, capture_output=True, text=True, check=False
    )


def settings_of(*names: str, **env: str) -> dict[str, Any]:
    """The settings of these names in this environment."""
    script = (
        f"import json, chatproject.settings as s; print(json.dumps({{n: getattr(s, n) for n in {names}}}, default=str))"
    )
    done = run_python("-c", script, **env)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_without_any_environment_the_site_is_private_embedded_and_not_debugging(tmp_path: Path) -> None:
    found = settings_of(
        *("DEBUG", "ALLOWED_HOSTS", "DATABASES", "CHANNEL_LAYERS", "SESSION_ENGINE", "SIGNUPS"), VAR_DIR=str(tmp_path)
    )
    assert found["DEBUG"] is False
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "sarangbang.sqlite3")
    assert found["CHANNEL_LAYERS"]["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"
    assert found["SESSION_ENGINE"] == "django.contrib.sessions.backends.db"
    assert found["SIGNUPS"] == "open"


def test_sqlite_takes_the_write_lock_first_and_waits_for_it() -> None:
    options = settings_of("DATABASES", DATABASE_URL="sqlite:////somewhere/chat.sqlite3")["DATABASES"]["default"][
        "OPTIONS"
    ]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 10


def test_postgresql_comes_with_a_pool_and_without_connections_kept_by_threads() -> None:
    found = settings_of("DATABASES", DATABASE_POOL_SIZE="7", **PRODUCTION)["DATABASES"]["default"]
    assert (found["HOST"], found["NAME"], found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (
        *("db.example.com", "chat"),
        *(0, True),
    )
    assert found["OPTIONS"]["pool"]["max_size"] == 7


def test_options_in_the_database_url_win_over_ours() -> None:
    options = settings_of("DATABASES", DATABASE_URL="sqlite:////somewhere/chat.sqlite3?timeout=3")["DATABASES"][
        "default"
    ]
    assert options["OPTIONS"]["timeout"] == 3


def test_redis_carries_messages_sessions_and_rate_limits() -> None:
    found = settings_of("CHANNEL_LAYERS", "CACHES", "SESSION_ENGINE", "SESSION_CACHE_ALIAS", **PRODUCTION)
    layer = found["CHANNEL_LAYERS"]["default"]
    assert layer["BACKEND"] == "chatproject.channel_layer.PipelinedChannelLayer"
    (host,) = layer["CONFIG"]["hosts"]
    assert (host["address"], host["socket_timeout"], host["socket_connect_timeout"]) == (
        PRODUCTION["REDIS_URL"],
        None,
        2,
    )
    assert "Retry" in host["retry"]
    assert {cache["LOCATION"] for cache in found["CACHES"].values()} == {PRODUCTION["REDIS_URL"]}
    assert found["SESSION_ENGINE"] == "django.contrib.sessions.backends.cached_db"
    assert found["SESSION_CACHE_ALIAS"] in found["CACHES"]


def test_tls_makes_cookies_secure_and_redirects_and_pins_browsers() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    assert settings_of(*names, TLS="true") == dict(zip(names, (True, True, True, 31536000), strict=True))
    assert settings_of(*names) == dict(zip(names, (False, False, False, 0), strict=True))


def test_hsts_covers_subdomains_and_preload_lists_only_when_asked_for() -> None:
    names = ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    asked = {"HSTS_SUBDOMAINS": "true", "HSTS_PRELOAD": "true"}
    assert settings_of(*names, TLS="true") == dict.fromkeys(names, False)
    assert settings_of(*names, TLS="true", **asked) == dict.fromkeys(names, True)
    assert settings_of(*names, **asked) == dict.fromkeys(names, False)


def test_a_kept_secret_key_is_used_unless_one_is_given(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("kept\n")
    assert settings_of("SECRET_KEY", VAR_DIR=str(tmp_path)) == {"SECRET_KEY": "kept"}
    assert settings_of("SECRET_KEY", VAR_DIR=str(tmp_path), SECRET_KEY="given") == {"SECRET_KEY": "given"}


def test_the_check_for_deployment_has_nothing_to_say_about_a_production_environment() -> None:
    done = run_python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_a_command_without_a_secret_key_says_what_to_do(tmp_path: Path) -> None:
    done = run_python("manage.py", "check", VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "chat.E001" in done.stderr
    assert "Set SECRET_KEY" in done.stderr


@pytest.mark.django_db
def test_what_sqlite_has_acked_is_on_disk_and_readers_do_not_wait_for_writers() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL does so by default")
    with connection.cursor() as cursor:
        found = {
            pragma: cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


# --- docs/settings.md -------------------------------------------------------------------------------------------------


def variables_in_code() -> dict[str, str]:
    """Every variable that the settings read, with its default as one would write it in the environment."""
    found = {}
    for node in ast.walk(ast.parse((BASE_DIR / "chatproject" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("env."):
            (default,) = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
            name = ast.literal_eval(node.args[0])
            found[name] = written(default) if name != "VAR_DIR" else "var"
    return found


def written(default: ast.expr) -> str:
    """A default value in the syntax of the environment."""
    value = ast.literal_eval(default)
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_documentation_has_every_variable_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([A-Z][A-Z0-9_]+)` \| (?:`(.*?)`)? *\|", (BASE_DIR / "docs" / "settings.md").read_text(), re.MULTILINE
    )
    assert dict(rows) == variables_in_code()


def test_the_documentation_has_every_setting_of_the_space_with_its_default_and_bounds() -> None:
    section = (
        (BASE_DIR / "docs" / "settings.md").read_text().split("## What administrators change")[1].split("\n## ")[0]
    )
    rows = re.findall(r"^\| `([a-z_]+)` \| `(.+?)` \| (.*?) \|", section, re.MULTILINE)
    in_code = sorted((name, default_of(setting), bounds_of(setting)) for name, setting in SETTINGS.items())
    assert sorted(rows) == in_code


def default_of(setting: Setting[Any]) -> str:
    from_environment = {
        "signups": "SIGNUPS",
        "send_rate": "SEND_RATE_PER_SECOND",
        "send_burst": "SEND_RATE_BURST",
        "file_megabytes": "MAX_FILE_BYTES",
    }
    return from_environment.get(setting.name, str(setting.default))


def bounds_of(setting: Any) -> str:
    if isinstance(setting, Choice):
        return ", ".join(f"`{value}`" for value, _label in setting.choices)
    if isinstance(setting, Words):
        return f"{setting.most} words of {setting.chars} characters"
    return f"{setting.minimum:.10g} to {setting.maximum:.10g}"


def test_the_documentation_has_every_check_with_its_id() -> None:
    in_code = {
        found
        for checks in BASE_DIR.glob("*/checks.py")
        for found in re.findall(r'id="([a-z]+\.[EW]\d+)"', checks.read_text())
    }
    in_docs = set(
        re.findall(r"^\| `([a-z]+\.[EW]\d+)` \|", (BASE_DIR / "docs" / "settings.md").read_text(), re.MULTILINE)
    )
    assert in_docs == in_code
