"""Only exact origins may be set in API_ORIGINS."""

from typing import Any

import pytest

from api.checks import check_origins, is_origin

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "text", ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443", "https://xn--bj0bj06e.example"]
)
def test_an_origin_as_browsers_send_it_is_accepted(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "app.example.com",
        "https://",
        "https://*.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://user@app.example.com",
        "https://APP.example.com",
        "https://app.example.com:x",
        "ftp://app.example.com",
    ],
)
def test_anything_else_is_an_error_that_names_it(text: str, settings: Any) -> None:
    settings.API_ORIGINS = ["https://app.example.com", text]
    (error,) = check_origins()
    assert repr(text) in error.msg
