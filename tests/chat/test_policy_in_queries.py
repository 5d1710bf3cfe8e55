"""Queries find, and the group commit stores, what the rules of chat/policy.py allow, in every combination.

The combinations are stored once for all of these tests.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from chat import policy
from chat.models import HeldMessage, Message, Report, Room, Space, User
from chat.protocol.errors import ChatError, NotFound
from chat.services.group_commit import draft, send_batch
from tests.harness.policy_cases import BOTH, Case, all_cases, existing, refusal, store, store_threads, threads_of
from tests.harness.shared_rows import shared_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cases(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Case]]:
    """All combinations of a person, a room and a membership, in the database."""
    made = all_cases()

    def create() -> None:
        Space.objects.create(name="Sarangbang")
        store(made)

    with shared_rows(django_db_blocker, create):
        yield made


@pytest.fixture
def in_threads(cases: list[Case], db: None) -> list[Case]:
    """The same in a thread of each room."""
    return store_threads(threads_of(cases))


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


def test_lists_of_rooms_contain_no_threads(in_threads: list[Case]) -> None:
    threads = {case.room.pk for case in in_threads}
    for user in {case.actor.pk: case.actor for case in in_threads if not case.actor.is_superuser}.values():
        for listed in (Room.objects.visible_to(user), Room.objects.of(user), Room.objects.joinable_by(user)):
            assert threads.isdisjoint(listed.values_list("pk", flat=True))
    assert not Room.objects.without_threads().filter(pk__in=threads).exists()
