"""A Redis cache that tolerates outages of Redis."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# A request waits at most this long for Redis.
REDIS_TIMEOUT_SECONDS = 0.5
# After a failure Redis is not asked again for this long, so that not every request waits.
PAUSE_SECONDS = 5.0
# How long the cached copy of a session may outlive a sign-out that Redis missed.
BRIEF_SECONDS = 60


# The answers of an empty cache, for the methods that do not return a single value.
EMPTY_ANSWERS = {"add": True, "get_many": {}, "has_key": False, "touch": False, "delete": False}


class ForgivingClient:
    """Django's Redis client, except that it answers like an empty cache while Redis is unavailable."""

    def __init__(self, *args: Any, **options: Any) -> None:
        timeouts = {"socket_timeout": REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": REDIS_TIMEOUT_SECONDS}
        self._client = RedisCacheClient(*args, **(timeouts | options))
        self._paused_until = 0.0

    def get(self, key: str, default: Any) -> Any:
        return self._forgive(self._client.get, default, key, default)

    def incr(self, key: str, delta: int) -> Any:
        """The incremented value. While Redis is unavailable, counting starts over."""
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
            logger.warning("The cache is unavailable (%s) and is not used for %g s.", error, PAUSE_SECONDS)
            return otherwise


class ForgivingRedisCache(RedisCache):
    """A cache that is empty and stores nothing while Redis is unavailable."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient


class BriefRedisCache(ForgivingRedisCache):
    """A cache that keeps nothing longer than BRIEF_SECONDS, for data that can be read from the database again.

    Signing out deletes the session from the cache. If Redis is unavailable at that moment, the cached copy stays, so
    copies must expire long before the session would.
    """

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int:
        wanted = super().get_backend_timeout(timeout)
        return BRIEF_SECONDS if wanted is None else min(int(wanted), BRIEF_SECONDS)
