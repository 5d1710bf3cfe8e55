"""The HTTP status of each error code."""

from chat.protocol.errors import ChatError, Held, RateLimited, TooSoon

STATUS_OF = {
    "invalid": 400,
    "unknown_command": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "archived": 403,
    "muted": 403,
    "slow": 429,
    "held": 202,
    "too_large": 413,
    "rate_limited": 429,
    "unavailable": 503,
}
"""Of `held` too it is true that the request was accepted: an administrator decides what becomes of it."""

assert STATUS_OF[Held.code] < 300 < STATUS_OF[TooSoon.code] == STATUS_OF[RateLimited.code]  # noqa: S101


def status_of(error: ChatError | None) -> int:
    """The status for a reply."""
    return 200 if error is None else STATUS_OF[error.code]
