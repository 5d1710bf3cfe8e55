"""The frame around the admin's pages: the name of the space, the ways through it, the colours."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.views import shortcut
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _

from chat.models import Space


def name(request: HttpRequest) -> str:
    """What the space is called."""
    space: Space | None = getattr(request, "space", None)
    return space.name if space is not None else settings.SITE_NAME


def icon(request: HttpRequest) -> str:
    """The sign of the chat."""
    return static("chat/img/favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    """Paper and the reader's own font."""
    return static("chat/css/admin.css")


def own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """People change their own password on the site, with its rate limits."""
    return redirect("account_change_password")


def linear_addresses(addresses: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The admin's addresses with one replaced: Django's `r/<path>/<path>/` takes seconds of a long row of slashes."""
    view = admin.site.admin_view(shortcut)
    on_site = path("r/<int:content_type_id>/<int:object_id>/", view, name="view_on_site")
    return [on_site, *(one for one in addresses if getattr(one, "name", None) != on_site.name)]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The ways in the sidebar, as far as the person may go them."""
    ways = [
        ("space_dashboard", _("Overview"), "admin:index", None),
        ("group", _("People"), "admin:chat_user_changelist", "chat.view_user"),
        ("forum", _("Rooms"), "admin:chat_room_changelist", "chat.view_room"),
        ("chat_bubble", _("Messages"), "admin:chat_message_changelist", "chat.view_message"),
        ("home", _("Space"), "admin:chat_space_changelist", "chat.view_space"),
        ("key", _("Groups"), "admin:auth_group_changelist", "auth.view_group"),
    ]
    return [
        {
            "title": None,
            "items": [
                {"icon": symbol, "title": title, "link": reverse(view)}
                for symbol, title, view, permission in ways
                if permission is None or request.user.has_perm(permission)
            ],
        }
    ]
