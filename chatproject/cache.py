"""Redis as a cache that a site can live without."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# A Redis that does not answer costs a request at most this much …
REDIS_TIMEOUT_SECONDS = 0.5
# … and is then left alone for this long, so that it does not cost every request as much.
PAUSE_SECONDS = 5.0
# How long a session that ended while Redis was away can live on in it.
BRIEF_SECONDS = 60


# What an empty cache answers to each question that is not about one value.
EMPTY_ANSWERS = {"add": True, "get_many": {}, "has_key": False, "touch": False, "delete": False}


class ForgivingClient:
    """Django's Redis client, which answers like an empty cache while Redis is away."""

    def __init__(self, *args: Any, **options: Any) -> None:
        timeouts = {"socket_timeout": REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": REDIS_TIMEOUT_SECONDS}
        self._client = RedisCacheClient(*args, **(timeouts | options))
        self._paused_until = 0.0

    def get(self, key: str, default: Any) -> Any:
        """The value, or `default`."""
        return self._forgive(self._client.get, default, key, default)

    def incr(self, key: str, delta: int) -> Any:
        """The value after counting up; the count begins anew while Redis is away."""
        return self._forgive(self._client.incr, delta, key, delta)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._forgive, getattr(self._client, name), EMPTY_ANSWERS.get(name))

    def _forgive(self, operation: Callable[..., Any], otherwise: Any, *args: Any) -> Any:
        if time.monotonic() < self._paused_until:
            return otherwise
        try:
            return operation(*args)
        except (RedisError, OSError) as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("The cache is away (%s); doing without it for %g s.", error, PAUSE_SECONDS)
            return otherwise


class ForgivingRedisCache(RedisCache):
    """A cache that is empty, and takes nothing, while Redis is away."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient


class BriefRedisCache(ForgivingRedisCache):
    """One that keeps nothing longer than BRIEF_SECONDS, for what the database can tell again.

    A session is deleted from the cache when someone signs out. If Redis is away at that moment the copy in it stays, so
    copies must not live for the weeks that a session does.
    """

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int:
        wanted = super().get_backend_timeout(timeout)
        return BRIEF_SECONDS if wanted is None else min(int(wanted), BRIEF_SECONDS)
