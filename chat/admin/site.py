"""The layout of the admin's pages: the name of the space, the navigation, the style sheet and the script."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat import policy
from chat.admin.base import actor
from chat.models import Space, User


def name(request: HttpRequest) -> str:
    """The name of the space."""
    space: Space | None = getattr(request, "space", None)
    return space.name if space is not None else settings.SITE_NAME


def icon(request: HttpRequest) -> str:
    """The URL of the icon: the picture of the space, if it has one."""
    space: Space | None = getattr(request, "space", None)
    if space is not None and space.picture:
        return str(space.picture.url)
    return static("chat/img/favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    """The URL of the style sheet with the paper colours and the reader's own font."""
    return static("chat/css/admin.css")


def queues_stylesheet(request: HttpRequest) -> str:
    """The URL of the style sheet of the queues of reported and held messages."""
    return static("chat/css/admin_queues.css")


def script(request: HttpRequest) -> str:
    """The URL of the script that makes Unfold's markup accessible to keyboards and screen readers."""
    return static("chat/js/admin.js")


def own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Redirect to the site's page for one's own password, which has rate limits."""
    return redirect("account_change_password")


def may_enter(request: HttpRequest) -> bool:
    """Whether the person may open the admin."""
    return isinstance(request.user, User) and policy.may_open_admin(request.user)


def set_up_first(sign_in: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page for people who may not open the admin: those who must use two-step sign-in are led to set it up."""

    def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User) and request.user.rights_suspended:
            return redirect("mfa_index")
        return sign_in(request, *args, **kwargs)

    return led


def own_addresses(addresses: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The admin's URLs without Django's `r/<path>/<path>/`, which redirects from ids to pages.

    It discloses the URL of any room to anybody, and takes seconds for a long run of slashes.
    """
    closed = path("r/<int:content_type_id>/<int:object_id>/", absent, name="view_on_site")
    return [closed, *(one for one in addresses if getattr(one, "name", None) != closed.name)]


def absent(request: HttpRequest, content_type_id: int, object_id: int) -> HttpResponse:
    """Always raises Http404."""
    raise Http404


LINKS: list[tuple[str, str | Promise, str]] = []
"""Icons, titles and views of lists that only superusers see, which apps beside the chat add in `AppConfig.ready`."""


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The links in the sidebar that the person may follow."""
    user = actor(request)
    may = user.has_perm
    ways = [
        ("space_dashboard", _("Overview"), "admin:index", True),
        ("group", _("People"), "admin:chat_user_changelist", may("chat.view_user")),
        ("forum", _("Rooms"), "admin:chat_room_changelist", may("chat.view_room")),
        ("chat_bubble", _("Messages"), "admin:chat_message_changelist", may("chat.view_message")),
        ("flag", _("Reports"), "admin:chat_report_changelist", policy.may_review(user)),
        ("hourglass", _("Held messages"), "admin:chat_heldmessage_changelist", policy.may_review(user)),
        ("link", _("Invitation links"), "admin:chat_invitation_changelist", policy.is_administrator(user)),
        ("vpn_key", _("Tokens"), "admin:chat_token_changelist", policy.is_administrator(user)),
        *((symbol, title, view, policy.is_administrator(user)) for symbol, title, view in LINKS),
        ("home", _("Space"), "admin:chat_space_changelist", may("chat.view_space")),
        ("key", _("Groups"), "admin:auth_group_changelist", policy.is_administrator(user)),
        ("conversion_path", _("Derivers"), "admin:chat_deriverstate_changelist", policy.is_administrator(user)),
        ("schedule", _("Background tasks"), "admin:chat_due_changelist", policy.is_administrator(user)),
        ("history", _("Audit"), "admin:chat_auditentry_changelist", policy.is_administrator(user)),
    ]
    return [
        {
            "title": None,
            "items": [
                {"icon": symbol, "title": title, "link": reverse(view)}
                for symbol, title, view, is_open in ways
                if is_open
            ],
        }
    ]
