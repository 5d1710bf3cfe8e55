"""Tokens in the admin: superusers see all of them, and revoke those of others."""

from typing import Any

import pytest

from chat.models import AuditEntry, Token, User
from tests.harness.admin_actions import act_on, signed_in, url
from tests.harness.tokens import made, token_of

pytestmark = pytest.mark.django_db


def test_a_superuser_revokes_the_tokens_of_others(keeper: User, mina: User, joon: User) -> None:
    tokens = [made(mina)[0], made(joon, "read")[0]]
    response = act_on(signed_in(keeper), "token", "revoke_tokens", *tokens)
    assert "2 tokens were revoked." in response.content.decode()
    assert not Token.objects.exists()
    entries = AuditEntry.objects.filter(action="token.revoked")
    assert [(entry.actor, entry.way) for entry in entries] == [(keeper, "admin")] * 2


def test_only_superusers_see_the_list_and_nobody_sees_a_token(clerk: User, keeper: User, mina: User) -> None:
    token, text = made(mina)
    address = url("token", "changelist")
    assert signed_in(clerk).get(address).status_code == 403
    for page in (address, url("token", "change", token.pk)):
        shown = signed_in(keeper).get(page).content.decode()
        assert "Script" in shown
        assert text not in shown
        assert token.digest not in shown


def test_nobody_creates_or_changes_a_token_in_the_admin(keeper: User, mina: User) -> None:
    token = made(mina)[0]
    client = signed_in(keeper)
    for address in (url("token", "add"), url("token", "change", token.pk)):
        assert client.post(address, {"scopes": '["manage"]'}).status_code == 403
    assert client.post(url("token", "delete", token.pk), {"post": "yes"}).status_code == 403
    assert Token.objects.filter(pk=token.pk, scopes=token.scopes).exists()


def test_the_list_takes_as_many_queries_for_many_tokens_as_for_few(
    keeper: User, mina: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(keeper)
    token_of(mina)
    client.get(url("token", "changelist"))
    for _ in range(2):
        with django_assert_num_queries(3):
            assert client.get(url("token", "changelist")).status_code == 200
        for _ in range(5):
            token_of(mina)
