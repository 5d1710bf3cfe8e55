"""A live site answers generated requests only as its OpenAPI document says, and never with a fault of its own."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.harness.services import Server
from tests.harness.team import Team

pytestmark = pytest.mark.once

EXAMPLES = 8
"""Requests for each operation."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def token(team: Team) -> str:
    """A token of Mina's with all scopes."""
    return team.installation.manage("token", "mina", "--scopes", "read,write,manage").strip()


@pytest.fixture(scope="module")
def described(server: Server) -> Any:
    """The document, as the site serves it."""
    return schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: Any, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
