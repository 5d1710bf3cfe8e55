"""docs/webhooks.md says what is so: its tables are those of the code, and its check of a signature works."""

import json
import re
import time
from typing import Any

import pytest

from tests.harness.services import BASE_DIR
from webhooks.deriver import MOST_WAITING
from webhooks.kinds import Kind
from webhooks.models.delivery import ANSWER_CHARS
from webhooks.retries import PAUSES
from webhooks.sending import KEPT, SECONDS
from webhooks.signature import secret_text, signed_headers

pytestmark = pytest.mark.once

PAGE = (BASE_DIR / "docs" / "webhooks.md").read_text()
SCRIPT = PAGE.split("```python\n")[1].split("```")[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = re.split(rf"^#+ {heading}$", PAGE, flags=re.MULTILINE)[1]
    table = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.strip().splitlines()[2:]]


def test_the_page_lists_every_kind_of_event() -> None:
    assert [row[0].strip("`") for row in rows("Outgoing")] == list(Kind.values)


def test_the_page_lists_every_retry() -> None:
    listed = [(int(number), int(pause.removesuffix(" s").replace(",", ""))) for number, pause in rows("Retries")]
    assert listed == list(enumerate(PAUSES, start=2))
    assert 23 * 3600 < sum(PAUSES) < 25 * 3600


def test_the_page_names_the_limits() -> None:
    for text in (f"{MOST_WAITING:,} deliveries", f"first {ANSWER_CHARS} characters", f"within {SECONDS:.0f} s"):
        assert text in PAGE
    assert f"for {KEPT.days} days" in PAGE


def test_the_example_is_json_with_an_event_of_the_table() -> None:
    example = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    assert example["type"] in Kind.values
    assert set(example["data"]) == {"room", "message", "user"}


def test_the_script_of_the_page_accepts_what_is_signed_and_nothing_else() -> None:
    names: dict[str, Any] = {}
    exec(SCRIPT, names)
    is_genuine = names["is_genuine"]
    now, secret, body = int(time.time()), secret_text("salt"), '{"a":"한"}'.encode()
    headers = signed_headers("salt", key="0b8ad1c5", timestamp=now, body=body)
    assert is_genuine(secret, headers, body)
    assert is_genuine(secret, {**headers, "webhook-signature": f"v1,x {headers['webhook-signature']}"}, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(secret_text("other"), headers, body)
    assert not is_genuine(secret, {**headers, "webhook-id": "other"}, body)
    old = signed_headers("salt", key="0b8ad1c5", timestamp=now - 3600, body=body)
    assert not is_genuine(secret, old, body)


def test_the_script_of_the_page_is_about_ten_lines() -> None:
    lines = [
        line for line in SCRIPT.splitlines() if line.strip() and not line.startswith("import") and '"""' not in line
    ]
    assert len(lines) <= 10


def test_the_signature_is_that_of_the_reference_of_standard_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    import base64

    from webhooks import signature

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    monkeypatch.setattr(signature, "secret_of", lambda _salt: secret)
    headers = signed_headers("", key="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
