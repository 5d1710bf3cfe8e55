"""Signing out of the site."""

from allauth.account.views import LogoutView
from django.http import HttpRequest, HttpResponse


class SignOutView(LogoutView):  # type: ignore[misc]
    """Asks for confirmation, then ends the session; the browser clears its cached pages.

    The page's script removes drafts: clearing "storage" would also remove other people's unsent messages.
    """

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response
