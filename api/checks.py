"""System checks of the API's settings."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register


@register
def check_origins(**_options: Any) -> list[Error]:
    """Each of API_ORIGINS must be one exact origin."""
    return [
        Error(
            f"API_ORIGINS contains {origin!r}, which is not an origin.",
            hint="Write each as https://app.example.com, without a path or a wildcard.",
            id="api.E001",
        )
        for origin in settings.API_ORIGINS
        if not is_origin(origin)
    ]


def is_origin(text: str) -> bool:
    """Whether a text is an origin as browsers send it: scheme, host and perhaps a port."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    written = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port is not None else ''}"
    return parts.scheme in ("http", "https") and bool(host) and "*" not in text and text == written
