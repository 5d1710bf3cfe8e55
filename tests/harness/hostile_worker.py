"""Measures the CPU time of a text, in a process that can be killed: `python -m tests.harness.hostile_worker`.

Reads JSON lines, [entrance, text, budget], and answers each with milliseconds of CPU time of this thread: of the first
attempt within the budget, or else the least of TRIES, since other load on the machine can only add to it.
"""

import contextlib
import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django
from django.core.exceptions import ValidationError

TRIES = 40

Entrance = Callable[[str], object]


def body(text: str) -> object:
    from chat.services.markup import render
    from chat.services.text import clean_body

    return render(clean_body(text))


def line(text: str) -> object:
    from chat.services.text import clean_line

    return clean_line(text, field="name", limit=80, required=True)


def name_on_pages(text: str) -> object:
    from django.utils.text import slugify

    from chat.services.usernames import suggest_username
    from chat.templatetags.people import initials

    return suggest_username(text), initials(text), slugify(text, allow_unicode=True)


def username(text: str) -> object:
    """Check a username, and compute its skeleton."""
    from chat.services.usernames import clean_username
    from chat.unicode import skeleton_digest

    return skeleton_digest(text[:254]), clean_username(text)


def headers(text: str) -> object:
    from django.http import HttpRequest
    from django.http.cookie import parse_cookie
    from django.utils.translation import get_language_from_request

    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = text
    return get_language_from_request(request), parse_cookie(text)


def address(text: str) -> object:
    from django.urls import Resolver404, resolve

    for path in ("", "admin/r/", "admin/chat/room/", "rooms/", "accounts/password/reset/key/", "media/"):
        try:
            resolve(f"/{path}{text}")
        except Resolver404:
            continue
    return None


def forms(owner: Any) -> dict[str, Entrance]:
    """Each form of the site, with the same text in all fields."""
    from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm

    from chat.web.forms import InviteForm, ProfileForm, RoomForm, RoomSettingsForm, SignupForm, WelcomeForm

    def filled(form: Any, **options: Any) -> Entrance:
        def fill(text: str) -> object:
            fields = form(**options).fields
            return form(data=dict.fromkeys(fields, text), **options).is_valid()

        return fill

    return {
        "form: sign-up": filled(SignupForm),
        "form: sign-in": LoginForm().fields["login"].clean,
        "form: reset": filled(ResetPasswordForm),
        "form: email": filled(AddEmailForm, user=owner),
        "form: first run": filled(WelcomeForm, asks_code=True, address="192.0.2.1"),
        "form: profile": filled(ProfileForm, user=owner),
        "form: room": filled(RoomForm, user=owner),
        "form: room settings": filled(RoomSettingsForm, user=owner),
        "form: invite": filled(InviteForm, room=owner.created_rooms.first(), inviter=owner),
    }


def searches(owner: Any) -> dict[str, Entrance]:
    """The search of the directory and of every list of the admin, and the filters by day."""
    from django.apps import apps
    from django.contrib import admin
    from django.http import HttpRequest, QueryDict

    def asking(text: str) -> HttpRequest:
        request = HttpRequest()
        query = QueryDict(mutable=True)
        query["q"] = text
        request.GET = query  # type: ignore[assignment]  # it need not be immutable
        request.user = owner
        return request

    def directory(text: str) -> object:
        from chat.models import Room
        from chat.web.views.directory import searched_for

        query = searched_for(asking(text))
        return list(Room.objects.visible_to(owner).listed_for(owner).matching(query)[:50])

    def in_admin(model: Any) -> Entrance:
        def search(text: str) -> object:
            request = asking(text)
            page = admin.site.get_model_admin(model)
            found, _may_repeat = page.get_search_results(request, page.get_queryset(request), text)
            return list(found[:50])

        return search

    listed = [model for model in apps.get_models() if admin.site.is_registered(model)]
    return {"search: directory": directory} | {
        f"search: {model.__name__}": in_admin(model)
        for model in listed
        if admin.site.get_model_admin(model).search_fields
    }


def day(text: str) -> object:
    from chat.admin.filters import read_day

    return read_day(text)


def entrances() -> dict[str, Entrance]:
    """Every entrance for a text, by name, on a site with a few rooms."""
    from django.core.management import call_command

    from chat.services.rooms import create_room
    from chat.services.spaces import create_space

    call_command("migrate", verbosity=0)
    owner = create_space(name="Sarangbang", username="mina", display_name="Mina", password="mina-mina-mina")
    for number in range(10):
        create_room(owner, name=f"Room {number}", topic="What it is for")
    plain = {
        "body": body,
        "line": line,
        "name on pages": name_on_pages,
        "username": username,
        "headers": headers,
        "address": address,
        "day": day,
    }
    return plain | forms(owner) | searches(owner)


def milliseconds(entrance: Entrance, text: str, budget: float) -> float:
    """The cost of one call, including that of a refusal."""
    from chat.protocol.errors import ChatError

    least = float("inf")
    for _try in range(TRIES):
        began = time.thread_time()
        with contextlib.suppress(ChatError, ValidationError):
            entrance(text)
        least = min(least, (time.thread_time() - began) * 1000)
        if least <= budget:
            break
    return least


def main() -> None:
    django.setup()
    gc.disable()  # a collection would be charged to the text that it interrupts
    ways = entrances()
    answer(list(ways))
    for asked in sys.stdin:
        way, text, budget = json.loads(asked)
        answer(milliseconds(ways[way], text, budget))


def answer(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
