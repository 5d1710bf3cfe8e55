"""How many requests one token or session may send, as the RateLimit headers of its answers say."""

import math

from chat.protocol.errors import RateLimited
from chat.services.rates import RateTable

REQUESTS = 300
SECONDS = 30
"""Most requests of one token or session in this many seconds."""

_requests = RateTable(burst=REQUESTS, per_second=REQUESTS / SECONDS)


def take(credential: str) -> dict[str, str]:
    """Count a request of a credential, given by name. Returns the headers that say what is left. Raises RateLimited."""
    wait = _requests.take(credential)
    if wait:
        raise RateLimited(retry_after=math.ceil(wait * 100) / 100)
    return headers_of(credential)


def headers_of(credential: str) -> dict[str, str]:
    """The headers of draft-ietf-httpapi-ratelimit-headers: what the limit is, what is left, and when all is back."""
    left, seconds = _requests.left(credential)
    return {
        "RateLimit-Policy": f'"requests";q={REQUESTS};w={SECONDS}',
        "RateLimit": f'"requests";r={left};t={math.ceil(seconds)}',
    }
