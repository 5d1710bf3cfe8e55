"""Invitation links: who makes, uses and revokes them, and within which limits."""

import hashlib
from datetime import timedelta

import pytest
import segno
from django.conf import LazySettings
from django.utils import timezone

from chat import policy
from chat.models import AuditEntry, Invitation, Space, User
from chat.protocol.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from chat.queries.invitations import is_open, newest_open
from chat.services import invitations
from chat.services.invitations import OPEN_LINKS, create_invitation, revoke_invitation, use_invitation
from chat.web.invitations import about, qr_code
from tests.harness.space import set_space

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina(mina: User) -> User:
    """Somebody who may invite people."""
    mina.is_staff = True
    mina.save()
    return mina


def test_only_a_digest_of_the_token_is_stored(mina: User) -> None:
    invitation, token = create_invitation(mina, days=1, max_uses=None)
    stored = Invitation.objects.values().get()
    assert stored["token_digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(stored)
    assert len(token) >= 22
    assert create_invitation(mina, days=1, max_uses=None)[1] != token
    assert not is_open(stored["token_digest"])
    assert str(invitation) == f"#{invitation.pk}"


def test_who_may_not_invite_people_makes_no_link(joon: User) -> None:
    with pytest.raises(Forbidden):
        create_invitation(joon, days=1, max_uses=None)
    assert not Invitation.objects.exists()


def test_nobody_makes_a_link_while_sign_up_is_closed(mina: User, settings: LazySettings) -> None:
    settings.SIGNUPS = "closed"
    with pytest.raises(Conflict):
        create_invitation(mina, days=1, max_uses=None)


@pytest.mark.parametrize(
    ("days", "max_uses", "field"), [(0, 1, "days"), (366, 1, "days"), (1, 0, "max_uses"), (1, 10**9, "max_uses")]
)
def test_days_and_uses_have_bounds(mina: User, days: int, max_uses: int, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_invitation(mina, days=days, max_uses=max_uses)
    assert refusal.value.field == field


@pytest.mark.parametrize("days", [4, None])
def test_no_link_is_valid_longer_than_the_space_allows(mina: User, space: Space, days: int | None) -> None:
    set_space(invitation_days=3)
    with pytest.raises(Invalid):
        create_invitation(mina, days=days, max_uses=None)
    invitation, _ = create_invitation(mina, days=3, max_uses=None)
    assert invitation.ends_at(days=3) == invitation.expires_at
    assert invitation.ends_at(days=1) == invitation.created_at + timedelta(days=1)


def test_a_link_is_open_until_it_expires(mina: User) -> None:
    _, token = create_invitation(mina, days=1, max_uses=None)
    assert is_open(token)
    Invitation.objects.update(expires_at=timezone.now())
    assert not is_open(token)
    assert not use_invitation(token)


def test_a_link_admits_as_many_people_as_it_says(mina: User) -> None:
    _, token = create_invitation(mina, days=None, max_uses=2)
    assert [bool(use_invitation(token)) for _ in range(3)] == [True, True, False]
    assert Invitation.objects.get().uses == 2
    assert newest_open() == []


def test_a_link_without_limits_stays_open(mina: User) -> None:
    _, token = create_invitation(mina, days=None, max_uses=None)
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=4000), uses=10**6)
    assert use_invitation(token)


@pytest.mark.parametrize("token", ["", "x", "x" * 10**6, "\udc80", "é", "0" * 64])
def test_a_text_that_is_no_token_opens_nothing(mina: User, token: str) -> None:
    create_invitation(mina, days=None, max_uses=None)
    assert not is_open(token)
    assert not use_invitation(token)


def test_a_link_is_closed_while_its_maker_may_not_invite(mina: User) -> None:
    _, token = create_invitation(mina, days=None, max_uses=None)
    for change in ({"is_staff": False, "is_active": True}, {"is_staff": True, "is_active": False}):
        User.objects.filter(pk=mina.pk).update(**change)
        assert not is_open(token)
        assert not use_invitation(token)
    User.objects.filter(pk=mina.pk).update(is_active=True)
    assert is_open(token)


def test_a_revoked_link_stays_closed_and_revoking_it_again_changes_nothing(mina: User) -> None:
    invitation, token = create_invitation(mina, days=None, max_uses=None)
    revoke_invitation(mina, invitation_id=invitation.pk)
    at = Invitation.objects.get().revoked_at
    revoke_invitation(mina, invitation_id=invitation.pk)
    assert Invitation.objects.get().revoked_at == at
    assert not is_open(token)


def test_a_link_is_revoked_by_who_made_it_or_a_superuser(mina: User, joon: User, stranger: User) -> None:
    for user in (joon, stranger):
        user.is_staff = True
    stranger.is_superuser = True
    for user in (joon, stranger):
        user.save()
    invitation, _ = create_invitation(mina, days=None, max_uses=None)
    with pytest.raises(Forbidden):
        revoke_invitation(joon, invitation_id=invitation.pk)
    assert [policy.may_revoke_invitation(user, invitation) for user in (mina, joon, stranger)] == [True, False, True]
    revoke_invitation(stranger, invitation_id=invitation.pk)
    assert Invitation.objects.get().revoked_at
    mina.is_staff = False
    assert not policy.may_revoke_invitation(mina, invitation)


def test_an_unknown_link_cannot_be_revoked(mina: User, joon: User) -> None:
    with pytest.raises(NotFound):
        revoke_invitation(mina, invitation_id=1)
    with pytest.raises(Forbidden):
        revoke_invitation(joon, invitation_id=1)


def test_making_and_revoking_is_recorded_without_the_token(mina: User) -> None:
    invitation, token = create_invitation(mina, days=7, max_uses=10)
    use_invitation(token)
    revoke_invitation(mina, invitation_id=invitation.pk)
    entries = AuditEntry.objects.order_by("pk")
    found = [(entry.actor, entry.action, entry.target_id, entry.details) for entry in entries]
    assert found == [
        (mina, "invitation.created", invitation.pk, {"days": 7, "max_uses": 10}),
        (mina, "invitation.revoked", invitation.pk, {"uses": 1}),
    ]
    assert token not in str(list(entries.values()))


def test_a_person_has_a_limited_number_of_open_links(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "OPEN_LINKS", 2)
    first, _ = create_invitation(mina, days=1, max_uses=None)
    create_invitation(mina, days=1, max_uses=None)
    with pytest.raises(Conflict):
        create_invitation(mina, days=1, max_uses=None)
    revoke_invitation(mina, invitation_id=first.pk)
    create_invitation(mina, days=1, max_uses=None)
    assert OPEN_LINKS == 100


def test_links_are_made_within_a_rate(mina: User) -> None:
    for _ in range(20):
        create_invitation(mina, days=1, max_uses=None)
    with pytest.raises(RateLimited):
        create_invitation(mina, days=1, max_uses=None)


def test_a_link_says_how_many_joined_and_until_when(mina: User) -> None:
    limited, _ = create_invitation(mina, days=1, max_uses=10)
    endless, token = create_invitation(mina, days=None, max_uses=None)
    use_invitation(token)
    endless.refresh_from_db()
    assert about(limited).startswith("0 of 10 joined · until ")
    assert about(endless) == "1 person joined · no end"


def test_a_qr_code_is_the_path_of_its_dark_modules() -> None:
    link = "https://chat.example.com/accounts/signup/?invite=cNf2"
    code = qr_code(link)
    matrix = segno.make(link, micro=False, error="m").matrix
    drawn = [list(map(int, run.replace("h", " ").replace("v", " ").split()[:3])) for run in code.path.split("M")[1:]]
    dark = {(x + step, y) for x, y, width in drawn for step in range(width)}
    assert dark == {(x + 2, y + 2) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark}
    assert code.size == len(matrix) + 4
