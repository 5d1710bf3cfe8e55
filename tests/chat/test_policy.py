"""Who may do what: the rules, their twins in QuerySets and SQL, and that nothing else decides."""

import ast
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from chat import policy
from chat.models import HeldMessage, Membership, Message, PersonItem, Report, Room, User
from chat.models.space_settings import Creators, TwoSteps
from chat.protocol.errors import Archived, ChatError, Conflict, Forbidden, Muted, NotFound
from chat.protocol.shapes import ORDINARY_MAY, RoomInfo
from chat.queries.reads import read_positions
from chat.queries.rooms import MembershipState
from chat.services.group_commit import draft, send_batch
from tests.harness.services import BASE_DIR

BOTH = (False, True)
ROLES = Membership.Role.values
STATES = ("current", "muted", "left", "barred", "banned", "ban over")
RANKS: list[dict[str, bool]] = [
    {},
    {"is_superuser": True},
    {"is_superuser": True, "rights_suspended": True},
    {"is_guest": True},
    {"is_guest": True, "is_superuser": True},
]
RULES_OF_ROOMS: list[dict[str, Any]] = [
    {},
    {"who_posts": "moderators", "who_mentions_all": "moderators", "who_invites": "moderators"},
    {"who_mentions_all": "everyone"},
]
KINDS = [kind for kind in Room.Kind.values if kind != Room.Kind.THREAD]


class Case(NamedTuple):
    """Somebody, a room, and their membership in it."""

    actor: User
    room: Room
    membership: Membership | None


def joined(state: str, role: str) -> dict[str, Any]:
    now = timezone.now()
    later, earlier = now + timedelta(days=1), now - timedelta(days=1)
    fields: dict[str, Any] = {
        "current": {"muted_until": earlier},
        "muted": {"muted_until": later},
        "left": {"left_at": now},
        "barred": {"left_at": now, "removed_at": now},
        "banned": {"left_at": now, "removed_at": now, "banned_until": later},
        "ban over": {"left_at": now, "removed_at": now, "banned_until": earlier},
    }
    return {"role": role, **fields[state]}


@pytest.fixture
def cases(space: Any) -> list[Case]:
    """All combinations: kind of room, its rules, archived, deleted; active; no rights, superuser, one whose rights are
    suspended, guest, guest and superuser; never in the room, or a state and role.

    Besides, direct rooms that are closed.
    """
    now = timezone.now()
    creator = User.objects.create(username="creator", is_active=False)
    rooms = Room.objects.bulk_create(
        [
            *(
                Room(
                    kind=kind,
                    archived_at=now if archived else None,
                    deleted_at=now if deleted else None,
                    created_by=creator,
                    **rules,
                )
                for kind, rules, archived, deleted in product(KINDS, RULES_OF_ROOMS, BOTH, BOTH)
            ),
            *(Room(kind=Room.Kind.DIRECT, closed=reason, created_by=creator) for reason in Room.Closed.values),
        ]
    )
    places: list[dict[str, Any] | None] = [None, *(joined(state, role) for state, role in product(STATES, ROLES))]
    of_user = list(product(BOTH, RANKS, places))
    users = User.objects.bulk_create(
        User(username=f"u{number}", is_active=active, **rank) for number, (active, rank, _place) in enumerate(of_user)
    )
    found = [
        Case(user, room, None if place is None else Membership(user=user, room=room, **place))
        for (user, (_active, _rank, place)), room in product(zip(users, of_user, strict=True), rooms)
    ]
    Membership.objects.bulk_create(case.membership for case in found if case.membership is not None)
    return found


@pytest.fixture
def in_threads(cases: list[Case]) -> list[Case]:
    """The same in a thread of each room, with the membership in the room."""
    now, creator = timezone.now(), User.objects.get(username="creator")
    rooms = list({case.room.pk: case.room for case in cases}.values())
    messages = Message.objects.bulk_create(
        Message(room=room, author=creator, position=1, revision=1, key=uuid.uuid4(), created_at=now) for room in rooms
    )
    threads = Room.objects.bulk_create(
        Room(kind="thread", parent=room, parent_message=message, created_by=creator, deleted_at=room.deleted_at)
        for room, message in zip(rooms, messages, strict=True)
    )
    of_room = {thread.parent_id: thread for thread in threads}
    return [Case(case.actor, of_room[case.room.pk], case.membership) for case in cases]


def existing(cases: list[Case]) -> list[Case]:
    """Those in rooms that are not deleted: nobody finds the others."""
    return [case for case in cases if case.room.deleted_at is None]


def refusal(require: Callable[..., object], *facts: object) -> ChatError | None:
    """What the rule raises."""
    try:
        require(*facts)
    except ChatError as error:
        return error
    return None


# --- twins ------------------------------------------------------------------------------------------------------------

Listed = Callable[[User], Any]
ROOM_TWINS: dict[str, tuple[Callable[[Case], bool], Listed]] = {
    "visible_to": (lambda case: policy.may_see(*case), Room.objects.visible_to),
    "inspectable_by": (lambda case: policy.may_inspect(*case), Room.objects.inspectable_by),
    "of": (lambda case: policy.is_member(case.actor, case.membership), Room.objects.of),
    "joinable_by": (lambda case: policy.may_join(*case), Room.objects.joinable_by),
}


@pytest.mark.parametrize(("rule", "listed"), ROOM_TWINS.values(), ids=ROOM_TWINS)
def test_a_query_finds_the_rooms_that_the_rule_allows(
    cases: list[Case], rule: Callable[[Case], bool], listed: Listed
) -> None:
    found = {(user.pk, room_id) for user in User.objects.all() for room_id in listed(user).values_list("pk", flat=True)}
    allowed = {(case.actor.pk, case.room.pk) for case in existing(cases) if rule(case)}
    assert allowed
    assert {pair for pair in found if pair[0] in {case.actor.pk for case in cases}} == allowed


def test_the_directory_offers_to_join_what_the_rule_allows(cases: list[Case]) -> None:
    people = {case.actor.pk: case.actor for case in cases}.values()
    listed = {user.pk: Room.objects.listed_for(user) for user in people}
    offered = {(user_id, room.pk) for user_id, rooms in listed.items() for room in rooms if room.may_join}  # type: ignore[attr-defined]
    assert offered == {(case.actor.pk, case.room.pk) for case in existing(cases) if policy.may_join(*case)}
    assert offered


def test_staff_find_the_messages_of_rooms_that_the_rule_allows(cases: list[Case]) -> None:
    author = User.objects.get(username="creator")
    facts = {"author": author, "position": 1, "revision": 1, "created_at": timezone.now()}
    Message.objects.bulk_create(Message(room=room, key=uuid.uuid4(), **facts) for room in Room.objects.all())
    for user in {case.actor.pk: case.actor for case in cases}.values():
        allowed = {case.room.pk for case in existing(cases) if case.actor == user and policy.may_inspect(*case)}
        assert set(Message.objects.inspectable_by(user).values_list("room_id", flat=True)) == allowed


@pytest.mark.parametrize("is_own", BOTH)
def test_staff_who_delete_messages_find_the_reports_and_held_messages_that_the_rule_allows(
    cases: list[Case], is_own: bool
) -> None:
    people = {case.actor.pk: case.actor for case in cases}.values()
    User.objects.filter(pk__in=[user.pk for user in people if not user.is_guest]).update(is_staff=True)
    may_delete = Permission.objects.get(codename="delete_message")
    User.user_permissions.through.objects.bulk_create(
        User.user_permissions.through(user_id=user.pk, permission_id=may_delete.pk) for user in people
    )
    creator = User.objects.get(username="creator")
    rooms = list(Room.objects.filter(deleted_at=None))
    found = 0
    for user in User.objects.filter(pk__in=[user.pk for user in people]):
        if not policy.may_review(user):
            assert user.is_guest or not user.is_active or user.rights_suspended
            continue
        author = user if is_own else creator
        facts = {"author": author, "revision": 1, "created_at": timezone.now()}
        Message.objects.all().delete()
        HeldMessage.objects.all().delete()
        written = Message.objects.bulk_create(
            Message(room=room, key=uuid.uuid4(), position=1, **facts) for room in rooms
        )
        Report.objects.bulk_create(Report(message=message, reporter=creator, reason="spam") for message in written)
        HeldMessage.objects.bulk_create(HeldMessage(room=room, author=author, key=uuid.uuid4()) for room in rooms)
        mine = [case for case in existing(cases) if case.actor.pk == user.pk]
        allowed = {case.room.pk for case in mine if policy.may_review_text(user, case.room, case.membership, author)}
        assert set(Report.objects.reviewable_by(user).values_list("message__room_id", flat=True)) == allowed
        assert set(HeldMessage.objects.reviewable_by(user).values_list("room_id", flat=True)) == allowed
        found += len(allowed)
    assert found


def test_active_staff_and_nobody_else_may_invite_people_into_the_space(space: Any) -> None:
    flags = ("is_active", "is_staff", "is_superuser", "is_guest", "rights_suspended")
    for number, values in enumerate(product(BOTH, repeat=len(flags))):
        active, staff, _superuser, guest, suspended = values
        user = User.objects.create(username=f"u{number}", **dict(zip(flags, values, strict=True)))
        assert policy.may_invite_people(user) == (active and staff and not guest and not suspended)
        assert User.objects.inviters().contains(user) == policy.may_invite_people(user)
        assert User.objects.active().contains(user) == active


def test_the_group_commit_refuses_what_the_rule_refuses_and_nothing_else(cases: list[Case]) -> None:
    drafts = [draft(author_id=c.actor.pk, room_id=c.room.pk, key=uuid.uuid4(), body="hi") for c in cases]
    outcomes = send_batch(drafts).outcomes
    stored = 0
    for case, outcome in zip(cases, outcomes, strict=True):
        by_rule = refusal(policy.require_post, *case)
        expected = by_rule if case.room.deleted_at is None else NotFound()
        actual = outcome if isinstance(outcome, ChatError) else None
        assert (type(actual), str(actual)) == (type(expected), str(expected)), case
        stored += actual is None
    assert stored == Message.objects.count() == sum(policy.may_post(*case) for case in existing(cases)) > 0


def test_the_group_commit_judges_replies_by_the_room_of_the_thread(in_threads: list[Case]) -> None:
    drafts = [draft(author_id=c.actor.pk, room_id=c.room.pk, key=uuid.uuid4(), body="hi") for c in in_threads]
    stored = 0
    for case, outcome in zip(in_threads, send_batch(drafts).outcomes, strict=True):
        by_rule = refusal(policy.require_post, *case)
        expected = by_rule if case.room.deleted_at is None else NotFound()
        actual = outcome if isinstance(outcome, ChatError) else None
        assert (type(actual), str(actual)) == (type(expected), str(expected)), case
        stored += actual is None
    assert stored == sum(policy.may_post(*case) for case in existing(in_threads)) > 0


def test_staff_find_the_replies_of_rooms_that_the_rule_allows(in_threads: list[Case]) -> None:
    author = User.objects.get(username="creator")
    facts = {"author": author, "position": 1, "revision": 1, "created_at": timezone.now()}
    threads = {case.room.pk: case.room for case in existing(in_threads)}.values()
    Message.objects.bulk_create(Message(room=thread, key=uuid.uuid4(), **facts) for thread in threads)
    for user in {case.actor.pk: case.actor for case in in_threads}.values():
        mine = [case for case in existing(in_threads) if case.actor == user]
        allowed = {case.room.pk for case in mine if policy.may_inspect(*case)}
        found = Message.objects.inspectable_by(user).filter(room__parent__isnull=False)
        assert set(found.values_list("room_id", flat=True)) == allowed


def test_the_rules_in_a_thread_are_those_of_its_room_but_nobody_pins_invites_or_administers(
    cases: list[Case], in_threads: list[Case]
) -> None:
    for case, thread in zip(cases, in_threads, strict=True):
        for rule in (policy.may_see, policy.may_inspect, policy.may_post, policy.may_react, policy.may_moderate):
            assert rule(*thread) == rule(*case), rule
        assert policy.may_mention_everyone(*thread) == policy.may_post(*case)
        assert policy.may_follow(*thread) == policy.is_member(case.actor, case.membership)
        assert not policy.may_follow(*case)
        refused: list[Callable[..., bool]] = [policy.may_join, policy.may_pin, policy.may_invite, policy.may_administer]
        for refused_rule in refused:
            assert not refused_rule(*thread), refused_rule
        assert not policy.may_change_settings(*thread)
        assert not policy.may_delete_room(*thread)
        for require, may in ((policy.require_pin, policy.may_pin), (policy.require_invite, policy.may_invite)):
            assert (refusal(require, *thread) is None) == may(*thread)


def test_lists_of_rooms_contain_no_threads(in_threads: list[Case]) -> None:
    threads = {case.room.pk for case in in_threads}
    for user in {case.actor.pk: case.actor for case in in_threads if not case.actor.is_superuser}.values():
        for listed in (Room.objects.visible_to(user), Room.objects.of(user), Room.objects.joinable_by(user)):
            assert threads.isdisjoint(listed.values_list("pk", flat=True))
    assert not Room.objects.without_threads().filter(pk__in=threads).exists()


# --- refusals ---------------------------------------------------------------------------------------------------------

PAIRS = [
    (policy.may_join, policy.require_join),
    (policy.may_post, policy.require_post),
    (policy.may_react, policy.require_react),
    (policy.may_pin, policy.require_pin),
    (policy.may_moderate, policy.require_moderate),
    (policy.may_invite, policy.require_invite),
    (policy.may_administer, policy.require_administer),
    (policy.may_change_settings, policy.require_change_settings),
    (policy.may_show_reads, policy.require_show_reads),
    (policy.may_delete_room, policy.require_delete_room),
]


@pytest.mark.parametrize(("may", "require"), PAIRS, ids=lambda rule: rule.__name__)
def test_what_may_not_be_is_refused_and_nothing_else(
    cases: list[Case], may: Callable[..., bool], require: Callable[..., None]
) -> None:
    refused = [refusal(require, *case) for case in cases]
    assert [error is None for error in refused] == [may(*case) for case in cases]
    assert len({error is None for error in refused}) == 2


@pytest.mark.parametrize("require", [require for _may, require in PAIRS], ids=lambda rule: rule.__name__)
def test_a_refusal_discloses_no_private_room(cases: list[Case], require: Callable[..., None]) -> None:
    for case in cases:
        error = refusal(require, *case)
        if error is not None and not policy.may_inspect(*case):
            assert type(error) is NotFound, case


def test_the_refusal_names_its_reason(space: Any) -> None:
    actor, now = User(pk=1), timezone.now()
    public, private, archived = Room(), Room(kind="private"), Room(archived_at=now)
    member, barred = Membership(), Membership(left_at=now, removed_at=now)
    with pytest.raises(Forbidden, match="Join the room first"):
        policy.require_post(actor, public, None)
    with pytest.raises(NotFound):
        policy.require_post(actor, private, barred)
    with pytest.raises(Archived):
        policy.require_post(actor, archived, member)
    with pytest.raises(Archived):
        policy.require_join(actor, archived, barred)
    with pytest.raises(Forbidden, match="You were removed"):
        policy.require_join(actor, public, barred)
    with pytest.raises(Forbidden, match="has banned you"):
        policy.require_join(
            actor, public, Membership(left_at=now, removed_at=now, banned_until=now + timedelta(days=1))
        )
    with pytest.raises(Muted) as refused:
        policy.require_post(actor, public, Membership(muted_until=now + timedelta(minutes=1)))
    assert 0 < (refused.value.retry_after or 0) <= 60
    with pytest.raises(Forbidden, match="Only moderators and owners can write"):
        policy.require_post(actor, Room(who_posts="moderators"), member)
    with pytest.raises(Forbidden, match="Only moderators and owners can invite"):
        policy.require_invite(actor, Room(who_invites="moderators"), member)
    with pytest.raises(Forbidden, match="Guests can't invite"):
        policy.require_invite(User(pk=2, is_guest=True), public, member)
    with pytest.raises(Forbidden, match="Only an owner"):
        policy.require_administer(actor, public, member)
    with pytest.raises(Conflict, match="Archive the room first"):
        policy.require_delete_room(actor, public, Membership(role="owner"))


def test_leaving_is_for_those_who_are_or_were_in_the_room(cases: list[Case]) -> None:
    for case in cases:
        error = refusal(policy.require_leave, *case)
        is_or_was = case.actor.is_active and case.membership is not None
        is_in = policy.is_member(case.actor, case.membership)
        assert (error is None) == (policy.may_leave(*case) if is_in else is_or_was)


def test_a_closed_conversation_says_why_but_not_who_blocked_whom(space: Any) -> None:
    actor, member = User(pk=1), Membership()
    with pytest.raises(Forbidden, match="You cannot send messages to this person"):
        policy.require_post(actor, Room(kind="direct", closed="refused"), member)
    with pytest.raises(Forbidden, match="deactivated"):
        policy.require_post(actor, Room(kind="direct", closed="deactivated"), member)
    with pytest.raises(Forbidden, match="Hide it instead"):
        policy.require_leave(actor, Room(kind="direct"), member)


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


# --- messages ---------------------------------------------------------------------------------------------------------


def test_only_its_author_edits_a_message_and_only_where_they_may_post(cases: list[Case]) -> None:
    for case in cases:
        own, other = Message(author=case.actor), Message(author_id=0)
        error = refusal(policy.require_edit, *case, own)
        assert (error is None) == policy.may_post(*case)
        assert refusal(policy.require_edit, *case, other)


def test_authors_delete_their_own_messages_and_moderators_all(cases: list[Case]) -> None:
    for case in cases:
        for message, allowed in [
            (Message(author=case.actor), may_take_part(case) or policy.may_moderate(*case)),
            (Message(author_id=0), policy.may_moderate(*case)),
        ]:
            error = refusal(policy.require_delete, *case, message)
            assert (error is None) == policy.may_delete(*case, message) == allowed


def test_authors_close_their_own_polls_and_moderators_all_where_they_may_post(cases: list[Case]) -> None:
    for case in cases:
        is_moderator = policy.is_moderator(case.actor, case.membership)
        for message, allowed in [
            (Message(author=case.actor), policy.may_post(*case)),
            (Message(author_id=0), policy.may_post(*case) and is_moderator),
        ]:
            error = refusal(policy.require_close_poll, *case, message)
            assert (error is None) == policy.may_close_poll(*case, message) == allowed


def test_who_may_vote_is_who_may_react(cases: list[Case]) -> None:
    for case in cases:
        assert (refusal(policy.require_vote, *case) is None) == policy.may_react(*case)


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


def may_take_part(case: Case) -> bool:
    is_open = not case.room.is_archived and not case.room.closed
    return policy.is_member(case.actor, case.membership) and is_open


def test_who_is_muted_or_may_not_post_still_deletes_their_own_messages(cases: list[Case]) -> None:
    for case in cases:
        if may_take_part(case):
            assert policy.may_delete(*case, Message(author=case.actor))


def test_moderators_sanction_those_without_a_role_and_owners_everybody_but_themselves(cases: list[Case]) -> None:
    targets = [Membership(user_id=0, role=role) for role in ROLES]
    for case in cases:
        for target in (*targets, Membership(user=case.actor)):
            may_judge = target.role == "member" or policy.may_administer(*case)
            expected = policy.may_moderate(*case) and may_judge and target.user_id != case.actor.pk
            assert policy.may_sanction(*case, target) == expected
            assert (refusal(policy.require_sanction, *case, target) is None) == expected


def test_only_who_may_ban_brings_a_banned_person_back_before_their_ban_ends(cases: list[Case]) -> None:
    later = timezone.now() + timedelta(days=1)
    banned, removed = (
        Membership(user_id=0, banned_until=later, removed_at=later),
        Membership(user_id=0, removed_at=later),
    )
    for case in cases:
        assert refusal(policy.require_admit, *case, removed) is None
        assert refusal(policy.require_admit, *case, None) is None
        assert (refusal(policy.require_admit, *case, banned) is None) == policy.may_sanction(*case, banned)


def test_nobody_edits_what_the_room_itself_says(mina: Any, general: Any) -> None:
    line = Message(author=mina, kind=Message.Kind.SYSTEM)
    membership = general.memberships.get(user=mina)
    with pytest.raises(Forbidden):
        policy.require_edit(mina, general, membership, line)
    with pytest.raises(Forbidden, match="says what happened"):
        policy.require_from_a_person(line)


def test_nobody_deletes_what_the_room_itself_says(cases: list[Case]) -> None:
    for case in cases:
        for line in (Message(author=case.actor, kind="system"), Message(author_id=0, kind="system")):
            assert refusal(policy.require_delete, *case, line) is not None
            assert not policy.may_delete(*case, line)


# --- what everybody may -----------------------------------------------------------------------------------------------

RULES: list[Callable[..., bool]] = [
    *(policy.may_see, policy.may_inspect, policy.may_join, policy.may_post, policy.may_invite, policy.may_moderate),
    policy.may_react,
    policy.may_mention_everyone,
    policy.may_leave,
    *(policy.may_administer, policy.may_change_settings, policy.may_show_reads, policy.may_delete_room),
]


def test_a_deactivated_person_may_only_know_that_public_rooms_exist(cases: list[Case]) -> None:
    for case in cases:
        if not case.actor.is_active:
            granted = {rule.__name__ for rule in RULES if rule(*case)}
            knows = case.room.kind == Room.Kind.PUBLIC and not case.actor.is_guest
            assert granted == ({"may_see", "may_inspect"} if knows else set())
            assert not policy.is_member(case.actor, case.membership)
            assert not policy.may_see_members(case.actor, case.membership)


def test_a_guest_knows_of_no_room_that_they_are_not_in_and_brings_nobody_into_any(cases: list[Case]) -> None:
    for case in cases:
        if case.actor.is_guest:
            assert not policy.may_join(*case)
            assert not policy.may_invite(*case)
            assert policy.may_see(*case) == policy.is_member(case.actor, case.membership)


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


def documented() -> Iterator[tuple[str, list[str]]]:
    """The rows of the table in docs/architecture.md: the name of a rule, and when it holds for whom."""
    text = (BASE_DIR / "docs" / "architecture.md").read_text().split("## Permissions")[1].split("\n## ")[0]
    for row in re.findall(r"^\|.*`(\w+)`[^|]*\|(.*)\|$", text, re.MULTILINE):
        yield row[0], [cell.strip() for cell in row[1].split("|")]


def holds(condition: str, room: Room) -> bool:
    facts = {
        "yes": True,
        "no": False,
        "public": room.kind == Room.Kind.PUBLIC,
        "not public": room.kind != Room.Kind.PUBLIC,
        "archived": room.is_archived,
        "not archived": not room.is_archived,
        "not direct": room.kind != Room.Kind.DIRECT,
    }
    return all(facts[part.strip()] for part in condition.split(","))


@pytest.mark.parametrize(
    ("name", "cells"), list(documented()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_table_of_the_documentation_says_what_the_rule_does(name: str, cells: list[str]) -> None:
    actor, superuser = User(pk=1), User(pk=2, is_superuser=True)
    people = [(actor, None), *((actor, Membership(role=role)) for role in reversed(ROLES)), (superuser, None)]
    for kind, archived in product(KINDS, BOTH):
        room = Room(kind=kind, archived_at=timezone.now() if archived else None)
        for (user, membership), cell in zip(people, cells, strict=True):
            rule = getattr(policy, name)
            facts = (user, membership) if name in {"is_member", "may_see_members"} else (user, room, membership)
            assert rule(*facts) == holds(cell, room), (kind, archived, cell)


def test_the_documentation_has_every_rule_of_rooms() -> None:
    rules = {name for name in vars(policy) if name.startswith("may_")}
    of_messages, of_the_space = (
        {"may_delete", "may_close_poll", "may_follow"},
        {
            "may_open_admin",
            "may_invite_people",
            "may_revoke_invitation",
            "may_look_after",
            "may_create_rooms",
            "may_change_space",
            "may_manage_emoji",
            "may_find_people",
            "may_write_to",
            "may_review",
            "may_review_text",
        },
    )
    of_people = {"may_sanction"}
    assert {name for name, _cells in documented()} == rules - of_messages - of_people - of_the_space | {"is_member"}


@pytest.mark.parametrize("creators", Creators.values)
def test_the_space_says_who_creates_rooms(creators: str) -> None:
    assert not policy.may_create_rooms(User(is_guest=True, is_superuser=True), creators)
    member, staff, superuser = User(), User(is_staff=True), User(is_superuser=True)
    may = [policy.may_create_rooms(user, creators) for user in (member, staff, superuser)]
    assert may == [creators == "everybody", creators != "superusers", True]
    for user in (member, staff, superuser):
        user.is_active = False
        assert not policy.may_create_rooms(user, creators)


# --- what the browser receives ----------------------------------------------------------------------------------------


def test_may_lists_what_the_rules_allow(cases: list[Case]) -> None:
    for case in cases:
        allowed = policy.permissions(*case)
        assert ("post" in allowed) == policy.may_post(*case)
        assert ("react" in allowed) == policy.may_react(*case)
        assert ("pin" in allowed) == policy.may_pin(*case)
        assert ("invite" in allowed) == policy.may_invite(*case)
        assert ("moderate" in allowed) == policy.may_moderate(*case)
        assert ("administer" in allowed) == policy.may_administer(*case)
        assert ("mention_all" in allowed) == policy.may_mention_everyone(*case)


def test_the_default_of_may_is_what_a_member_without_a_special_role_may() -> None:
    assert policy.permissions(User(), Room(), Membership()) == ORDINARY_MAY


def test_the_rules_read_the_shape_of_a_room_and_the_state_of_a_member_as_rows() -> None:
    for state, role, archived, rules in product(("current", "muted"), ROLES, BOTH, RULES_OF_ROOMS):
        room = Room(pk=1, name="General", archived_at=timezone.now() if archived else None, **rules)
        membership = Membership(**joined(state, role))
        place = MembershipState.of(membership)
        assert policy.permissions(User(), RoomInfo.of(room), place) == policy.permissions(User(), room, membership)


# --- nothing else decides ---------------------------------------------------------------------------------------------

FLAGS = {"is_superuser", "is_staff", "is_active", "is_guest"}
OTHERS = {
    "chat/policy.py",
    "chat/models/room.py",  # twins
    "chat/models/message.py",
    "chat/models/report.py",
    "chat/models/held_message.py",
    "chat/admin/people.py",  # shows what somebody is
    "chat/models/user.py",  # twins
    "chat/protocol/shapes.py",  # says who is a guest
    "chat/store/post_messages.py",  # passes on who is a guest
    "chat/live/person.py",  # compares what is shown of a person
    "chat/services/accounts.py",  # records what somebody was
    "chat/live/hub.py",  # authentication: connections of deactivated people are closed with their own code
}


def flags_read(path: Any) -> set[str]:
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in FLAGS and isinstance(node.ctx, ast.Load)
    }


@pytest.mark.once
def test_only_the_policy_asks_what_flags_a_person_has() -> None:
    asking = {str(path.relative_to(BASE_DIR)) for path in (BASE_DIR / "chat").rglob("*.py") if flags_read(path)}
    assert asking <= OTHERS
    assert "chat/policy.py" in asking


@pytest.mark.once
def test_no_template_asks_what_flags_a_person_has() -> None:
    templates = [*(BASE_DIR / "templates").rglob("*.html"), *(BASE_DIR / "templates").rglob("*.txt")]
    assert templates
    asking = [path for path in templates if re.search(r"\.(is_superuser|is_staff|is_active)\b", path.read_text())]
    assert asking == []


@pytest.mark.once
def test_pages_ask_for_no_roles() -> None:
    asking = [
        str(path.relative_to(BASE_DIR))
        for path in (BASE_DIR / "chat" / "web").rglob("*.py")
        if re.search(r"Role\.(OWNER|MODERATOR|MEMBER)|\.role\b", path.read_text())
    ]
    assert asking == []


@pytest.mark.django_db
def test_who_may_find_people_knows_all_who_are_active(space: Any) -> None:
    people = [User.objects.create(username=f"p{n}", is_active=n % 2 == 0, is_superuser=n > 3) for n in range(6)]
    for actor in people:
        known = set(User.objects.known_to(actor))
        assert known == (set(User.objects.active()) if policy.may_find_people(actor) else set())
