"""The site goes on, from the database, while its Redis is away."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore
from redis import Redis as PlainRedis

from chatproject import cache as cache_module
from chatproject.cache import BRIEF_SECONDS, BriefRedisCache, ForgivingRedisCache
from tests.harness.services import Redis, free_port, running_redis

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with running_redis() as started:
        yield started


@pytest.fixture
def nowhere() -> ForgivingRedisCache:
    """A cache whose Redis does not exist."""
    return ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", {})


def test_with_redis_it_is_a_cache_like_any_other(redis: Redis) -> None:
    cache = ForgivingRedisCache(redis.url, {})
    cache.set("greeting", "hello")
    cache.set_many({"a": 1, "b": 2})
    assert cache.get("greeting") == "hello"
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert cache.incr("a") == 2
    assert not cache.add("greeting", "again")
    assert "greeting" in cache
    assert cache.touch("greeting", 5)
    cache.delete_many(["a", "b"])
    assert cache.delete("greeting")
    assert cache.get("greeting", "gone") == "gone"


def test_an_error_that_is_not_of_the_connection_is_not_forgiven(redis: Redis) -> None:
    with pytest.raises(ValueError, match="not found"):
        ForgivingRedisCache(redis.url, {}).incr("never-set")


def test_without_redis_it_is_empty_and_takes_nothing(nowhere: ForgivingRedisCache) -> None:
    nowhere.set("greeting", "hello")
    assert nowhere.get("greeting", "nothing") == "nothing"
    assert nowhere.get_many(["greeting"]) == {}
    assert nowhere.add("attempts", 1) is True
    assert nowhere.incr("attempts") == 1
    assert nowhere.delete("greeting") is False
    assert "greeting" not in nowhere


def test_an_unavailable_redis_is_not_asked_again_during_the_pause(
    nowhere: ForgivingRedisCache, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        nowhere.get("greeting")
    assert len(caplog.records) == 1


def test_after_the_pause_an_unavailable_redis_is_asked_again(
    nowhere: ForgivingRedisCache, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 0.0)
    nowhere.get("greeting")
    nowhere.get("greeting")
    assert len(caplog.records) == 2


def test_a_full_redis_is_avoided_like_an_unreachable_one(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cache_module, "PAUSE_SECONDS", 60.0)
    cache = ForgivingRedisCache(redis.url, {})
    with PlainRedis.from_url(redis.url) as client:
        client.config_set("maxmemory", 1)
        try:
            cache.set("greeting", "hello")
            assert cache.incr("a") == 1
        finally:
            client.config_set("maxmemory", 0)
    [record] = caplog.records
    assert "maxmemory" in record.getMessage()
    assert record.exc_info is None


def test_a_redis_that_hangs_delays_one_request_by_half_a_second_and_the_next_by_nothing(redis: Redis) -> None:
    import time

    cache = ForgivingRedisCache(redis.url, {})
    cache.set("greeting", "hello")
    redis.freeze()
    try:
        began = time.monotonic()
        answers = [cache.get("greeting") for _ in range(100)]
        took = time.monotonic() - began
    finally:
        redis.thaw()
    assert set(answers) == {None}
    assert took < 3 * cache_module.REDIS_TIMEOUT_SECONDS


def test_the_cache_of_sessions_keeps_nothing_for_longer_than_a_minute(redis: Redis) -> None:
    cache = BriefRedisCache(redis.url, {})
    for timeout in (None, 14 * 24 * 3600):
        cache.set("session", {"user": 1}, timeout)
        assert 0 < cache._cache.get_client().ttl(cache.make_key("session")) <= BRIEF_SECONDS
    cache.set("session", {"user": 1}, 5)
    assert 0 < cache._cache.get_client().ttl(cache.make_key("session")) <= 5


@pytest.mark.django_db
def test_a_session_works_while_its_redis_is_unavailable(settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "gone": {
            "BACKEND": "chatproject.cache.BriefRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
        },
    }
    settings.SESSION_CACHE_ALIAS = "gone"
    session = SessionStore()
    session["room"] = "general"
    session.save()
    assert SessionStore(session.session_key)["room"] == "general"
    session.flush()
    assert "room" not in SessionStore(session.session_key)
