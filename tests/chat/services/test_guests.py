"""Guests: what they find, where they are, and who may be one."""

import uuid

import pytest
from django.conf import LazySettings
from django.test import Client

from chat.models import AuditEntry, Room, User
from chat.protocol.errors import Conflict, Forbidden, NotFound
from chat.protocol.shapes import User as UserShape
from chat.queries.finding import people_called, rooms_to_join
from chat.queries.invitations import is_open, rooms_for_guests
from chat.services.accounts import create_person, set_rights, update_person
from chat.services.group_commit import draft, send_batch
from chat.services.invitations import create_invitation
from chat.services.memberships import invite_member, join_room, leave_room, set_role
from chat.services.messages import send_message
from chat.services.rooms import archive_room, create_room


@pytest.fixture
def dana(keeper: User, founders: Room) -> User:
    """A guest in Founders."""
    guest = create_person(keeper, username="dana", password=None, display_name="Dana", is_guest=True)
    invite_member(keeper, room_id=founders.pk, user_id=guest.pk)
    return guest


def test_a_new_guest_is_in_no_room(keeper: User, general: Room) -> None:
    Room.objects.filter(pk=general.pk).update(slug="general")
    guest = create_person(keeper, username="dana", password=None, is_guest=True)
    member = create_person(keeper, username="erin", password=None)
    assert list(Room.objects.of(guest)) == []
    assert list(Room.objects.of(member)) == [general]
    [entry] = AuditEntry.objects.filter(action="person.created", target_id=guest.pk)
    assert entry.details == {"is_guest": True}


def test_a_guest_writes_where_they_are_and_enters_nothing_else(dana: User, general: Room, founders: Room) -> None:
    assert send_message(dana, room_id=founders.pk, key=uuid.uuid4(), body="hi").position
    for act in (
        lambda: join_room(dana, room_id=general.pk),
        lambda: send_message(dana, room_id=general.pk, key=uuid.uuid4(), body="hi"),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        create_room(dana, name="Mine")


def test_a_guest_invites_nobody(dana: User, stranger: User, founders: Room) -> None:
    with pytest.raises(Forbidden, match="Guests can't invite"):
        invite_member(dana, room_id=founders.pk, user_id=stranger.pk)


def test_a_guest_finds_only_the_people_of_their_rooms(dana: User, mina: User, stranger: User, general: Room) -> None:
    assert people_called(dana, "mina") == [mina]
    assert people_called(dana, "stranger") == []
    assert people_called(mina, "stranger") == [stranger]
    assert rooms_to_join(dana, "General") == []
    assert rooms_to_join(stranger, "General") == [general]


def test_everybody_sees_who_is_a_guest_also_at_a_new_message(dana: User, founders: Room) -> None:
    assert UserShape.of(dana).guest
    sent = send_batch([draft(author_id=dana.pk, room_id=founders.pk, key=uuid.uuid4(), body="hi")])
    assert '"guest":true' in sent.changes[0].authors[0].text


def test_a_person_becomes_a_guest_and_stays_in_their_rooms(keeper: User, joon: User, general: Room) -> None:
    update_person(keeper, user_id=joon.pk, is_guest=True)
    joon.refresh_from_db()
    assert general in Room.objects.of(joon)
    [entry] = AuditEntry.objects.filter(action="person.guest")
    assert entry.details == {"is_guest": [False, True]}


def test_nobody_is_a_guest_and_has_permissions_in_the_administration(keeper: User, clerk: User, dana: User) -> None:
    with pytest.raises(Conflict):
        update_person(keeper, user_id=clerk.pk, is_guest=True)
    with pytest.raises(Conflict):
        set_rights(keeper, user_id=dana.pk, is_staff=True, is_superuser=False, groups=[], permissions=[])
    assert not User.objects.get(pk=dana.pk).is_staff


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def inviter(mina: User) -> User:
    """Mina, who owns the rooms, and may invite people into the space."""
    mina.is_staff = True
    mina.save()
    return mina


def sign_up(token: str, username: str) -> Client:
    client = Client()
    form = {
        "display_name": username.title(),
        "username": username,
        "email": f"{username}@example.com",
        "password1": "paper lantern 42",
    }
    client.post(f"/accounts/signup/?invite={token}", form)
    return client


def test_who_follows_a_link_for_guests_is_a_guest_in_its_room_only(
    inviter: User, general: Room, founders: Room, settings: LazySettings
) -> None:
    settings.SIGNUPS = "invite"
    Room.objects.filter(pk=general.pk).update(slug="general")
    _, token = create_invitation(inviter, days=7, max_uses=None, guest_room_id=founders.pk)
    sign_up(token, "dana")
    guest = User.objects.get(username="dana")
    assert guest.is_guest
    assert list(Room.objects.of(guest)) == [founders]


def test_a_link_for_guests_closes_with_its_room_and_with_the_right_to_invite_there(
    inviter: User, joon: User, founders: Room, settings: LazySettings
) -> None:
    settings.SIGNUPS = "invite"
    _, token = create_invitation(inviter, days=7, max_uses=None, guest_room_id=founders.pk)
    set_role(inviter, room_id=founders.pk, user_id=joon.pk, role="owner")
    leave_room(inviter, room_id=founders.pk)
    sign_up(token, "dana")
    assert not User.objects.filter(username="dana").exists()
    archive_room(joon, room_id=founders.pk)
    assert not is_open(token)


def test_only_who_may_invite_into_a_room_makes_a_link_for_its_guests(
    inviter: User, stranger: User, general: Room, founders: Room
) -> None:
    User.objects.filter(pk=stranger.pk).update(is_staff=True)
    stranger.refresh_from_db()
    for room_id in (founders.pk, 10**9):
        with pytest.raises(NotFound):
            create_invitation(stranger, days=7, max_uses=None, guest_room_id=room_id)
    assert rooms_for_guests(stranger) == []
    assert rooms_for_guests(inviter) == [founders, general]
