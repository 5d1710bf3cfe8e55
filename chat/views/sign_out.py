"""Signing out of the site."""

from allauth.account.views import LogoutView
from django.http import HttpRequest, HttpResponse


class SignOutView(LogoutView):  # type: ignore[misc]
    """Asks, then ends the session; the browser forgets the pages that it kept.

    Drafts are removed by the page's script: "storage" would also take what somebody else has not sent from here.
    """

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """End the session."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response
