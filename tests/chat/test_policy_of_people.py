"""Who may do what in the space and with whom, by rules and by queries, for a few people in the database."""

from itertools import product
from typing import Any

import pytest

from chat import policy
from chat.models import Membership, Message, PersonItem, Room, User
from chat.models.space_settings import Creators, TwoSteps
from chat.protocol.errors import Forbidden
from chat.queries.reads import read_positions
from tests.harness.policy_cases import BOTH


def test_active_staff_and_nobody_else_may_invite_people_into_the_space(space: Any) -> None:
    flags = ("is_active", "is_staff", "is_superuser", "is_guest", "rights_suspended")
    for number, values in enumerate(product(BOTH, repeat=len(flags))):
        active, staff, _superuser, guest, suspended = values
        user = User.objects.create(username=f"u{number}", **dict(zip(flags, values, strict=True)))
        assert policy.may_invite_people(user) == (active and staff and not guest and not suspended)
        assert User.objects.inviters().contains(user) == policy.may_invite_people(user)
        assert User.objects.active().contains(user) == active


def test_a_query_finds_the_people_to_whom_one_may_write(space: Any) -> None:
    people = [User.objects.create(username=f"w{n}", is_active=n % 2 == 0, is_guest=n == 2) for n in range(4)]
    shared = Room.objects.create(slug="shared", name="Shared", created_by=people[0])
    compare_reachable(people)
    Membership.objects.bulk_create(Membership(room=shared, user=person) for person in people)
    for person, other in product(people, people):
        if person.pk < other.pk:
            PersonItem.objects.create(user=person, kind="blocks", key=str(other.pk), value=True, revision=1)
            compare_reachable(people)
            PersonItem.objects.filter(user=person).update(value=None)
            compare_reachable(people)


def compare_reachable(people: list[User]) -> None:
    blocks = set(PersonItem.objects.present().filter(kind="blocks").values_list("user", "key"))
    for actor in people:
        known = set(User.objects.known_to(actor).values_list("pk", flat=True))
        allowed = {
            person.pk
            for person in people
            if policy.may_write_to(
                actor,
                person,
                is_known=person.pk in known,
                is_blocked=bool({(actor.pk, str(person.pk)), (person.pk, str(actor.pk))} & blocks),
            )
        }
        assert set(User.objects.reachable_by(actor).values_list("pk", flat=True)) == allowed


def test_the_positions_read_are_those_of_people_who_show_them(space: Any, mina: Any) -> None:
    room = Room.objects.create(name="Small", kind="private", created_by=mina)
    flags = list(product(BOTH, BOTH, BOTH))
    people = User.objects.bulk_create(
        User(username=f"u{number}", is_active=active, is_bot=bot, hides_reads=hides)
        for number, (active, bot, hides) in enumerate(flags)
    )
    Membership.objects.bulk_create(Membership(room=room, user=user, last_read=1) for user in people)
    assert read_positions([room])[room.pk] == {user.pk: 1 for user in people if policy.shares_reads(user)}
    assert sum(map(policy.shares_reads, people)) == 1


def test_nobody_edits_what_the_room_itself_says(mina: Any, general: Any) -> None:
    line = Message(author=mina, kind=Message.Kind.SYSTEM)
    membership = general.memberships.get(user=mina)
    with pytest.raises(Forbidden):
        policy.require_edit(mina, general, membership, line)
    with pytest.raises(Forbidden, match="says what happened"):
        policy.require_from_a_person(line)


def test_a_guest_finds_the_people_of_their_rooms_and_anybody_else_everybody(
    mina: User, joon: User, stranger: User, founders: Room
) -> None:
    guest = User.objects.create(username="guest", is_guest=True)
    assert set(User.objects.known_to(guest)) == set()
    Membership.objects.create(room=founders, user=guest)
    inside = set(User.objects.filter(memberships__room=founders))
    assert set(User.objects.known_to(guest)) == inside
    assert stranger not in inside
    for user in User.objects.all():
        assert policy.may_find_people(user) == (set(User.objects.known_to(user)) == set(User.objects.active()))
    gone = User(is_active=False, pk=0)
    assert not policy.may_find_people(gone)
    assert not User.objects.known_to(gone).exists()


def test_a_deactivated_person_has_no_right_in_the_space(space: Any) -> None:
    user = User.objects.create(username="gone", is_active=False, is_staff=True, is_superuser=True)
    other = User.objects.create(username="other")
    assert not policy.is_administrator(user)
    assert not policy.may_open_admin(user)
    assert not policy.may_look_after(user, user)
    assert not policy.may_look_after(user, other)
    for require in (policy.require_administrator, policy.require_create_people, policy.require_change_space):
        with pytest.raises(Forbidden):
            require(user)


def test_whose_rights_are_suspended_has_those_of_other_people(clerk: Any, keeper: Any, joon: Any) -> None:
    User.objects.with_rights().update(rights_suspended=True)
    for user in User.objects.with_rights():
        assert policy.may_find_people(user)
        assert policy.may_look_after(user, user)
        for creators in Creators.values:
            assert policy.may_create_rooms(user, creators) == (creators == Creators.EVERYBODY)
        assert not policy.may_open_admin(user)
        assert not policy.may_invite_people(user)
        assert not policy.may_look_after(user, joon)
        assert not policy.may_manage_emoji(user)
        assert not user.has_module_perms("chat")
        for require in (policy.require_administrator, policy.require_create_people, policy.require_change_space):
            with pytest.raises(Forbidden):
                require(user)


def test_the_space_says_who_must_sign_in_in_two_steps(clerk: Any, keeper: Any, joon: Any) -> None:
    for who in TwoSteps.values:
        must = {user for user in (clerk, keeper, joon) if policy.must_use_two_steps(user, who)}
        assert must == ({clerk, keeper} if who == TwoSteps.ADMINISTRATORS else set())
    assert set(User.objects.with_rights()) == {clerk, keeper}


def test_staff_look_after_people_without_rights_and_nobody_else(clerk: Any, keeper: Any, joon: Any) -> None:
    assert policy.may_look_after(clerk, joon)
    assert policy.may_look_after(clerk, clerk)
    assert not policy.may_look_after(clerk, keeper)
    assert not policy.may_look_after(joon, clerk)
    assert policy.may_look_after(keeper, clerk)


@pytest.mark.django_db
def test_who_may_find_people_knows_all_who_are_active(space: Any) -> None:
    people = [User.objects.create(username=f"p{n}", is_active=n % 2 == 0, is_superuser=n > 3) for n in range(6)]
    for actor in people:
        known = set(User.objects.known_to(actor))
        assert known == (set(User.objects.active()) if policy.may_find_people(actor) else set())
