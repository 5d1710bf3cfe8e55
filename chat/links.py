"""Links that leave the site, in mails and invitations."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def site_link(request: HttpRequest, link: str) -> str:
    """A path of this site, or a link to it, as a link that leads there from anywhere.

    With SITE_URL it begins with that. Else it takes the host that was asked for, which is one of ALLOWED_HOSTS; of its
    port anybody could claim anything, so it must be the one that this process listens on, or none.
    """
    parts = urlsplit(link)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{settings.SITE_URL.rstrip('/') or requested_site(request)}{path}"


def requested_site(request: HttpRequest) -> str:
    """Scheme and host of the request, with its port where that can be right."""
    host = request.get_host()
    domain, port = split_domain_port(host)
    if port and port != str(request.META.get("SERVER_PORT", "")):
        host = domain
    return f"{request.scheme}://{host}"
