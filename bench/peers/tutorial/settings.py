"""The settings that `startproject` generates, with the additions of parts 2 and 3 of the Channels tutorial.

The channel layer and the database come from the environment, so that one project serves all variants.
"""

import os
from typing import Any
from urllib.parse import urlsplit

SECRET_KEY = "bench"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]

INSTALLED_APPS = [
    "daphne",
    "bench.peers.tutorial.chat",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "bench.peers.tutorial.urls"
ASGI_APPLICATION = "bench.peers.tutorial.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
USE_TZ = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

_database = urlsplit(os.environ["DATABASE_URL"])
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.lstrip("/"),
        "USER": _database.username,
        "HOST": _database.hostname,
        "PORT": _database.port,
        # Without a pool, every message would open its own connection. Django's documentation on ASGI recommends a pool.
        "OPTIONS": {"pool": True},
    }
}

_redis = urlsplit(os.environ["REDIS_URL"])
_host: dict[str, Any] = {"host": _redis.hostname, "port": _redis.port}
if os.environ["LAYER"].endswith(".core.RedisChannelLayer"):
    # The tutorial's bare (host, port) loses a socket every 5 s with redis-py 8, whose read timeout equals the layer's.
    _host["socket_timeout"] = None
CHANNEL_LAYERS = {"default": {"BACKEND": os.environ["LAYER"], "CONFIG": {"hosts": [_host]}}}
