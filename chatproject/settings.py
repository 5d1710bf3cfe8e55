"""The settings of a site, read from the environment. docs/settings.md explains each variable."""

from pathlib import Path
from typing import Any

import environ
from django.utils.translation import gettext_lazy as _
from psycopg_pool import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))


def kept_secret_key() -> str:
    """The key that `bin/run` generated and stored in VAR_DIR; empty if there is none."""
    kept = VAR_DIR / "secret-key"
    return kept.read_text().strip() if kept.is_file() else ""


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Origins whose pages may call the API from a browser, such as https://app.example.com: with tokens, never with cookies.
API_ORIGINS = env.list("API_ORIGINS", default=[])

# Ports to which webhooks are sent; and hosts, each with its port (gitlab.intra:8443), which get them although their
# addresses are not public.
WEBHOOK_PORTS = env.list("WEBHOOK_PORTS", cast=int, default=[80, 443])
WEBHOOK_PRIVATE_HOSTS = env.list("WEBHOOK_PRIVATE_HOSTS", default=[])

# --- The space -------------------------------------------------------------------------------------------------------

# The name of the space until it is created.
SITE_NAME = env.str("SITE_NAME", default="Sarangbang")
# Base URL of links in mails and invitations; if empty, they use the host of the request that sends them.
SITE_URL = env.str("SITE_URL", default="")
SIGNUPS = env.str("SIGNUPS", default="open")
SEND_RATE_PER_SECOND = env.float("SEND_RATE_PER_SECOND", default=2.0)
SEND_RATE_BURST = env.int("SEND_RATE_BURST", default=20)

# --- The application -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "chat",
    "notify",
    "api",
    "webhooks",
    "files",
    "search",
    "previews",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatproject.compression.CompressionMiddleware",
    "chatproject.csp.ContentSecurityPolicyMiddleware",
    "chat.web.middleware.OriginMiddleware",
    "chat.web.middleware.SpaceMiddleware",
    "chat.web.middleware.MediaMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "chat.web.middleware.RefusalMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chat.web.write_limits.WriteLimitMiddleware",
    "chat.web.middleware.PrivatePagesMiddleware",
    "chat.web.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "chat.web.appearance.appearance",
                "chat.web.in_shell.page_base",
            ],
        },
    },
]

# --- The database ----------------------------------------------------------------------------------------------------

DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=10)
DATABASE_PREPARE = env.bool("DATABASE_PREPARE", default=True)

# An ack promises that the message is on disk, hence synchronous=FULL. IMMEDIATE takes the write lock at BEGIN, where
# SQLite can wait for it; in the middle of a transaction it could only fail.
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
}


def restart_attempts(pool: ConnectionPool[Any]) -> None:
    """Restart the connection attempts of a psycopg pool that has given up.

    By default the pool backs off for five minutes, and then retries only for the next request, which does not help
    requests that are already waiting.
    """
    pool.check()


# A request's thread lives only as long as the request, so psycopg's pool keeps the connections, not the threads.
# A machine that disappears sends no RST, hence the keepalive options in seconds, and tcp_user_timeout in milliseconds.
# A process that freezes inside a transaction holds the locks of its rooms, so PostgreSQL ends idle transactions.
POSTGRESQL_OPTIONS: dict[str, Any] = {
    "pool": {
        "min_size": min(2, DATABASE_POOL_SIZE),
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 10,
        "reconnect_timeout": 2,
        "reconnect_failed": restart_attempts,
    },
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "options": "-c idle_in_transaction_session_timeout=5s",
}


def database(url: str) -> dict[str, Any]:
    """The default database with the options for its engine; a SQLite file in VAR_DIR if there is no URL."""
    found: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR_DIR / "sarangbang.sqlite3"}
    if url:
        found = dict(environ.Env.db_url_config(url))
    if found["ENGINE"].endswith(".sqlite3"):
        tuned = SQLITE_OPTIONS
    else:
        tuned = POSTGRESQL_OPTIONS
        found |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    return found | {"OPTIONS": tuned | found.get("OPTIONS", {})}


DATABASES = {"default": database(env.str("DATABASE_URL", default=""))}

# --- Redis: the channel layer between processes, and the cache for sessions and rate limits ---------------------------

REDIS_URL = env.str("REDIS_URL", default="")
# Whether server processes do the background work in threads, instead of `manage.py work`. Without Redis they always do.
WORK_IN_SERVER = env.bool("WORK_IN_SERVER", default=False) or not REDIS_URL

CHANNEL_LAYERS: dict[str, dict[str, Any]]
CACHES: dict[str, dict[str, Any]]

if REDIS_URL:
    # redis-py 8 disconnects an idle subscriber after 5 s and by default never retries; a bounded retry keeps sockets
    # open through a restart of Redis.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "chatproject.channel_layer.PipelinedChannelLayer",
            "CONFIG": {
                "prefix": "chat",
                "hosts": [
                    {
                        "address": REDIS_URL,
                        "socket_timeout": None,
                        "socket_connect_timeout": 2,
                        "health_check_interval": 15,
                        "retry": Retry(
                            ExponentialBackoff(cap=1, base=0.05),
                            8,
                            supported_errors=(RedisConnectionError, RedisTimeoutError, OSError),  # type: ignore[arg-type]
                        ),
                    }
                ],
            },
        }
    }
    # Sessions have their own cache, in which nothing lives longer than a minute: see chatproject.cache.
    CACHES = {
        alias: {"BACKEND": backend, "LOCATION": REDIS_URL, "KEY_PREFIX": alias}
        for alias, backend in {
            "default": "chatproject.cache.ForgivingRedisCache",
            "sessions": "chatproject.cache.BriefRedisCache",
        }.items()
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    SESSION_CACHE_ALIAS = "sessions"
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}}
    # With Django's default of 300 entries, 300 anonymous visitors would evict allauth's counts.
    LOCAL_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 50_000}}
    CACHES = {"default": LOCAL_CACHE}
    SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "chat.services.passwords.NamesValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "chat.services.passwords.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_ADAPTER = "chat.web.account_adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "chat.web.forms.SignupForm",
    "reset_password": "chat.web.forms.ResetPasswordForm",
    "add_email": "chat.web.forms.AddEmailForm",
    "change_password": "chat.web.forms.ChangePasswordForm",
}
ACCOUNT_CHANGE_EMAIL = True  # one address per person, replaced once the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "none"
# Sign-up accepts an address that belongs to somebody else: see chat.services.email_addresses.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
# chat.services.attempts limits failed sign-ins, sign-ups and mails, instead of allauth's counts in the cache.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "", "signup": "", "reset_password": ""}
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "chat.web.two_steps_adapter.TwoStepsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "activate_totp": "chat.web.forms.two_steps.ActivateAppForm",
    "authenticate": "chat.web.forms.two_steps.CodeForm",
    "reauthenticate": "chat.web.forms.two_steps.CodeAgainForm",
    "authenticate_webauthn": "chat.web.forms.two_steps.PasskeyForm",
    "reauthenticate_webauthn": "chat.web.forms.two_steps.PasskeyAgainForm",
    "login_webauthn": "chat.web.forms.two_steps.PasskeySignInForm",
    "add_webauthn": "chat.web.forms.two_steps.AddPasskeyForm",
    "edit_webauthn": "chat.web.forms.two_steps.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a code is accepted 30 s before and after its time: phones are not exact
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are optional, and an unconfirmed one signs nobody in
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# The number of proxies that append to X-Forwarded-For; rate limits use the address that they report.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)

# --- Mail ------------------------------------------------------------------------------------------------------------

# Without a mail server, mails are written to the log.
vars().update(environ.Env.email_url_config(env.str("EMAIL_URL", default="") or "consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="sarangbang@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

# --- Limits for each client ------------------------------------------------------------------------------------------

# A larger body is refused unread and a smaller one is kept in memory. A path prefix may have its own, higher limit
# here; its views must read the body in chunks.
BODY_LIMIT_BYTES = env.int("BODY_LIMIT_BYTES", default=65536)
PICTURE_BODY_BYTES = 5 * 1024 * 1024 + 64 * 1024
"""A picture of the largest accepted size, and the rest of its form."""
BODY_LIMITS_BY_PATH = {
    **dict.fromkeys(("/profile/picture/", "/profile/bots/", "/space/picture/", "/space/emoji/"), PICTURE_BODY_BYTES),
    "/api/v1/commands": 256 * 1024,
    "/webhooks/in/": 256 * 1024,
    "/files/uploads/": 1024 * 1024,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES  # of the fields of a form; files are not counted
FILE_UPLOAD_HANDLERS = [
    "chat.web.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
REQUEST_HEADER_SECONDS = env.float("REQUEST_HEADER_SECONDS", default=10.0)
REQUEST_BODY_SECONDS = env.float("REQUEST_BODY_SECONDS", default=30.0)
CONNECTIONS_PER_ADDRESS = env.int("CONNECTIONS_PER_ADDRESS", default=500)
LIVE_PATHS = ["/api/v1/events"]  # their responses are streams of events, which count like sockets
SOCKETS_PER_PERSON = env.int("SOCKETS_PER_PERSON", default=50)
MEMORY_LIMIT_MB = env.int("MEMORY_LIMIT_MB", default=0)
WEBSOCKET_COMPRESSION = env.bool("WEBSOCKET_COMPRESSION", default=True)

# --- Languages and times ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["chatproject.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_DIR", default="") or VAR_DIR / "static")
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
SEARCH_FILE = VAR_DIR / "search.sqlite3"  # with SQLite: the index of messages, which can be built again at any time
EXPORTS_ROOT = VAR_DIR / "exports"  # what people download of their own data; never served by path
# Files of messages: parts of uploads that are not finished, and where finished ones are stored. Never served by path.
UPLOADS_ROOT = VAR_DIR / "uploads"
FILES_ROOT = Path(env.str("FILES_DIR", default="") or VAR_DIR / "files")
# The largest file, if no administrator sets another limit: 100 MiB.
MAX_FILE_BYTES = env.int("MAX_FILE_BYTES", default=104_857_600)
# The location in nginx from which it serves FILES_ROOT itself; if empty, this process does.
FILES_ACCEL_LOCATION = env.str("FILES_ACCEL_LOCATION", default="")
# A bucket of an S3 server in which files are stored instead; needs requirements-s3.txt. boto3 reads the credentials
# from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or wherever else it finds some.
FILES_S3_BUCKET = env.str("FILES_S3_BUCKET", default="")
FILES_S3_ENDPOINT = env.str("FILES_S3_ENDPOINT", default="")
FILES_S3_REGION = env.str("FILES_S3_REGION", default="")
# Only this process reads uploads; nginx reads static files as another user, independently of the umask.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700


def files_storage() -> dict[str, Any]:
    """The storage of files: a bucket, or a folder, which the group may read if nginx sends files from it."""
    if FILES_S3_BUCKET:
        where = {"endpoint_url": FILES_S3_ENDPOINT or None, "region_name": FILES_S3_REGION or None}
        return {"BACKEND": "files.bucket.BucketStorage", "OPTIONS": {"bucket_name": FILES_S3_BUCKET, **where}}
    folder: dict[str, Any] = {"location": FILES_ROOT}
    if FILES_ACCEL_LOCATION:
        folder |= {"file_permissions_mode": 0o640, "directory_permissions_mode": 0o750}
    return {"BACKEND": "files.folder.FolderStorage", "OPTIONS": folder}


STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "files": files_storage(),
    "staticfiles": {
        "BACKEND": "chatproject.static.HashedStaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# --- Security --------------------------------------------------------------------------------------------------------

# TLS=true means that people reach the site over HTTPS, terminated by a proxy that sets X-Forwarded-Proto.
TLS = env.bool("TLS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # load balancers request these over plain HTTP
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
# Opt-in, because subdomains may lack HTTPS and removal from browsers' preload lists takes long.
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS and env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = TLS and env.bool("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they require both
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
LANGUAGE_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "chat.web.views.csrf_failure"

# --- The admin -------------------------------------------------------------------------------------------------------

# The celadon and hanji colours of the pages, as Unfold's scales from light to dark.
UNFOLD = {
    "SITE_TITLE": "chat.admin.site.name",
    "SITE_HEADER": "chat.admin.site.name",
    "SITE_ICON": "chat.admin.site.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "chat.admin.site.icon"}],
    "STYLES": ["chat.admin.site.stylesheet", "chat.admin.site.queues_stylesheet"],
    "SCRIPTS": ["chat.admin.site.script"],
    "DASHBOARD_CALLBACK": "chat.admin.dashboard.overview",
    "SIDEBAR": {"navigation": "chat.admin.site.navigation"},
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "#eff6f3",
            "100": "#dcebe5",
            "200": "#bcdacf",
            "300": "#9bcdbd",
            "400": "#86c9b5",
            "500": "#4c9482",
            "600": "#2f6f62",
            "700": "#285d53",
            "800": "#234b43",
            "900": "#1d332d",
            "950": "#101f1b",
        },
        "base": {
            "50": "#f4f1e8",
            "100": "#e9e4d6",
            "200": "#e3ddcd",
            "300": "#d6cfbd",
            "400": "#959996",
            "500": "#5f666a",
            "600": "#51595d",
            "700": "#363d41",
            "800": "#24292b",
            "900": "#16191b",
            "950": "#101314",
        },
    },
}

# --- Logs ------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "refusals": {"()": "chatproject.logs.BriefRefusals"},
        "outages": {"()": "chatproject.logs.BriefOutages"},
        "seldom": {"()": "chatproject.logs.Seldom"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handlers would log everything twice, or mail it.
        "django": {"handlers": [], "level": "NOTSET", "propagate": True},
        "daphne": {"level": "WARNING"},
        "django.request": {"filters": ["outages"]},
        "urllib3": {"level": "ERROR"},  # its warnings contain addresses, which are secrets of their receivers
        "psycopg.pool": {"filters": ["seldom"]},
    },
}
