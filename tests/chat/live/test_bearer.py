"""Requests that authenticate with a token in their headers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.live.bearer import bearer_text, token_credential
from chat.live.hub import Hub, current_hub
from chat.live.reader_pool import run_in_reader
from chat.models import Token, User
from chat.models.token import Scope, new_token
from chat.protocol.errors import CloseCode
from chat.queries.sessions import SignedIn
from chat.services.tokens import revoke_token
from tests.harness.inprocess import end, until
from tests.harness.tokens import made, token_of
from tests.harness.transports import FunctionTransport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def hub(space: Any) -> AsyncIterator[Hub]:
    """The hub of this process."""
    yield current_hub()
    end(current_hub())


async def ignore(_text: str) -> None:
    """Send nothing."""


def bearing(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]


async def test_a_token_in_the_header_authenticates_its_person(hub: Hub, mina: User) -> None:
    text = await run_in_reader(token_of, mina, "read")
    access = await token_credential(bearing(text))
    assert access is not None
    assert (access.user, access.scopes, access.rooms) == (mina, frozenset({Scope.READ}), None)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer \xff\x00")],
        [(b"authorization", b"Basic bWluYTptaW5h")],
        [(b"authorization", b"Bearer " + b"x" * 10_000)],
        bearing("x" * 47),
        bearing(new_token(is_bot=False)),
    ],
)
async def test_anything_else_authenticates_nobody(hub: Hub, mina: User, headers: list[tuple[bytes, bytes]]) -> None:
    assert await token_credential(headers) is None


async def test_two_headers_authenticate_nobody(hub: Hub, mina: User, joon: User) -> None:
    both = bearing(await run_in_reader(token_of, mina)) + bearing(await run_in_reader(token_of, joon))
    assert await token_credential(both) is None


def test_the_scheme_is_compared_without_its_case() -> None:
    assert bearer_text([(b"authorization", b"bearer srbp_x ")]) == "srbp_x"
    assert bearer_text([(b"cookie", b"a=b")]) is None


async def test_use_is_recorded_after_the_request(hub: Hub, mina: User) -> None:
    token, text = await run_in_reader(made, mina)
    assert await token_credential(bearing(text))

    def used_at() -> Any:
        return Token.objects.get(pk=token.pk).used_at

    while (first := await run_in_reader(used_at)) is None:
        pass
    assert timezone.now() - first < timedelta(minutes=1)
    assert await token_credential(bearing(text))
    assert await run_in_reader(used_at) == first


async def test_a_connection_of_a_token_closes_when_it_is_revoked(hub: Hub, mina: User) -> None:
    codes: list[int] = []

    async def close(code: int) -> None:
        codes.append(code)

    (token, text), other = await run_in_reader(made, mina), await run_in_reader(token_of, mina)
    for one in (text, other):
        access = await token_credential(bearing(one))
        assert access is not None
        hub.connect(FunctionTransport(ignore, close), SignedIn(access.user, access.credential), [], language="en")
    await hub.reconciler.access(list(hub.registry.people.values()))
    assert codes == []
    await run_in_reader(revoke_token, mina, token_id=token.pk)
    await until(lambda: codes == [CloseCode.SIGNED_OUT])


async def test_the_reconciler_closes_a_connection_whose_revocation_was_not_heard_of(hub: Hub, mina: User) -> None:
    codes: list[int] = []

    async def close(code: int) -> None:
        codes.append(code)

    access = await token_credential(bearing(await run_in_reader(token_of, mina)))
    assert access is not None
    hub.connect(FunctionTransport(ignore, close), SignedIn(access.user, access.credential), [], language="en")
    await run_in_reader(Token.objects.all().delete)
    await hub.reconciler.access(list(hub.registry.people.values()))
    await until(lambda: codes == [CloseCode.SIGNED_OUT])
