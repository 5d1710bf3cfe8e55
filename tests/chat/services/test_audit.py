"""What administrators and room owners do is recorded: all of it, in the transaction of the act, and for good."""

import ast
import io
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import AuditEntry, CustomEmoji, DeriverState, HeldMessage, Invitation, Message, Report, Room, User
from chat.models.audit import Action, AppendOnlyError, Way
from chat.protocol.commands import NewPoll
from chat.protocol.errors import ChatError
from chat.services import (
    accounts,
    audit,
    custom_emoji,
    deriving,
    erasure,
    groups,
    held_decisions,
    memberships,
    messages,
    people,
    pictures,
    polls,
    room_invitations,
    rooms,
    sanctions,
    spaces,
    tokens,
    two_steps,
)
from chat.services.invitations import create_invitation, revoke_invitation
from chat.services.origin import current_origin, request_from
from chat.services.reports import act_on_reports
from chat.services.space_settings import change_settings
from tests.harness import images
from tests.harness.admin_actions import say, signed_in, url, user_form
from tests.harness.services import BASE_DIR
from tests.harness.tokens import made
from tests.harness.webhooks import outgoing_of
from webhooks.services import outgoing

pytestmark = pytest.mark.django_db

SERVICES = BASE_DIR / "chat" / "services"


# --- everything is recorded -------------------------------------------------------------------------------------------

ACTORS = ("actor", "user", "author")
"""What the person who acts is called in services."""

NOT_RECORDED = {
    "audit.record": "is the record",
    "attaching.attached": "the message is the record",
    "bots.delete_bot": "is an erasure, which is recorded",
    "bots.own_bot": "changes nothing",
    "bots.remove_bot_picture": "one's own bot",
    "bots.set_bot_picture": "one's own bot",
    "bots.update_bot": "one's own bot",
    "direct.send_direct": "the message is the record",
    "data_exports.remove_exports_of": "one's own data",
    "data_exports.request_export": "one's own data",
    "email_addresses.request_address": "one's own address",
    "erasure.is_last_administrator": "changes nothing",
    "memberships.end_membership": "part of an erasure, which is recorded",
    "held_messages.hold": "one's own message, which waits for a decision that is recorded",
    "held_messages.screen": "changes nothing",
    "held_messages.screen_or_hold": "one's own message, which waits for a decision that is recorded",
    "memberships.join_room": "one's own membership",
    "memberships.leave_room": "one's own membership",
    "memberships.mark_read": "one's own reading",
    "messages.edit_message": "one's own message, which says that it was edited",
    "messages.send_message": "the message is the record",
    "newcomers.check_direct": "changes nothing",
    "newcomers.check_links": "changes nothing",
    "newcomers.check_rooms": "changes nothing",
    "newcomers.is_new": "changes nothing",
    "people.publish_to_rooms": "part of acts that are recorded",
    "people.update_profile": "one's own profile",
    "pins.pin": "the message says who pinned it",
    "pictures.remove_picture": "one's own picture",
    "pictures.set_picture": "one's own picture",
    "pictures.stored_picture": "part of acts that are recorded",
    "quotas.check_direct_place": "changes nothing",
    "polls.send_poll": "the message is the record",
    "posting.post_drafts": "the message is the record",
    "polls.vote": "one's own vote",
    "quotas.check_place": "changes nothing",
    "quotas.check_rooms_created": "changes nothing",
    "reactions.react": "one's own reaction",
    "room_invitations.accept": "one's own membership",
    "room_invitations.decline": "one's own invitation",
    "room_invitations.pending_of": "changes nothing",
    "reports.report_message": "one's own report, of which administrators see more than a line",
    "threads.reply_in_thread": "the message is the record",
    "threads.follow_thread": "what one follows",
    "threads.mark_thread_read": "one's own reading",
    "rooms.kinds_to_create": "changes nothing",
    "rooms.may_create_room": "changes nothing",
    "sessions.end_all": "part of an erasure, which is recorded",
    "sessions.end_one": "one's own session",
    "sessions.end_others": "one's own sessions",
    "sessions.forget_session": "one's own session",
    "sessions.note_session": "one's own session",
    "sessions.sign_ins_of": "changes nothing",
    "spaces.welcome": "a new person joins the first room",
    "tokens.revoke_all": "part of a deactivation or erasure, which is recorded",
    "two_steps.require_of": "part of a change of settings, which is recorded",
    "two_steps.suspend_or_restore": "follows from acts that are recorded",
    "two_steps.ways_of": "changes nothing",
    "typing.note_typing": "stored nowhere",
    "typing.publish_typing": "stored nowhere",
    "word_filter.check_words": "changes nothing",
}
"""Services with a person who acts that record nothing, each with its reason."""


def functions() -> dict[str, ast.FunctionDef]:
    """All functions of the services, by module and name."""
    return {
        f"{path.stem}.{node.name}": node
        for path in sorted(SERVICES.glob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def records(name: str, known: dict[str, ast.FunctionDef], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a service calls `audit.record`, itself or through private functions of its module."""
    module = name.partition(".")[0]
    called = {ast.unparse(node.func) for node in ast.walk(known[name]) if isinstance(node, ast.Call)}
    if "audit.record" in called:
        return True
    private = {f"{module}.{call}" for call in called if call.startswith("_")} & known.keys()
    return any(records(other, known, seen | {name}) for other in private - seen)


def test_a_service_in_which_somebody_acts_records_it_or_is_listed_with_its_reason() -> None:
    known = functions()
    acting = {
        name
        for name, node in known.items()
        if not node.name.startswith("_") and node.args.args and node.args.args[0].arg in ACTORS
    }
    assert {name for name in acting if not records(name, known)} == set(NOT_RECORDED)


def test_an_action_of_the_admin_calls_only_services_that_record() -> None:
    known = functions()
    recorded = {name for name in known if records(name, known)}
    found = 0
    for page in admin.site._registry.values():
        if not type(page).__module__.startswith("chat.admin"):
            continue
        module = ast.parse((BASE_DIR / f"{type(page).__module__.replace('.', '/')}.py").read_text())
        methods = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
        for action in page.actions or ():
            assert calls_of(methods[str(action)], methods) & recorded, (page, action)
            found += 1
    assert found >= 6


def calls_of(method: ast.FunctionDef, methods: dict[str, ast.FunctionDef]) -> set[str]:
    """The services that a method of an admin page calls, by module and name; through its other methods, too."""
    called = {ast.unparse(node.func) for node in ast.walk(method) if isinstance(node, ast.Call)}
    through = [methods[call.removeprefix("self.")] for call in called if call.removeprefix("self.") in methods]
    own = called | {f"messages.{call}" for call in called}  # imported by name
    return own.union(*(calls_of(other, methods) for other in through if other is not method))


def test_only_services_record() -> None:
    writers = {
        str(path.relative_to(BASE_DIR))
        for path in (BASE_DIR / "chat").rglob("*.py")
        if "audit.record(" in path.read_text() or "AuditEntry.objects.create" in path.read_text()
    }
    assert writers
    assert {path for path in writers if not path.startswith("chat/services/")} == set()


def test_the_name_of_an_author_is_recorded_with_the_id_by_which_an_erasure_finds_it() -> None:
    naming = [path.name for path in SERVICES.glob("*.py") if re.search(r'"author": str\(', path.read_text())]
    assert naming == ["audit.py"]


Act = Callable[[User, Room, User], Any]


def permission() -> Permission:
    return Permission.objects.get(codename="view_message")


def prune_old_entry() -> None:
    long_ago = timezone.now() - timedelta(days=31)
    AuditEntry.objects.create(action=Action.ROOM_CREATED, target_kind="room", target_id=1, way=Way.WEB, at=long_ago)
    call_command("pruneaudit", "--keep", "30", stdout=io.StringIO())


def archived(keeper: User, room: Room) -> Room:
    return rooms.archive_room(keeper, room_id=room.pk)


def revoked(keeper: User) -> Invitation:
    invitation, _token = create_invitation(keeper, days=7, max_uses=None)
    revoke_invitation(keeper, invitation_id=invitation.pk)
    return invitation


def rewound(keeper: User) -> None:
    """Rewind a deriver that has run."""
    DeriverState.objects.create(name="mentions")
    deriving.rewind(keeper, name="mentions")


def without_picture(keeper: User, person: User) -> None:
    pictures.set_picture(person, data=images.image())
    pictures.remove_picture_of(keeper, user_id=person.pk)


def webhook(keeper: User, room: Room) -> int:
    """The id of a new webhook."""
    memberships.join_room(keeper, room_id=room.pk)
    return outgoing_of(keeper, room).pk


def webhook_changed(keeper: User, room: Room) -> None:
    pk = webhook(keeper, room)
    outgoing.update_outgoing(keeper, webhook_id=pk, name="Log", url="https://a.example/", kinds=["message.posted"])


def webhook_switched(keeper: User, room: Room) -> None:
    pk = webhook(keeper, room)
    for on in (False, True):
        outgoing.switch_outgoing(keeper, webhook_id=pk, on=on)


def withdrawn(keeper: User, person: User) -> None:
    """Invite somebody into a private room, and withdraw it."""
    room = rooms.create_room(keeper, name="Attic", kind="private")
    room_invitations.invite(keeper, room_id=room.pk, user_id=person.pk)
    room_invitations.withdraw(keeper, room_id=room.pk, user_id=person.pk)


def new_emoji(keeper: User) -> CustomEmoji:
    return custom_emoji.add_emoji(keeper, name="leaf2", data=images.image())


def archived_and_back(keeper: User) -> None:
    emoji = new_emoji(keeper)
    custom_emoji.archive_emoji(keeper, emoji_id=emoji.pk)
    custom_emoji.unarchive_emoji(keeper, emoji_id=emoji.pk)


def unaudited_emoji(keeper: User) -> CustomEmoji:
    """An emoji whose adding is not recorded."""
    return CustomEmoji.objects.create(name="leaf2", picture="emoji/x-64.webp", created_by=keeper)


def closed_poll(keeper: User, room: Room, author: User) -> None:
    """Somebody's poll, closed by an administrator who is in the room."""
    memberships.invite_member(keeper, room_id=room.pk, user_id=keeper.pk)
    poll = NewPoll(choices=["a", "b"])
    asked = polls.send_poll(author, room_id=room.pk, key=uuid.uuid4(), body="?", poll=poll)
    polls.close_poll(keeper, message_id=asked.pk)


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


def unbanned(keeper: User, room: Room, person: User) -> None:
    sanctions.ban_member(keeper, room_id=room.pk, user_id=person.pk, until=tomorrow())
    sanctions.lift_ban(keeper, room_id=room.pk, user_id=person.pk)


def dismissed(keeper: User, message: Message) -> None:
    """Close a report without doing anything."""
    Report.objects.create(message=message, reporter=keeper, reason="spam")
    act_on_reports(keeper, message_id=message.pk, outcome="dismissed")


def held(author: User, room: Room) -> int:
    """The id of a message that waits for a decision."""
    return HeldMessage.objects.create(author=author, room=room, key=uuid.uuid4(), body="hi").pk


def unmuted(keeper: User, room: Room, person: User) -> None:
    sanctions.mute_member(keeper, room_id=room.pk, user_id=person.pk, until=tomorrow())
    sanctions.unmute_member(keeper, room_id=room.pk, user_id=person.pk)


ACTS: list[tuple[Action, Act]] = [
    (Action.SPACE_RENAMED, lambda k, _r, _j: spaces.rename_space(k, name="Our house")),
    (Action.SPACE_SETTINGS, lambda k, _r, _j: change_settings(k, values={"signups": "closed"})),
    (Action.SPACE_PICTURE, lambda k, _r, _j: pictures.set_space_picture(k, data=images.image())),
    (Action.EMOJI_ADDED, lambda k, _r, _j: new_emoji(k)),
    (Action.EMOJI_ARCHIVED, lambda k, _r, _j: custom_emoji.archive_emoji(k, emoji_id=new_emoji(k).pk)),
    (Action.EMOJI_UNARCHIVED, lambda k, _r, _j: archived_and_back(k)),
    (Action.SPACE_RESTORED, lambda _k, _r, _j: call_command("restored")),
    (Action.AUDIT_PRUNED, lambda _k, _r, _j: prune_old_entry()),
    (Action.ROOM_CREATED, lambda k, _r, _j: rooms.create_room(k, name="New")),
    (Action.ROOM_CHANGED, lambda k, r, _j: rooms.update_room(k, room_id=r.pk, name="Lobby", topic="Tea")),
    (Action.ROOM_ARCHIVED, lambda k, r, _j: rooms.archive_room(k, room_id=r.pk)),
    (Action.ROOM_UNARCHIVED, lambda k, r, _j: (archived(k, r), rooms.unarchive_room(k, room_id=r.pk))),
    (Action.ROOM_DELETED, lambda k, r, _j: (archived(k, r), rooms.delete_room(k, room_id=r.pk))),
    (Action.MEMBER_INVITED, lambda k, r, _j: memberships.invite_member(k, room_id=r.pk, user_id=k.pk)),
    (Action.MEMBER_WITHDRAWN, lambda k, _r, j: withdrawn(k, j)),
    (Action.MEMBER_REMOVED, lambda k, r, j: memberships.remove_member(k, room_id=r.pk, user_id=j.pk)),
    (Action.MEMBER_BANNED, lambda k, r, j: sanctions.ban_member(k, room_id=r.pk, user_id=j.pk, until=tomorrow())),
    (Action.MEMBER_UNBANNED, unbanned),
    (Action.MEMBER_MUTED, lambda k, r, j: sanctions.mute_member(k, room_id=r.pk, user_id=j.pk, until=tomorrow())),
    (Action.MEMBER_UNMUTED, unmuted),
    (Action.MEMBER_ROLE, lambda k, r, j: memberships.set_role(k, room_id=r.pk, user_id=j.pk, role="moderator")),
    (Action.MESSAGE_DELETED, lambda k, r, j: messages.delete_message(k, message_id=say(j, r).pk)),
    (Action.POLL_CLOSED, closed_poll),
    (Action.MESSAGE_POSTED, lambda k, r, j: held_decisions.post_held(k, held_id=held(j, r))),
    (Action.MESSAGE_DECLINED, lambda k, r, j: held_decisions.decline_held(k, held_id=held(j, r))),
    (Action.REPORT_CLOSED, lambda k, r, j: dismissed(k, say(j, r))),
    (Action.INVITATION_CREATED, lambda k, _r, _j: create_invitation(k, days=7, max_uses=None)),
    (Action.INVITATION_REVOKED, lambda k, _r, _j: revoked(k)),
    (Action.DERIVER_REWOUND, lambda k, _r, _j: rewound(k)),
    (Action.PERSON_CREATED, lambda k, _r, _j: accounts.create_person(k, username="hana", password=None)),
    (Action.PERSON_CHANGED, lambda k, _r, j: accounts.update_person(k, user_id=j.pk, username="jun")),
    (Action.PERSON_PICTURE, lambda k, _r, j: without_picture(k, j)),
    (Action.PERSON_BOT, lambda k, _r, j: accounts.update_person(k, user_id=j.pk, is_bot=True)),
    (Action.PERSON_GUEST, lambda k, _r, j: accounts.update_person(k, user_id=j.pk, is_guest=True)),
    (Action.PERSON_PASSWORD, lambda k, _r, j: accounts.set_password(k, user_id=j.pk, password="paper lantern 42")),
    (
        Action.PERSON_RIGHTS,
        lambda k, _r, j: accounts.set_rights(
            k, user_id=j.pk, is_staff=True, is_superuser=False, groups=[], permissions=[permission()]
        ),
    ),
    (Action.PERSON_DEACTIVATED, lambda k, _r, j: people.deactivate_user(k, user_id=j.pk)),
    (Action.PERSON_ACTIVATED, lambda k, _r, j: people.activate_user(k, user_id=j.pk)),
    (Action.PERSON_ERASED, lambda k, _r, j: erasure.erase(k, user_id=j.pk, own_messages="keep")),
    (Action.TWO_STEPS_ADDED, lambda k, _r, _j: two_steps.note_change(k, Action.TWO_STEPS_ADDED, way="totp")),
    (Action.TWO_STEPS_REMOVED, lambda k, _r, _j: two_steps.note_change(k, Action.TWO_STEPS_REMOVED, way="totp")),
    (Action.TWO_STEPS_CODES, lambda k, _r, _j: two_steps.note_change(k, Action.TWO_STEPS_CODES, way="recovery_codes")),
    (Action.TWO_STEPS_RESET, lambda k, _r, j: two_steps.reset(k, user_id=j.pk)),
    (Action.TOKEN_CREATED, lambda k, _r, _j: made(k)),
    (Action.TOKEN_REVOKED, lambda k, _r, j: tokens.revoke_token(k, token_id=made(j)[0].pk)),
    (Action.WEBHOOK_CREATED, lambda k, r, _j: webhook(k, r)),
    (Action.WEBHOOK_CHANGED, lambda k, r, _j: webhook_changed(k, r)),
    (Action.WEBHOOK_SECRET, lambda k, r, _j: outgoing.new_outgoing_secret(k, webhook_id=webhook(k, r))),
    (Action.WEBHOOK_OFF, lambda k, r, _j: webhook_switched(k, r)),
    (Action.WEBHOOK_ON, lambda k, r, _j: webhook_switched(k, r)),
    (Action.WEBHOOK_DELETED, lambda k, r, _j: outgoing.delete_outgoing(k, webhook_id=webhook(k, r))),
    (Action.GROUP_CREATED, lambda k, _r, _j: groups.create_group(k, name="helpers", permissions=[permission()])),
    (
        Action.GROUP_CHANGED,
        lambda k, _r, _j: groups.update_group(
            k, group_id=Group.objects.create(name="helpers").pk, name="readers", permissions=[permission()]
        ),
    ),
    (
        Action.GROUP_DELETED,
        lambda k, _r, _j: groups.delete_group(k, group_id=Group.objects.create(name="helpers").pk),
    ),
]


@pytest.mark.parametrize(("action", "act"), ACTS, ids=[action.value for action, _act in ACTS])
def test_an_act_is_recorded_once(action: Action, act: Act, keeper: User, general: Room, joon: User) -> None:
    before = list(AuditEntry.objects.values_list("pk", flat=True))
    act(keeper, general, joon)
    entry = AuditEntry.objects.exclude(pk__in=before).get(action=action)
    is_command = action in {Action.SPACE_RESTORED, Action.AUDIT_PRUNED}
    assert (entry.actor, entry.actor_name) == ((None, "") if is_command else (keeper, "Keeper (@keeper)"))
    assert entry.way == Way.COMMAND
    assert entry.target_id


def test_every_code_is_recorded_by_an_act_that_is_tested() -> None:
    tested = {action for action, _act in ACTS}
    assert set(Action) - tested == {Action.SPACE_CREATED}, "which has a test of its own"


def test_the_creation_of_the_space_is_recorded_with_its_owner(db: None) -> None:
    owner = spaces.create_space(name="Team", username="mina", display_name="Mina", password="paper lantern 42")
    entry = AuditEntry.objects.get(action=Action.SPACE_CREATED)
    assert (entry.actor, entry.target_kind, entry.target_name) == (owner, "space", "Team")


@pytest.mark.parametrize(
    "again",
    [
        lambda k, r, _j: rooms.update_room(k, room_id=r.pk, name=r.name),
        lambda k, r, _j: rooms.unarchive_room(k, room_id=r.pk),
        lambda k, r, j: memberships.invite_member(k, room_id=r.pk, user_id=j.pk),
        lambda k, r, j: memberships.set_role(k, room_id=r.pk, user_id=j.pk, role="member"),
        lambda k, _r, j: accounts.update_person(k, user_id=j.pk, username=j.username, is_bot=False),
        lambda k, _r, j: accounts.set_rights(
            k, user_id=j.pk, is_staff=False, is_superuser=False, groups=[], permissions=[]
        ),
        lambda k, _r, _j: spaces.rename_space(k, name="Sarangbang"),
        lambda k, _r, _j: change_settings(k, values={"signups": "open"}),
        lambda k, _r, j: pictures.remove_picture_of(k, user_id=j.pk),
        lambda k, _r, _j: pictures.remove_space_picture(k),
        lambda k, _r, _j: custom_emoji.unarchive_emoji(k, emoji_id=unaudited_emoji(k).pk),
    ],
)
def test_what_changes_nothing_is_not_recorded(again: Act, keeper: User, general: Room, joon: User) -> None:
    before = AuditEntry.objects.count()
    again(keeper, general, joon)
    assert AuditEntry.objects.count() == before


def test_what_one_does_with_ones_own_message_is_not_recorded(general: Room, joon: User) -> None:
    messages.delete_message(joon, message_id=say(joon, general).pk)
    assert not AuditEntry.objects.filter(actor=joon).exists()


def test_an_act_that_is_refused_is_not_recorded(general: Room, joon: User, mina: User) -> None:
    for act in (
        lambda: rooms.archive_room(joon, room_id=general.pk),
        lambda: memberships.remove_member(joon, room_id=general.pk, user_id=mina.pk),
        lambda: people.deactivate_user(joon, user_id=mina.pk),
        lambda: change_settings(joon, values={"signups": "closed"}),
        lambda: groups.create_group(joon, name="mine", permissions=[]),
    ):
        with pytest.raises(ChatError):
            act()
    assert not AuditEntry.objects.filter(actor=joon).exists()


# --- what an entry says -----------------------------------------------------------------------------------------------


def test_settings_are_recorded_with_their_old_and_new_values(keeper: User) -> None:
    change_settings(keeper, values={"signups": "closed", "send_burst": 20, "invitation_days": 3})
    assert AuditEntry.objects.get().details == {"signups": ["open", "closed"], "invitation_days": [0, 3]}


def test_rights_are_recorded_as_they_were_and_are(keeper: User, joon: User) -> None:
    helpers = Group.objects.create(name="helpers")
    accounts.set_rights(
        keeper, user_id=joon.pk, is_staff=True, is_superuser=False, groups=[helpers], permissions=[permission()]
    )
    assert AuditEntry.objects.get().details == {
        "is_staff": [False, True],
        "groups": [[], ["helpers"]],
        "permissions": [[], ["view_message"]],
    }


SECRET = "hunter2"


def test_no_text_address_or_password_is_recorded(keeper: User, mina: User, joon: User, founders: Room) -> None:
    messages.delete_message(mina, message_id=say(joon, founders, SECRET).pk)
    rooms.update_room(mina, room_id=founders.pk, name=f"Plans {SECRET}", topic=SECRET)
    rooms.create_room(mina, name=SECRET, kind="private", topic=SECRET)
    accounts.update_person(keeper, user_id=joon.pk, email=f"{SECRET}@example.com")
    accounts.set_password(keeper, user_id=joon.pk, password=f"{SECRET} lantern")
    accounts.create_person(keeper, username="hana", password=f"{SECRET} x 42", email=f"{SECRET}@example.org")
    rooms.archive_room(mina, room_id=founders.pk)
    memberships.invite_member(keeper, room_id=Room.objects.get(name=SECRET).pk, user_id=joon.pk)
    assert AuditEntry.objects.count() >= 8
    assert SECRET not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_the_name_is_that_of_the_time(keeper: User, joon: User) -> None:
    accounts.update_person(keeper, user_id=joon.pk, display_name="Jun")
    accounts.set_password(keeper, user_id=joon.pk, password="paper lantern 42")
    accounts.update_person(keeper, user_id=joon.pk, username="junho")
    names = AuditEntry.objects.order_by("pk").values_list("target_name", flat=True)
    assert list(names) == ["Jun (@joon)", "Jun (@joon)", "Jun (@junho)"]
    assert AuditEntry.objects.latest("pk").details["username"] == ["joon", "junho"]


def test_what_is_recorded_is_bounded(keeper: User) -> None:
    codes = [f"code{number}" for number in range(500)]
    with transaction.atomic(), request_from(Way.WEB, "x" * 1_000):
        audit.record(keeper, Action.GROUP_CHANGED, target=keeper, details={"name": "x" * 5_000, "permissions": codes})
    entry = AuditEntry.objects.get()
    assert (len(entry.details["name"]), len(entry.details["permissions"])) == (audit.VALUE_CHARS, audit.LIST_ITEMS)
    assert len(entry.network) == 64


# --- where a request came from ----------------------------------------------------------------------------------------


def test_entries_distinguish_pages_from_the_admin(keeper: User, general: Room, joon: User) -> None:
    client = signed_in(keeper)
    client.post(reverse("room_archive", args=[general.slug]), REMOTE_ADDR="203.0.113.9")
    client.post(url("user", "change", joon.pk), user_form(joon, display_name="Jun"), REMOTE_ADDR="2001:db8::1:2")
    entries = AuditEntry.objects.filter(actor=keeper).order_by("pk")
    assert list(entries.values_list("way", "network")) == [
        (Way.WEB, "203.0.113.9"),
        (Way.ADMIN, "2001:db8::/64"),
    ]


def test_behind_a_proxy_the_address_is_the_one_that_it_vouches_for(
    keeper: User, general: Room, settings: Any, client: Client
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.force_login(keeper)
    address = reverse("room_archive", args=[general.slug])
    client.post(address, REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert AuditEntry.objects.get(actor=keeper).network == "203.0.113.9"


def test_after_a_request_nothing_of_it_is_left() -> None:
    with request_from(Way.SOCKET, "203.0.113.9"):
        assert current_origin() == (Way.SOCKET, "203.0.113.9")
    assert current_origin() == (Way.COMMAND, "")


@pytest.mark.django_db(transaction=True)
def test_a_record_outside_of_the_transaction_of_its_act_is_an_error(keeper: User) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        audit.record(keeper, Action.PERSON_CHANGED, target=keeper)


def test_an_act_that_is_rolled_back_leaves_no_record(keeper: User, general: Room) -> None:
    with transaction.atomic():
        rooms.archive_room(keeper, room_id=general.pk)
        assert AuditEntry.objects.filter(actor=keeper).exists()
        transaction.set_rollback(True)
    assert not AuditEntry.objects.filter(actor=keeper).exists()


# --- for good ---------------------------------------------------------------------------------------------------------


def test_entries_are_neither_changed_nor_deleted(keeper: User) -> None:
    change_settings(keeper, values={"signups": "closed"})
    entry = AuditEntry.objects.get()
    upsert: dict[str, Any] = {"update_conflicts": True, "update_fields": ["way"], "unique_fields": ["id"]}
    for act in (
        entry.save,
        entry.delete,
        lambda: AuditEntry.objects.update(actor_name="Somebody"),
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditEntry._base_manager.all().delete(),
        lambda: AuditEntry.objects.bulk_update([entry], ["actor_name"]),
        lambda: AuditEntry.objects.bulk_create([entry], **upsert),
        lambda: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"actor_name": "Somebody"}),
    ):
        with pytest.raises(AppendOnlyError):
            act()
    assert AuditEntry.objects.get().actor_name == "Keeper (@keeper)"


def test_the_record_outlives_the_room(keeper: User, general: Room) -> None:
    archived(keeper, general)
    rooms.delete_room(keeper, room_id=general.pk)
    from chat.services.deleted_rooms import finish_deletions

    assert finish_deletions()
    entry = AuditEntry.objects.select_related("room").get(action=Action.ROOM_DELETED)
    assert (entry.room_id, entry.room, entry.target_name) == (general.pk, None, "General")
    assert not Message.objects.exists()
