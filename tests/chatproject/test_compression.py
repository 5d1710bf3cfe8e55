"""Pages and scripts are compressed, and immutable files are requested once."""

import gzip
import json
import re
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from chatproject.compression import CompressionMiddleware

pytestmark = pytest.mark.once

ZIPPED = {"accept-encoding": "gzip, br"}


@pytest.fixture
def browser(mina: Any, general: Any) -> Client:
    """A signed-in browser that accepts gzip."""
    client = Client(headers=ZIPPED)
    client.force_login(mina)
    return client


def test_a_page_is_compressed_for_browsers_that_ask_for_it(browser: Client, general: Any) -> None:
    compressed = browser.get(general.get_absolute_url())
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert b'id="bootstrap"' in gzip.decompress(compressed.content)
    plain = browser.get(general.get_absolute_url(), headers={"accept-encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(compressed.content) < len(plain.content) / 2


def test_the_length_of_a_page_varies_randomly(browser: Client) -> None:
    # Without the padding only the masked tokens would differ.
    lengths = [len(browser.get("/rooms/new/").content) for _ in range(30)]
    assert max(lengths) - min(lengths) > 20


@pytest.mark.parametrize(
    "response",
    [
        StreamingHttpResponse(["x" * 10_000], content_type="text/html"),
        HttpResponse("x" * 10_000, content_type="text/plain"),
        HttpResponse("x" * 10_000, content_type="image/png"),
    ],
    ids=["a stream", "text", "a picture"],
)
def test_streams_and_other_content_than_pages_are_not_compressed(response: HttpResponse) -> None:
    middleware = CompressionMiddleware(lambda request: response)
    answer = middleware(RequestFactory(headers=ZIPPED).get("/"))
    assert isinstance(answer, HttpResponseBase)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_checks_are_not_compressed(client: Client, db: None, path: str) -> None:
    assert "Content-Encoding" not in client.get(path, headers=ZIPPED).headers


def catalog_address(page: Any) -> str:
    [address] = re.findall(r'<script src="(/jsi18n/[^"]+)"', gzip.decompress(page.content).decode())
    return str(address)


def test_the_catalog_of_the_browser_is_cached_forever_under_its_hash(browser: Client, general: Any) -> None:
    found = {}
    for language, word in (("en", "ngettext"), ("ko", json.dumps("복사했어요"))):
        page = browser.get(general.get_absolute_url(), headers={"accept-language": language})
        address = found[language] = catalog_address(page)
        catalog = browser.get(address)
        assert catalog.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert catalog.headers["Content-Type"].startswith("text/javascript")
        assert word in gzip.decompress(catalog.content).decode()
    assert found["en"] != found["ko"]


def test_the_catalog_of_another_release_is_not_cached(client: Client, space: Any) -> None:
    assert client.get("/jsi18n/ko/0123456789ab.js").headers["Cache-Control"] == "no-cache"


def test_only_the_languages_of_the_site_have_a_catalog(client: Client, space: Any) -> None:
    assert client.get("/jsi18n/xx/0123456789ab.js").status_code == 404
