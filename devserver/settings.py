"""The settings of `bin/dev`: those of the site, with errors shown and everything read from the source."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import MIDDLEWARE, STORAGES, TEMPLATES

DEBUG = True

MIDDLEWARE = ["devserver.middleware.ReloadMiddleware", *MIDDLEWARE]

# Unhashed names; with DEBUG, WhiteNoise finds the files in the source at every request.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# Django's default loaders cache templates until the process ends.
LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {key: value for key, value in engine.items() if key != "APP_DIRS"}
    | {"OPTIONS": engine["OPTIONS"] | {"loaders": LOADERS}}
    for engine in TEMPLATES
]

# Cookies do not distinguish ports: the names keep people signed in to `bin/run` and `bin/dev` at once.
SESSION_COOKIE_NAME = "dev-sessionid"
CSRF_COOKIE_NAME = "dev-csrftoken"
