"""A live site answers generated requests only as its OpenAPI document says, and never with a fault of its own."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.openapi import document
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


SCHEMA: Any = schemathesis.openapi.from_dict(document())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_documented(operation: Any, server: Server, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def try_it(case: Any) -> None:
        response = case.call(base_url=server.url, headers=headers)
        case.validate_response(response, checks=CHECKS)

    try_it()
