"""Who may do what: the rules, and that nothing else decides."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from chat import policy
from chat.models import Membership, Message, Room, User
from chat.models.space_settings import Creators
from chat.protocol.errors import Archived, Conflict, Forbidden, Muted, NotFound
from chat.protocol.shapes import ORDINARY_MAY, RoomInfo
from chat.queries.rooms import MembershipState
from tests.harness.policy_cases import (
    BOTH,
    KINDS,
    ROLES,
    RULES_OF_ROOMS,
    Case,
    all_cases,
    joined,
    refusal,
    threads_of,
)
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """All combinations of a person, a room and a membership."""
    return all_cases()


@pytest.fixture(scope="module")
def in_threads(cases: list[Case]) -> list[Case]:
    """The same in a thread of each room."""
    return threads_of(cases)


# --- in threads -------------------------------------------------------------------------------------------------------


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
    (policy.may_manage_webhooks, policy.require_manage_webhooks),
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


def test_the_refusal_names_its_reason() -> None:
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


def test_a_closed_conversation_says_why_but_not_who_blocked_whom() -> None:
    actor, member = User(pk=1), Membership()
    with pytest.raises(Forbidden, match="You cannot send messages to this person"):
        policy.require_post(actor, Room(kind="direct", closed="refused"), member)
    with pytest.raises(Forbidden, match="deactivated"):
        policy.require_post(actor, Room(kind="direct", closed="deactivated"), member)
    with pytest.raises(Forbidden, match="Hide it instead"):
        policy.require_leave(actor, Room(kind="direct"), member)


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


def test_authors_and_moderators_remove_previews_where_they_may_post(cases: list[Case]) -> None:
    for case in cases:
        is_moderator = policy.is_moderator(case.actor, case.membership)
        for message, allowed in [
            (Message(author=case.actor), policy.may_post(*case)),
            (Message(author_id=0), policy.may_post(*case) and is_moderator),
        ]:
            error = refusal(policy.require_remove_preview, *case, message)
            assert (error is None) == policy.may_remove_preview(*case, message) == allowed


def test_who_may_vote_is_who_may_react(cases: list[Case]) -> None:
    for case in cases:
        assert (refusal(policy.require_vote, *case) is None) == policy.may_react(*case)


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
            is_possible = policy.has_settings(case.room) and target.user_id != case.actor.pk
            expected = policy.may_moderate(*case) and may_judge and is_possible
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
    policy.may_manage_webhooks,
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
        {"may_delete", "may_close_poll", "may_remove_preview", "may_follow"},
        {
            "may_open_admin",
            "may_invite_people",
            "may_revoke_invitation",
            "may_look_after",
            "may_create_bots",
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


def test_only_the_policy_asks_what_flags_a_person_has() -> None:
    asking = {str(path.relative_to(BASE_DIR)) for path in (BASE_DIR / "chat").rglob("*.py") if flags_read(path)}
    assert asking <= OTHERS
    assert "chat/policy.py" in asking


def test_no_template_asks_what_flags_a_person_has() -> None:
    templates = [*(BASE_DIR / "templates").rglob("*.html"), *(BASE_DIR / "templates").rglob("*.txt")]
    assert templates
    asking = [path for path in templates if re.search(r"\.(is_superuser|is_staff|is_active)\b", path.read_text())]
    assert asking == []


def test_pages_ask_for_no_roles() -> None:
    asking = [
        str(path.relative_to(BASE_DIR))
        for path in (BASE_DIR / "chat" / "web").rglob("*.py")
        if re.search(r"Role\.(OWNER|MODERATOR|MEMBER)|\.role\b", path.read_text())
    ]
    assert asking == []
