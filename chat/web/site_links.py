"""Absolute links to this site, for mails and invitations."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def site_link(request: HttpRequest, link: str) -> str:
    """An absolute URL for a path of this site, or for an absolute link to it.

    It begins with SITE_URL if that is set, and otherwise with the host of the request, which is in ALLOWED_HOSTS. A
    client can claim any port, so only the one on which this process listens is kept.
    """
    parts = urlsplit(link)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{settings.SITE_URL.rstrip('/') or requested_site(request)}{path}"


def requested_site(request: HttpRequest) -> str:
    """Scheme and host of the request, with the port if it can be trusted."""
    host = request.get_host()
    domain, port = split_domain_port(host)
    if port and port != str(request.META.get("SERVER_PORT", "")):
        host = domain
    return f"{request.scheme}://{host}"
