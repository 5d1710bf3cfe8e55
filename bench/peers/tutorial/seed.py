"""Fills the tutorial's database with signed-in people: `python -m bench.peers.tutorial.seed WHAT` prints JSON."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402

PEOPLE = 1000

call_command("migrate", verbosity=0)
people = User.objects.bulk_create(User(username=f"person{n}", password="!") for n in range(PEOPLE))
cookies = []
for person in people:
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.create()
    cookies.append(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
json.dump({"cookies": cookies}, sys.stdout)
