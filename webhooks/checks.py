"""System checks of the settings of webhooks."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

LARGEST_PORT = 65535


@register
def check_private_hosts(**_options: Any) -> list[Error]:
    """Each of WEBHOOK_PRIVATE_HOSTS must be a host with a port."""
    return [
        Error(
            f"WEBHOOK_PRIVATE_HOSTS contains {text!r}, which is not a host with a port.",
            hint="Write each as gitlab.intra:8443, in lower case, without a scheme, a path or a wildcard.",
            id="webhooks.E001",
        )
        for text in settings.WEBHOOK_PRIVATE_HOSTS
        if not is_host_with_port(text)
    ]


def is_host_with_port(text: str) -> bool:
    """Whether a text is a host and a port, as requests are compared with it."""
    host, _colon, port = text.rpartition(":")
    is_port = port.isascii() and port.isdecimal() and str(int(port)) == port and 0 < int(port) <= LARGEST_PORT
    is_host = bool(host) and host == host.lower() and not any(char in "*/@[] " or char.isspace() for char in host)
    return is_port and is_host
