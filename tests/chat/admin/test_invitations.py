"""Invitation links in the admin: superusers see all of them, and revoke those of others."""

from typing import Any

import pytest

from chat.models import AuditEntry, Invitation, User
from chat.queries.invitations import is_open
from chat.services.invitations import create_invitation
from tests.harness.admin_actions import act_on, signed_in, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def inviter(joon: User) -> User:
    """Somebody of the staff, who has made a link."""
    joon.is_staff = True
    joon.save()
    return joon


def test_a_superuser_revokes_the_links_of_others(keeper: User, inviter: User) -> None:
    links = [create_invitation(inviter, days=7, max_uses=10) for _ in range(2)]
    client = signed_in(keeper)
    assert client.get(url("invitation", "changelist")).content.decode().count("0 / 10") == 2
    response = act_on(client, "invitation", "revoke_links", *(invitation for invitation, _ in links))
    assert "2 links were revoked." in response.content.decode()
    assert not any(is_open(token) for _, token in links)
    entries = AuditEntry.objects.filter(action="invitation.revoked")
    assert [(entry.actor, entry.way) for entry in entries] == [(keeper, "admin")] * 2


def test_only_superusers_see_the_list(inviter: User, keeper: User) -> None:
    address = url("invitation", "changelist")
    assert signed_in(inviter).get(address).status_code == 403
    assert address not in signed_in(inviter).get("/admin/").content.decode()
    assert address in signed_in(keeper).get("/admin/").content.decode()


def test_nobody_makes_changes_or_deletes_a_link_in_the_admin(keeper: User, inviter: User) -> None:
    invitation, _ = create_invitation(inviter, days=7, max_uses=10)
    client = signed_in(keeper)
    assert client.get(url("invitation", "change", invitation.pk)).status_code == 200
    for address in (url("invitation", "add"), url("invitation", "change", invitation.pk)):
        assert client.post(address, {"max_uses": 10_000}).status_code == 403
    assert client.post(url("invitation", "delete", invitation.pk), {"post": "yes"}).status_code == 403
    assert Invitation.objects.get().max_uses == 10


def test_the_list_takes_as_many_queries_for_many_links_as_for_few(
    keeper: User, inviter: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(keeper)
    create_invitation(inviter, days=7, max_uses=None)
    client.get(url("invitation", "changelist"))
    for _ in range(2):
        with django_assert_num_queries(3):
            assert client.get(url("invitation", "changelist")).status_code == 200
        for _ in range(5):
            create_invitation(inviter, days=7, max_uses=None)
