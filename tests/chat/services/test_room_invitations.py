"""Invitations into private rooms: nobody is a member before they accept, and nobody is notified that they declined."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.bus.events import MemberJoined, PersonChanged
from chat.models import AuditEntry, Membership, Message, Room, RoomInvitation, User
from chat.protocol.errors import Archived, Conflict, Forbidden, Invalid, NotFound, RateLimited
from chat.services import room_invitations
from chat.services.erasure import erase
from chat.services.memberships import leave_room, remove_member, set_role
from chat.services.person_items import set_item
from chat.services.room_invitations import accept, decline, invite, pending_in, pending_of, withdraw
from chat.services.rooms import archive_room, delete_room
from chat.services.sanctions import ban_member
from tests.harness.admin_actions import signed_in
from tests.harness.threads import at_once, kinds

INBOX = "/inbox/"


@pytest.fixture
def invited(mina: User, stranger: User, founders: Room) -> RoomInvitation:
    """The stranger is invited into Founders."""
    invite(mina, room_id=founders.pk, user_id=stranger.pk)
    return RoomInvitation.objects.get()


def count_of(user: User) -> Any:
    """What the person's clients know."""
    return user.items.filter(kind="invitations", key="pending").values_list("value", flat=True).first()


# --- asking -----------------------------------------------------------------------------------------------------------


def test_whoever_is_invited_into_a_private_room_is_not_in_it_and_does_not_see_it(
    invited: RoomInvitation, stranger: User, founders: Room
) -> None:
    assert not Room.objects.visible_to(stranger).contains(founders)
    assert not Message.objects.filter(room=founders).exists()
    assert count_of(stranger) == 1
    entry = AuditEntry.objects.get(action="member.invited", target_id=stranger.pk)
    assert entry.room_id == founders.pk


def test_into_a_public_room_people_are_added_at_once(mina: User, stranger: User, general: Room) -> None:
    assert isinstance(invite(mina, room_id=general.pk, user_id=stranger.pk), Membership)
    assert Room.objects.of(stranger).contains(general)


def test_inviting_again_changes_nothing(
    invited: RoomInvitation, joon: User, mina: User, stranger: User, founders: Room
) -> None:
    assert invite(joon, room_id=founders.pk, user_id=stranger.pk) == invited
    assert isinstance(invite(mina, room_id=founders.pk, user_id=joon.pk), Membership)
    assert AuditEntry.objects.filter(action="member.invited", target_id=stranger.pk).count() == 1
    assert count_of(stranger) == 1


def test_only_members_invite_and_only_active_people(mina: User, joon: User, stranger: User, founders: Room) -> None:
    with pytest.raises(NotFound):
        invite(stranger, room_id=founders.pk, user_id=stranger.pk)
    stranger.is_active = False
    stranger.save()
    with pytest.raises(NotFound):
        invite(mina, room_id=founders.pk, user_id=stranger.pk)
    archive_room(mina, room_id=founders.pk)
    with pytest.raises(Archived):
        invite(mina, room_id=founders.pk, user_id=stranger.pk)


def test_one_person_and_one_room_have_so_many_invitations(
    invited: RoomInvitation, mina: User, founders: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_invitations, "PENDING_OF_ROOM", 1)
    with pytest.raises(Conflict, match="Too many people"):
        invite(mina, room_id=founders.pk, user_id=User.objects.create_user("hana").pk)
    monkeypatch.undo()
    monkeypatch.setattr(room_invitations, "PENDING_OF_PERSON", 0)
    with pytest.raises(Conflict, match="too many invitations"):
        invite(mina, room_id=founders.pk, user_id=User.objects.create_user("dul").pk)
    assert RoomInvitation.objects.count() == 1


def test_one_person_is_not_invited_again_and_again(mina: User, stranger: User, founders: Room) -> None:
    for _number in range(10):
        invite(mina, room_id=founders.pk, user_id=stranger.pk)
    with pytest.raises(RateLimited):
        invite(mina, room_id=founders.pk, user_id=stranger.pk)


# --- answering --------------------------------------------------------------------------------------------------------


def test_whoever_accepts_is_in_the_room_at_once(
    invited: RoomInvitation, stranger: User, founders: Room, published_by: Any
) -> None:
    events = published_by(lambda: accept(stranger, invitation_id=invited.pk))
    assert {type(event) for event in events} >= {MemberJoined, PersonChanged}
    assert Room.objects.of(stranger).contains(founders)
    [line] = Message.objects.filter(room=founders)
    assert line.extras["system"]["code"] == "joined"
    assert count_of(stranger) is None
    assert not RoomInvitation.objects.exists()


def test_whoever_declines_is_not_and_nobody_is_told(
    invited: RoomInvitation, mina: User, stranger: User, founders: Room
) -> None:
    founders.refresh_from_db()
    decline(stranger, invitation_id=invited.pk)
    assert (founders.revision, count_of(stranger)) == (Room.objects.get(pk=founders.pk).revision, None)
    with pytest.raises(NotFound):
        accept(stranger, invitation_id=invited.pk)
    assert isinstance(invite(mina, room_id=founders.pk, user_id=stranger.pk), RoomInvitation)


def test_nobody_answers_an_invitation_of_somebody_else(invited: RoomInvitation, joon: User, stranger: User) -> None:
    for answer in (accept, decline):
        with pytest.raises(NotFound):
            answer(joon, invitation_id=invited.pk)
    assert pending_of(stranger) == [invited]


def test_somebody_who_was_removed_returns_by_accepting(mina: User, joon: User, founders: Room) -> None:
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    invite(mina, room_id=founders.pk, user_id=joon.pk)
    assert not Room.objects.of(joon).contains(founders)
    accept(joon, invitation_id=RoomInvitation.objects.get().pk)
    assert Room.objects.of(joon).contains(founders)


def test_a_member_cannot_lift_a_ban_by_inviting_and_a_moderator_can(
    mina: User, joon: User, stranger: User, founders: Room
) -> None:
    invite(mina, room_id=founders.pk, user_id=stranger.pk)
    accept(stranger, invitation_id=RoomInvitation.objects.get().pk)
    ban_member(mina, room_id=founders.pk, user_id=stranger.pk, until=timezone.now() + timedelta(days=1))
    with pytest.raises(Forbidden, match="banned"):
        invite(joon, room_id=founders.pk, user_id=stranger.pk)
    invite(mina, room_id=founders.pk, user_id=stranger.pk)
    accept(stranger, invitation_id=RoomInvitation.objects.get().pk)
    assert Room.objects.of(stranger).contains(founders)


def test_a_ban_after_the_invitation_is_not_lifted_by_accepting_it(mina: User, joon: User, founders: Room) -> None:
    leave_room(joon, room_id=founders.pk)
    invitation = invite(mina, room_id=founders.pk, user_id=joon.pk)
    ban_member(mina, room_id=founders.pk, user_id=joon.pk, until=timezone.now() + timedelta(days=1))
    with pytest.raises(NotFound):
        accept(joon, invitation_id=invitation.pk)
    assert count_of(joon) is None
    assert not Room.objects.of(joon).contains(founders)


def test_an_archived_room_admits_nobody_and_a_deleted_one_is_no_longer_offered(
    invited: RoomInvitation, mina: User, stranger: User, founders: Room
) -> None:
    archive_room(mina, room_id=founders.pk)
    with pytest.raises(Archived):
        accept(stranger, invitation_id=invited.pk)
    delete_room(mina, room_id=founders.pk)
    assert pending_of(stranger) == []
    assert count_of(stranger) is None


@pytest.mark.django_db(transaction=True)
def test_accepting_twice_at_once_adds_the_person_once(invited: RoomInvitation, stranger: User, founders: Room) -> None:
    outcomes = at_once(*[lambda: accept(stranger, invitation_id=invited.pk)] * 2)
    assert kinds(outcomes) == ["Membership", "NotFound"]
    assert Message.objects.filter(room=founders).count() == 1


def test_clients_cannot_set_the_number(stranger: User) -> None:
    with pytest.raises(Invalid):
        set_item(stranger, kind="invitations", key="pending", value=7)


def test_an_erased_account_has_no_invitations(invited: RoomInvitation, stranger: User) -> None:
    erase(stranger, user_id=stranger.pk, own_messages="keep")
    assert not RoomInvitation.objects.exists()


# --- withdrawing ------------------------------------------------------------------------------------------------------


def test_whoever_invited_and_owners_withdraw_an_invitation(
    mina: User, joon: User, stranger: User, founders: Room
) -> None:
    hana = User.objects.create_user("hana")
    for by, withdrawn_by in ((joon, joon), (joon, mina)):
        invite(by, room_id=founders.pk, user_id=hana.pk)
        withdraw(withdrawn_by, room_id=founders.pk, user_id=hana.pk)
        assert pending_in(founders) == []
    invite(mina, room_id=founders.pk, user_id=hana.pk)
    with pytest.raises(Forbidden):
        withdraw(joon, room_id=founders.pk, user_id=hana.pk)
    for actor, user in ((stranger, hana), (mina, stranger)):
        with pytest.raises(NotFound):
            withdraw(actor, room_id=founders.pk, user_id=user.pk)
    assert count_of(hana) == 1


def test_it_stays_when_whoever_invited_has_left(joon: User, mina: User, stranger: User, founders: Room) -> None:
    set_role(mina, room_id=founders.pk, user_id=joon.pk, role="moderator")
    invite(joon, room_id=founders.pk, user_id=stranger.pk)
    leave_room(joon, room_id=founders.pk)
    accept(stranger, invitation_id=RoomInvitation.objects.get().pk)
    assert Room.objects.of(stranger).contains(founders)


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_page_of_mentions_lists_invitations_to_accept_or_decline(
    invited: RoomInvitation, stranger: User, founders: Room
) -> None:
    client = signed_in(stranger)
    page = client.get(INBOX).content.decode()
    assert "Founders" in page
    assert "Mina invited you" in page
    response = client.post(f"{INBOX}invitations/{invited.pk}/accept/")
    assert response.headers["Location"] == founders.get_absolute_url()
    again = client.post(f"{INBOX}invitations/{invited.pk}/accept/", follow=True)
    assert "This invitation was withdrawn." in again.content.decode()


def test_declining_leads_back_to_the_list(invited: RoomInvitation, stranger: User) -> None:
    page = signed_in(stranger).post(f"{INBOX}invitations/{invited.pk}/decline/", follow=True)
    assert "You declined the invitation." in page.content.decode()
    assert "Founders" not in page.content.decode()


def test_the_settings_of_the_room_list_who_is_invited(
    invited: RoomInvitation, mina: User, joon: User, founders: Room
) -> None:
    address = f"/rooms/{founders.slug}/"
    assert "Withdraw" in signed_in(mina).get(f"{address}settings/").content.decode()
    by_joon = signed_in(joon).get(f"{address}settings/").content.decode()
    assert "invited by Mina" in by_joon
    assert "Withdraw" not in by_joon
    signed_in(mina).post(f"{address}withdraw/", {"user": invited.user_id})
    assert not RoomInvitation.objects.exists()
    assert Client().post(f"{address}withdraw/").headers["Location"].startswith("/accounts/login/")


def test_a_script_reads_who_is_invited_and_whether_the_reader_may_withdraw_it(
    invited: RoomInvitation, mina: User, joon: User, stranger: User, founders: Room, general: Room
) -> None:
    json = {"Accept": "application/json"}
    address = f"/rooms/{founders.slug}/withdraw/"
    for reader, may_withdraw in ((mina, True), (joon, False)):
        (one,) = signed_in(reader).get(address, headers=json).json()["invited"]
        assert (one["user"]["id"], one["by"], one["may_withdraw"]) == (invited.user_id, "Mina", may_withdraw)
    assert signed_in(stranger).get(address, headers=json).status_code == 404
    assert signed_in(stranger).get(f"/rooms/{general.slug}/withdraw/", headers=json).status_code == 403
    assert signed_in(mina).get(address).status_code == 405


def test_a_script_learns_that_the_person_is_asked_first(mina: User, stranger: User, founders: Room) -> None:
    response = signed_in(mina).post(
        f"/rooms/{founders.slug}/invite/", {"user": stranger.pk}, headers={"Accept": "application/json"}
    )
    assert (response.status_code, response.json()) == (202, {"asked": True})
