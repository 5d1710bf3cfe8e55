"""The Content-Security-Policy of pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Policy = dict[str, tuple[str, ...]]

HEADER = "Content-Security-Policy"

# No inline script, style element or style attribute is allowed, so text written by people can never become code.
PAGES: Policy = {
    "default-src": ("'self'",),
    "img-src": ("'self'", "data:", "blob:"),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}

# The admin's widgets are Alpine components, which compile their expressions with eval, and its colours and some sizes
# are style elements and attributes. Inline scripts are forbidden there, too.
ADMIN: Policy = PAGES | {
    "script-src": ("'self'", "'unsafe-eval'"),
    "style-src": ("'self'", "'unsafe-inline'"),
}

ADMIN_PATH = "/admin/"


def header(policy: Policy) -> str:
    """The policy as a header value."""
    return "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in policy.items())


class ContentSecurityPolicyMiddleware:
    """Adds the header to every response that does not set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pages = header(PAGES)
        self.admin = header(ADMIN)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.admin if request.path.startswith(ADMIN_PATH) else self.pages)
        return response
