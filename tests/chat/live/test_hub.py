"""The live path of one process: people connect, open rooms, receive changes and disconnect."""

import asyncio
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from chat.bus.bus import bus
from chat.bus.encoding import encode
from chat.bus.events import MemberJoined, MemberRemoved
from chat.bus.groups import presence_group, space_group
from chat.handlers import HANDLERS
from chat.live import connection, reconciler, tasks
from chat.live import room as live_room
from chat.live.hub import Hub
from chat.live.reader_pool import READER_THREADS, run_in_reader
from chat.models import Membership, Room, User
from chat.protocol.limits import SILENCE_SECONDS
from chat.protocol.shapes import ORDINARY_MAY, timestamp
from chat.queries import rooms as room_queries
from chat.queries import sessions
from chat.services import accounts, group_commit, memberships, messages, people, quotas, rooms, sanctions
from chat.services.room_rules import change_rules
from tests.harness.inprocess import Client, Connect, until

pytestmark = pytest.mark.django_db(transaction=True)


async def say(user: Any, room: Room, body: str) -> Any:
    """Say something from another thread, as a page would."""
    return await run_in_reader(messages.send_message, user, room_id=room.pk, key=uuid4(), body=body)


async def settled(client: Client, room: Room) -> None:
    """Wait until a client has a room as the database has it."""

    def revision() -> int:
        return Room.objects.values_list("revision", flat=True).get(pk=room.pk)

    reached = await run_in_reader(revision)
    await until(lambda: (client.views[room.pk].revision or 0) >= reached, "the newest revision")


# --- opening ----------------------------------------------------------------------------------------------------------


async def test_an_open_room_is_live(connect: Connect, mina: Any, joon: Any, general: Any) -> None:
    client = await connect(mina)
    assert (await client.ask("open", room=general.pk))["reset"] is True
    await say(joon, general, "hello")
    await until(lambda: client.bodies(general.pk) == ["hello"])


async def test_a_message_reaches_its_senders_other_tab_and_the_ack_comes_before_the_change(
    connect: Connect, mina: Any, general: Any
) -> None:
    one, two = await connect(mina), await connect(mina)
    for client in (one, two):
        await client.ask("open", room=general.pk)
    reply = await one.ask("send", room=general.pk, key=uuid4(), body="hi")
    await until(lambda: one.bodies(general.pk) == two.bodies(general.pk) == ["hi"])
    kinds = [frame["type"] for frame in one.frames if frame["type"] != "activity"]
    assert kinds[-2:] == ["reply", "changes"]
    assert one.of("changes")[-1]["messages"] == [reply["message"]]


async def test_a_room_that_is_closed_falls_back_to_activity(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    assert (await client.ask("close", room=general.pk))["ok"]
    await say(joon, general, "hello")
    await until(lambda: client.of("activity"))
    assert client.of("changes") == []
    assert client.of("activity")[0]["unread"] == 1


async def test_what_a_client_missed_is_resumed_by_revision(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    edited = await say(joon, general, "one")
    await settled(client, general)
    client.disconnect()
    await run_in_reader(messages.edit_message, joon, message_id=edited.pk, body="uno")
    await say(joon, general, "two")
    await client.connect()
    reply = await client.ask("open", room=general.pk, since=client.views[general.pk].revision)
    assert reply["reset"] is False
    assert client.bodies(general.pk) == ["uno", "two"]


async def test_a_ping_answers_with_the_revisions_of_the_open_rooms(
    connect: Connect, mina: Any, general: Any, founders: Any
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    await say(mina, general, "hi")
    await settled(client, general)
    assert (await client.ask("ping"))["rooms"] == {str(general.pk): client.views[general.pk].revision}


async def test_a_change_in_the_middle_of_opening_is_neither_lost_nor_doubled(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is read, then held up, while the room goes on."""
    client = await connect(mina)
    read, go_on = hold_up(monkeypatch, hub.rooms_loader, "read")
    opening = asyncio.create_task(client.ask("open", room=general.pk))
    await until(read.is_set)
    await say(joon, general, "meanwhile")
    go_on.set()
    await opening
    await until(lambda: client.bodies(general.pk) == ["meanwhile"])


# --- coming and going of members --------------------------------------------------------------------------------------


async def test_a_removed_member_receives_nothing_from_then_on(
    connect: Connect, mina: Any, joon: Any, founders: Any
) -> None:
    here, elsewhere, other = await connect(joon), await connect(joon), await connect(mina)
    await here.ask("open", room=founders.pk)
    await other.ask("open", room=founders.pk)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: here.of("room_removed") and elsewhere.of("room_removed"))
    before = len(here.frames), len(elsewhere.frames)
    await say(mina, founders, "he is gone")
    await until(lambda: other.bodies(founders.pk) == ["", "he is gone"])
    assert (len(here.frames), len(elsewhere.frames)) == before
    assert here.of("room_removed") == [{"type": "room_removed", "room": founders.pk, "reason": "removed"}]
    for command in ({"type_": "open"}, {"type_": "history", "before": 5}, {"type_": "typing", "on": True}):
        reply = await here.ask(**command, room=founders.pk)
        assert reply["error"]["code"] == "not_found"


async def test_an_invited_person_gets_the_room_and_may_open_it(
    connect: Connect, mina: Any, stranger: Any, founders: Any
) -> None:
    client = await connect(stranger)
    assert (await client.ask("open", room=founders.pk))["error"]["code"] == "not_found"
    await run_in_reader(memberships.invite_member, mina, room_id=founders.pk, user_id=stranger.pk)
    await until(lambda: client.of("room"))
    room = client.of("room")[0]["room"]
    assert (room["id"], room["role"], room["unread"]) == (founders.pk, "member", 0)
    assert (await client.ask("open", room=founders.pk))["ok"]


async def test_joining_and_leaving_reach_every_tab(connect: Connect, stranger: Any, general: Any) -> None:
    one, two = await connect(stranger), await connect(stranger)
    reply = await one.ask("join", room=general.pk)
    assert reply["room"]["id"] == general.pk
    await until(lambda: two.of("room"))
    assert (await one.ask("leave", room=general.pk))["ok"]
    await until(lambda: one.of("room_removed") and two.of("room_removed"))
    assert two.of("room_removed")[0]["reason"] == "left"


async def test_leaving_again_takes_the_room_from_every_tab_if_the_first_leave_was_stored_but_not_published(
    connect: Connect, joon: Any, general: Any
) -> None:
    one, two = await connect(joon), await connect(joon)
    await run_in_reader(lambda: general.memberships.filter(user=joon).update(left_at=timezone.now()))
    assert (await one.ask("leave", room=general.pk))["ok"]
    await until(lambda: one.of("room_removed") and two.of("room_removed"))


async def test_an_invitation_received_after_a_later_removal_readmits_nobody(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any
) -> None:
    client, other = await connect(joon), await connect(mina)
    invited = await run_in_reader(lambda: Room.objects.get(pk=founders.pk).revision)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: client.of("room_removed"))
    summary = json.dumps({"id": founders.pk})
    late = MemberJoined(
        joon.pk,
        room=founders.pk,
        revision=invited,
        role="member",
        notify="all",
        last_read=0,
        counted_read=0,
        summary=summary,
    )
    hub.bus_events.remote(encode(late, origin="another process"))
    await say(mina, founders, "he is gone")
    await until(lambda: other.of("activity"))
    assert client.of("room") == client.of("activity") == []
    assert founders.pk not in client.connection.person.rooms  # type: ignore[union-attr]


async def test_a_removal_received_after_a_later_invitation_removes_nobody(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any
) -> None:
    client, _other = await connect(joon), await connect(mina)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    removed = await run_in_reader(lambda: Room.objects.get(pk=founders.pk).revision)
    await run_in_reader(memberships.invite_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: client.of("room"))
    late = MemberRemoved(joon.pk, room=founders.pk, revision=removed, reason="removed")
    hub.bus_events.remote(encode(late, origin="another process"))
    assert len(client.of("room_removed")) == 1
    assert founders.pk in client.connection.person.rooms  # type: ignore[union-attr]


async def test_members_see_who_joins_and_leaves(connect: Connect, mina: Any, stranger: Any, general: Any) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    await run_in_reader(memberships.join_room, stranger, room_id=general.pk)
    await until(lambda: stranger.pk in client.views[general.pk].present)
    await run_in_reader(memberships.leave_room, stranger, room_id=general.pk)
    await until(lambda: stranger.pk not in client.views[general.pk].present)


async def test_new_settings_reach_open_rooms_as_info_and_everybody_as_room(
    connect: Connect, mina: Any, general: Any
) -> None:
    here, elsewhere = await connect(mina), await connect(mina)
    await here.ask("open", room=general.pk)
    await run_in_reader(rooms.update_room, mina, room_id=general.pk, name="Agora", topic="all of it")
    await until(lambda: here.views[general.pk].summary.name == "Agora")
    for client in (here, elsewhere):
        await until(lambda client=client: client.of("room"))  # type: ignore[misc]
        [summary] = [frame["room"] for frame in client.of("room")]
        assert (summary["name"], summary["topic"], summary["role"]) == ("Agora", "all of it", "owner")


def may_of(client: Client, room: Room) -> list[str]:
    """What the client may do in a room, according to the last frame."""
    received = [frame["room"] for frame in client.of("room") if frame["room"]["id"] == room.pk]
    return list(received[-1].get("may", ORDINARY_MAY)) if received else []


async def test_archiving_a_room_reaches_every_tab_with_what_each_person_may_do_then(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    owner, member, elsewhere = await connect(mina), await connect(joon), await connect(joon)
    for client in (owner, member):
        await client.ask("open", room=general.pk)
    await run_in_reader(rooms.archive_room, mina, room_id=general.pk)
    await until(lambda: may_of(owner, general) == ["administer"])
    for client in (member, elsewhere):
        await until(lambda client=client: client.of("room"))  # type: ignore[misc]
        assert may_of(client, general) == []
    await run_in_reader(rooms.unarchive_room, mina, room_id=general.pk)
    for client in (member, elsewhere):
        await until(lambda client=client: may_of(client, general) == ["post", "react", "pin", "invite"])  # type: ignore[misc]


async def test_another_role_reaches_every_tab_of_the_person_and_nobody_else(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    owner, here, elsewhere = await connect(mina), await connect(joon), await connect(joon)
    for client in (owner, here):
        await client.ask("open", room=general.pk)
    for role, may in [
        ("moderator", ["post", "react", "pin", "invite", "moderate", "mention_all"]),
        ("owner", ["post", "react", "pin", "invite", "moderate", "administer", "mention_all"]),
        ("member", ["post", "react", "pin", "invite"]),
    ]:
        await run_in_reader(memberships.set_role, mina, room_id=general.pk, user_id=joon.pk, role=role)
        for client in (here, elsewhere):
            await until(lambda client=client, may=may: may_of(client, general) == may)  # type: ignore[misc]
            assert client.of("room")[-1]["room"]["role"] == role
    await settled(owner, general)
    assert owner.of("room") == []


async def test_a_mute_reaches_every_tab_of_the_person_at_once_and_nobody_else(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    owner, here, elsewhere = await connect(mina), await connect(joon), await connect(joon)
    for client in (owner, here):
        await client.ask("open", room=general.pk)
    until_then = timezone.now() + timedelta(hours=1)
    where = {"room_id": general.pk, "user_id": joon.pk}
    await run_in_reader(sanctions.mute_member, mina, **where, until=until_then)
    for client in (here, elsewhere):
        await until(lambda client=client: may_of(client, general) == ["invite"])  # type: ignore[misc]
        assert client.of("room")[-1]["room"]["muted_until"] == timestamp(until_then)
    await run_in_reader(sanctions.unmute_member, mina, **where)
    for client in (here, elsewhere):
        await until(lambda client=client: may_of(client, general) == list(ORDINARY_MAY))  # type: ignore[misc]
        assert client.of("room")[-1]["room"]["muted_until"] is None
    await settled(owner, general)
    assert owner.of("room") == []


async def test_somebody_who_joins_again_is_still_muted_in_every_frame(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(joon)
    where = {"room_id": general.pk, "user_id": joon.pk}
    await run_in_reader(sanctions.mute_member, mina, **where, until=timezone.now() + timedelta(hours=1))
    await client.ask("leave", room=general.pk)
    await client.ask("join", room=general.pk)
    await until(lambda: may_of(client, general) == ["invite"])
    await run_in_reader(change_rules, mina, room_id=general.pk, slow_seconds=5)
    await until(lambda: client.of("room")[-1]["room"].get("slow_seconds") == 5)
    assert may_of(client, general) == ["invite"]


async def test_a_role_given_by_the_departure_of_the_last_owner_reaches_the_new_one(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(joon)
    await run_in_reader(memberships.leave_room, mina, room_id=general.pk)
    await until(
        lambda: may_of(client, general) == ["post", "react", "pin", "invite", "moderate", "administer", "mention_all"]
    )


async def test_what_superusers_may_reaches_them_in_all_their_rooms(
    connect: Connect, joon: Any, admin: Any, general: Any, founders: Any
) -> None:
    client = await connect(joon)

    def give(is_superuser: bool) -> None:
        accounts.set_rights(
            admin, user_id=joon.pk, is_staff=is_superuser, is_superuser=is_superuser, groups=[], permissions=[]
        )

    await run_in_reader(give, True)
    for room in (general, founders):
        await until(lambda room=room: "administer" in may_of(client, room))  # type: ignore[misc]
    await run_in_reader(give, False)
    for room in (general, founders):
        await until(lambda room=room: "administer" not in may_of(client, room))  # type: ignore[misc]


async def test_a_room_whose_row_is_missing_is_removed_by_reconciliation(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(joon)
    await client.ask("open", room=general.pk)
    await run_in_reader(lambda: Room.objects.filter(pk=general.pk).delete())
    await hub.reconciler.tails([general.pk])
    assert client.of("room_removed") == [{"type": "room_removed", "room": general.pk, "reason": "deleted"}]
    assert general.pk not in hub.registry.rooms


async def test_joining_and_leaving_too_fast_over_a_socket_is_rate_limited(
    connect: Connect, stranger: Any, general: Any
) -> None:
    client = await connect(stranger)
    moves = quotas.MOVES.default
    # On a slow machine the quota recovers meanwhile.
    answers = [await client.ask("leave" if number % 2 else "join", room=general.pk) for number in range(2 * moves)]
    assert all(answer["ok"] for answer in answers[:moves])
    refused = next(answer for answer in answers[moves:] if not answer["ok"])
    assert refused["error"]["code"] == "rate_limited"
    assert refused["error"]["retry_after"] > 0


async def test_a_deleted_room_is_removed_from_everybody_at_once(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, founders: Any
) -> None:
    here, elsewhere = await connect(joon), await connect(mina)
    await here.ask("open", room=general.pk)
    await run_in_reader(rooms.archive_room, mina, room_id=general.pk)
    await run_in_reader(rooms.delete_room, mina, room_id=general.pk)
    for client in (here, elsewhere):
        await until(lambda client=client: client.of("room_removed"))  # type: ignore[misc]
        assert client.of("room_removed") == [{"type": "room_removed", "room": general.pk, "reason": "deleted"}]
    assert set(hub.registry.rooms) == {founders.pk}
    refused = await here.ask("send", room=general.pk, key=str(uuid4()), body="hi")
    assert refused["error"]["code"] == "not_found"
    assert (await here.ask("open", room=general.pk))["error"]["code"] == "not_found"


async def test_a_room_that_is_deleted_while_somebody_opens_it_is_not_opened(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(joon)
    read, go_on = hold_up(monkeypatch, hub.rooms_loader, "read")
    opening = asyncio.create_task(client.ask("open", room=general.pk))
    await until(read.is_set)
    await run_in_reader(rooms.archive_room, mina, room_id=general.pk)
    await run_in_reader(rooms.delete_room, mina, room_id=general.pk)
    await until(lambda: client.of("room_removed"))
    go_on.set()
    assert (await opening)["error"]["code"] == "not_found"
    assert general.pk not in hub.registry.rooms


async def test_a_regular_check_removes_what_a_crash_left_of_a_deleted_room(
    connect: Connect, hub: Hub, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(mina, general, "hi")
    await run_in_reader(lambda: Room.objects.filter(pk=general.pk).update(deleted_at=timezone.now()))
    monkeypatch.setattr(reconciler, "DELETIONS_CHECK_SECONDS", 0.01)
    hub.tasks.keep("quick removal", hub.reconciler.deletions_regularly)

    def is_there() -> bool:
        return Room._base_manager.filter(pk=general.pk).exists()

    async with asyncio.timeout(10):
        while await run_in_reader(is_there):
            await asyncio.sleep(0)


# --- reading ----------------------------------------------------------------------------------------------------------


async def test_two_tabs_agree_on_what_was_read(connect: Connect, mina: Any, joon: Any, general: Any) -> None:
    one, two = await connect(mina), await connect(mina)
    for body in ("a", "b", "c"):
        await say(joon, general, body)
    reply = await one.ask("read", room=general.pk, position=2)
    assert (reply["last_read"], reply["unread"]) == (2, 1)
    await until(lambda: two.of("read"))
    assert two.of("read") == [{"type": "read", "room": general.pk, "last_read": 2, "unread": 1}]
    assert (await two.ask("read", room=general.pk, position=1))["last_read"] == 2
    assert len(two.of("read")) == 1


async def test_ones_own_message_is_not_unread_in_another_tab(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    one, two = await connect(mina), await connect(mina)
    await say(joon, general, "hi")
    await one.ask("send", room=general.pk, key=uuid4(), body="hello")
    await until(lambda: [frame["message_count"] for frame in two.of("activity")][-1:] == [2])
    assert two.of("activity")[-1]["unread"] == 0


async def test_activity_of_a_busy_room_is_sent_at_most_once_a_second(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(mina)
    for number in range(20):
        await say(joon, general, str(number))
    await until(lambda: client.of("activity"))
    started = asyncio.get_running_loop().time()
    await until(lambda: client.of("activity")[-1]["message_count"] == 20)
    took = asyncio.get_running_loop().time() - started
    assert len(client.of("activity")) <= 2 + took / live_room.ACTIVITY_INTERVAL_SECONDS


# --- being shut out ---------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(space: Any) -> Any:
    return User.objects.create_superuser("admin", password="admin")


async def test_a_deactivated_person_is_closed_with_4403_everywhere(connect: Connect, admin: Any, mina: Any) -> None:
    one, two = await connect(mina), await connect(mina)
    await run_in_reader(people.deactivate_user, admin, user_id=mina.pk)
    await until(lambda: (one.close_code, two.close_code) == (4403, 4403))


async def test_signing_out_closes_the_sockets_of_that_session_alone(connect: Connect, mina: Any) -> None:
    one, two = await connect(mina), await connect(mina)
    await run_in_reader(people.end_session, mina.pk, one.session_key)
    await until(lambda: one.close_code == 4401)
    assert two.close_code is None


async def test_a_deactivation_whose_event_was_lost_is_reconciled(
    connect: Connect, hub: Hub, mina: Any, joon: Any
) -> None:
    gone, here = await connect(mina), await connect(joon)
    await run_in_reader(lambda: User.objects.filter(pk=mina.pk).update(is_active=False))
    await hub.reconciler.access(list(hub.registry.people.values()))
    await until(lambda: gone.close_code == 4403)
    assert here.close_code is None


async def test_a_sign_out_whose_event_was_lost_is_reconciled(connect: Connect, hub: Hub, mina: Any) -> None:
    one, two = await connect(mina), await connect(mina)
    await run_in_reader(lambda: session_model().objects.filter(session_key=one.session_key).delete())
    await hub.reconciler.access(list(hub.registry.people.values()))
    await until(lambda: one.close_code == 4401)
    assert two.close_code is None


async def test_a_new_password_ends_the_sessions_of_the_old_one(connect: Connect, hub: Hub, mina: Any) -> None:
    client = await connect(mina)

    def change() -> None:
        mina.set_password("another one")
        mina.save()
        people.check_sessions(mina.pk)

    await run_in_reader(change)
    await until(lambda: client.close_code == 4401)


@pytest.mark.parametrize(
    "what_is_left", [{"is_staff": True, "is_superuser": False}, {"is_staff": False, "is_superuser": False}]
)
async def test_a_demoted_superuser_can_no_longer_delete_in_rooms_of_others(
    what_is_left: dict[str, bool], connect: Connect, admin: Any, mina: Any, founders: Room
) -> None:
    boss = await run_in_reader(lambda: User.objects.create_superuser("boss", password="boss"))
    first, second = await say(mina, founders, "first"), await say(mina, founders, "second")
    client = await connect(admin)
    person = client.connection.person  # type: ignore[union-attr]
    arrived = person.user
    await until(lambda: person.user is not arrived, "the check of newcomers")
    assert (await client.ask("delete", message=first.pk))["ok"]

    def demote() -> None:
        accounts.set_rights(boss, user_id=admin.pk, groups=[], permissions=[], **what_is_left)

    await run_in_reader(demote)
    await until(lambda: not person.user.is_superuser, "the demotion")
    reply = await client.ask("delete", message=second.pk)
    assert not reply["ok"]
    assert reply["error"]["code"] == "not_found"
    assert client.close_code is None


async def test_checking_again_makes_no_new_hash_and_leaves_nobody_out(
    connect: Connect, hub: Hub, mina: Any, joon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, made = [await connect(user) for user in (mina, joon)], list[str]()
    make = User.get_session_auth_hash

    def counted(user: Any) -> str:
        made.append(user.username)
        return make(user)

    monkeypatch.setattr(reconciler, "PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr(User, "get_session_auth_hash", counted)
    everybody = list(hub.registry.people.values())
    await hub.reconciler.access(everybody)
    made.clear()
    await hub.reconciler.access(everybody)
    assert made == []
    await run_in_reader(lambda: session_model().objects.all().delete())
    await hub.reconciler.access(everybody)
    await until(lambda: all(client.close_code == 4401 for client in clients))


async def test_a_removal_and_a_join_whose_events_were_lost_are_reconciled(
    connect: Connect, hub: Hub, joon: Any, general: Any, founders: Any
) -> None:
    client = await connect(joon)

    def behind_the_scenes() -> None:
        Membership.objects.filter(user=joon, room=founders).delete()
        other = Room.objects.create(name="Other", slug="other", created_by=joon)
        Membership.objects.create(user=joon, room=other)

    await run_in_reader(behind_the_scenes)
    await hub.reconciler.access(list(hub.registry.people.values()))
    assert [frame["room"] for frame in client.of("room_removed")] == [founders.pk]
    assert [frame["room"]["slug"] for frame in client.of("room")] == ["other"]


async def test_a_room_whose_event_was_lost_reaches_the_other_tabs_when_one_opens_it(
    connect: Connect, hub: Hub, joon: Any, founders: Any
) -> None:
    one, two = await connect(joon), await connect(joon)
    hub.registry.unsubscribe(one.connection.person, founders.pk)  # type: ignore[union-attr]
    assert (await one.ask("open", room=founders.pk))["ok"]
    assert [frame["room"]["id"] for frame in two.of("room")] == [founders.pk]


async def test_a_room_whose_event_was_lost_reaches_the_other_tabs_when_one_connects(
    connect: Connect, hub: Hub, joon: Any, founders: Any
) -> None:
    one = await connect(joon)
    hub.registry.unsubscribe(one.connection.person, founders.pk)  # type: ignore[union-attr]
    two = await connect(joon)
    assert [frame["room"]["id"] for frame in one.of("room")] == [founders.pk]
    assert two.of("room") == []


async def test_what_a_lost_event_said_of_a_person_reaches_their_other_tabs_when_one_connects(
    connect: Connect, hub: Hub, joon: Any, mina: Any, general: Any
) -> None:
    """What is read for the new one is what the process then knows, so that no check would find the difference."""
    news = await say(mina, general, "news")
    one = await connect(joon)
    bus.detach()
    await run_in_reader(memberships.mark_read, joon, room_id=general.pk, position=news.position)
    await run_in_reader(memberships.set_role, mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    bus.attach(hub.loop, hub.bus_events.handle)
    two = await connect(joon)
    await until(lambda: one.of("read") and one.of("room"))
    assert (one.of("read")[0]["last_read"], two.of("read")) == (news.position, [])
    assert "moderate" in one.of("room")[0]["room"]["may"]


async def test_a_person_who_connects_while_access_is_checked_is_not_disconnected(
    connect: Connect, hub: Hub, mina: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await connect(mina)
    read, go_on = hold_up(monkeypatch, sessions, "access_state")
    checking = asyncio.create_task(hub.reconciler.access(list(hub.registry.people.values())))
    await until(read.is_set)
    second = await connect(mina)
    go_on.set()
    await checking
    assert (first.close_code, second.close_code) == (None, None)
    assert (await second.ask("ping"))["ok"]


async def test_a_person_removed_while_connecting_receives_no_later_message(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_room, "ACTIVITY_INTERVAL_SECONDS", 0)
    other = await connect(mina)
    read, go_on = hold_up(monkeypatch, sessions, "room_summaries")
    coming = asyncio.ensure_future(connect(joon))
    await until(read.is_set)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await say(mina, founders, "he is gone")
    await until(lambda: [frame["message_count"] for frame in other.of("activity")][-1:] == [2])
    go_on.set()
    client = await coming
    assert founders.pk not in client.rooms
    await say(mina, founders, "for good")
    await until(lambda: other.of("activity")[-1]["message_count"] == 3)
    assert client.of("activity", room=founders.pk) == []


async def test_newcomers_are_checked_again_when_the_database_did_not_answer(
    connect: Connect, hub: Hub, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_state, failed = sessions.access_state, list[bool]()

    def away_at_first(*args: Any) -> Any:
        if len(failed) < 2:  # each reading is tried twice
            failed.append(True)
            Membership.objects.filter(user=joon, room=founders).delete()
            raise OperationalError("the database is away")
        return access_state(*args)

    monkeypatch.setattr(reconciler, "NEW_CONNECTION_SECONDS", 0)
    monkeypatch.setattr(tasks, "RESTART_SECONDS", 0)
    monkeypatch.setattr(sessions, "access_state", away_at_first)
    client = await connect(joon)
    await until(lambda: client.of("room_removed"))
    assert len(failed) == 2


async def test_a_person_who_joins_while_access_is_checked_stays(
    connect: Connect, hub: Hub, stranger: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(stranger)
    read, go_on = hold_up(monkeypatch, sessions, "access_state")
    checking = asyncio.create_task(hub.reconciler.access(list(hub.registry.people.values())))
    await until(read.is_set)
    await client.ask("join", room=general.pk)
    go_on.set()
    await checking
    assert client.of("room_removed") == []
    assert general.pk in client.connection.person.rooms  # type: ignore[union-attr]


async def test_a_person_removed_while_opening_a_room_receives_no_more_of_it(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub does not know the room as theirs, reads that it is, and receives the event of the removal too late."""
    client = await connect(joon)
    hub.registry.unsubscribe(client.connection.person, founders.pk)  # type: ignore[union-attr]
    read, go_on = hold_up(monkeypatch, room_queries, "membership_of")
    opening = asyncio.create_task(client.ask("open", room=founders.pk))
    await until(read.is_set)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    go_on.set()
    assert (await opening)["error"]["code"] == "not_found"
    await say(mina, founders, "he is gone")
    await hub.reconciler.tails([founders.pk])
    await client.ask("ping")
    assert client.of("activity") == []
    assert founders.pk not in client.connection.person.rooms  # type: ignore[union-attr]


async def test_a_person_removed_while_a_lost_join_is_reconciled_stays_out(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, other = await connect(joon), await connect(mina)
    person = client.connection.person  # type: ignore[union-attr]
    hub.registry.unsubscribe(person, founders.pk)
    read, go_on = hold_up(monkeypatch, room_queries, "joined_room")
    finding = asyncio.create_task(hub.reconciler.found_joined(person, founders.pk))
    await until(read.is_set)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await other.ask("ping")
    go_on.set()
    await finding
    assert founders.pk not in person.rooms
    # The check of new connections may have brought the room back before the removal, but nothing does after it.
    received = [frame["type"] for frame in client.frames if frame["type"] in ("room", "room_removed")]
    assert received[-1:] != ["room"]


async def test_a_person_admitted_again_while_opening_a_room_stays_in_it(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room was read while they were out of it, and the event of the removal is received when they are back."""
    client = await connect(joon)
    await run_in_reader(lambda: Membership.objects.filter(user=joon, room=founders).update(left_at=timezone.now()))
    read, go_on = hold_up(monkeypatch, hub.rooms_loader, "read")
    opening = asyncio.create_task(client.ask("open", room=founders.pk))
    await until(read.is_set)
    await run_in_reader(memberships.invite_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: client.of("room"))
    go_on.set()
    assert (await opening)["error"]["code"] == "not_found"
    # On a slow machine a check of the database has noticed the removal before the invitation.
    assert [frame["type"] for frame in client.frames if frame["type"] in ("room", "room_removed")][-1] == "room"
    assert (await client.ask("open", room=founders.pk))["ok"]


def hold_up(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> tuple[threading.Event, threading.Event]:
    """Block the next call of a function after it has read; the events "it has read" and "let it return"."""
    read, go_on = threading.Event(), threading.Event()
    function = getattr(module, name)

    def held_up(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if not read.is_set():
            read.set()
            go_on.wait(10)
        return result

    monkeypatch.setattr(module, name, held_up)
    return read, go_on


def session_model() -> Any:
    from django.contrib.sessions.models import Session

    return Session


# --- slow and silent --------------------------------------------------------------------------------------------------


async def test_commands_of_one_person_that_take_long_leave_threads_for_those_of_others(
    connect: Connect, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    pins, began = HANDLERS["pins"], []

    def slow(actor: Any, command: Any) -> Any:
        began.append(command)
        go_on.wait(10)
        return pins(actor, command)

    monkeypatch.setitem(HANDLERS, "pins", slow)
    tabs = [await connect(mina) for _ in range(READER_THREADS)]
    client = await connect(joon)
    waiting = [asyncio.create_task(tab.ask("pins", room=general.pk)) for tab in tabs]
    try:
        await until(lambda: len(began) >= READER_THREADS // 2, "some that take long")
        assert (await client.ask("history", room=general.pk, before=9))["ok"]
        assert not any(task.done() for task in waiting)
    finally:
        go_on.set()
    assert [(await task)["ok"] for task in waiting] == [True] * READER_THREADS


async def test_a_reader_that_never_reads_is_closed_and_resumes_without_loss(
    connect: Connect, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OUTBOX_FRAMES", 3)
    monkeypatch.setattr(live_room, "FLUSH_INTERVAL_SECONDS", 0.0)
    slow, fine = await connect(mina), await connect(joon)
    for client in (slow, fine):
        await client.ask("open", room=general.pk)
    slow.stop_reading()
    for number in range(12):
        await fine.ask("send", room=general.pk, key=uuid4(), body=str(number))
    assert slow.connection is not None
    assert slow.connection.is_closed
    assert fine.close_code is None
    slow.read_again()
    await until(lambda: slow.close_code == 4408)
    slow.disconnect()
    await slow.connect()
    await slow.ask("open", room=general.pk, since=slow.views[general.pk].revision)
    assert slow.bodies(general.pk) == [str(number) for number in range(12)]


async def test_a_silent_socket_is_closed(connect: Connect, hub: Hub, mina: Any) -> None:
    quiet, fine = await connect(mina), await connect(mina)
    assert quiet.connection is not None
    quiet.connection.received_at -= SILENCE_SECONDS + 1
    hub.reconciler.close_silent()
    await until(lambda: quiet.close_code == 4408)
    assert fine.close_code is None


# --- lost words -------------------------------------------------------------------------------------------------------


async def test_a_change_whose_event_was_lost_is_read_by_reconciliation(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    draft = group_commit.draft(author_id=joon.pk, room_id=general.pk, key=uuid4(), body="unheard")
    await run_in_reader(group_commit.send_batch, [draft])
    assert client.bodies(general.pk) == []
    await hub.reconciler.tails(list(hub.registry.rooms))
    await until(lambda: client.bodies(general.pk) == ["unheard"])


async def test_reconciliation_delivers_what_was_lost(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "TAIL_CHECK_SECONDS", 0.05)
    monkeypatch.setattr(reconciler, "TAIL_CHECK_WHILE_FAILING_SECONDS", 0.05)
    hub.tasks.keep("quick tail check", hub.reconciler.tails_regularly)
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    draft = group_commit.draft(author_id=joon.pk, room_id=general.pk, key=uuid4(), body="unheard")
    await run_in_reader(group_commit.send_batch, [draft])
    await until(lambda: client.bodies(general.pk) == ["unheard"])


# --- nothing is left --------------------------------------------------------------------------------------------------


async def test_the_last_socket_that_closes_removes_its_person_and_rooms_from_the_registry(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, founders: Any
) -> None:
    one, two = await connect(mina), await connect(mina)
    for client in (one, two):
        await client.ask("open", room=general.pk)
    one.disconnect()
    assert set(hub.registry.rooms) == {general.pk, founders.pk}
    two.disconnect()
    assert (hub.registry.people, hub.registry.rooms) == ({}, {})
    assert hub.subscriptions.wanted <= {hub.subscriptions.probe_group, space_group(), presence_group()}


async def test_a_socket_that_is_lost_while_it_opens_a_room_leaves_nothing(
    connect: Connect, hub: Hub, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(mina)
    read, go_on = hold_up(monkeypatch, hub.rooms_loader, "read")
    opening = asyncio.create_task(client.give("open", room=general.pk))
    await until(read.is_set)
    client.disconnect()
    go_on.set()
    await opening
    assert (hub.registry.people, hub.registry.rooms) == ({}, {})


async def test_disconnecting_twice_is_once(connect: Connect, hub: Hub, mina: Any) -> None:
    client, other = await connect(mina), await connect(mina)
    gone = client.connection
    assert gone is not None
    hub.disconnect(gone)
    hub.disconnect(gone)
    assert hub.registry.connections == [other.connection]


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_a_drain_acks_what_is_in_flight_and_closes_with_4012(
    connect: Connect, hub: Hub, mina: Any, general: Any
) -> None:
    client = await connect(mina)
    refs = [await client.give("send", room=general.pk, key=uuid4(), body=str(number)) for number in range(10)]
    await hub.drain(delay=3, seconds=5)
    await until(lambda: client.close_code == 4012)
    assert client.of("restarting") == [{"type": "restarting", "delay": 3}]
    assert [frame["ok"] for frame in client.of("reply")] == [True] * len(refs)


async def test_a_drain_does_not_wait_for_a_reader_that_never_reads(
    connect: Connect, hub: Hub, mina: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = await connect(mina)
    client.stop_reading()
    await client.give("ping")
    await hub.drain(delay=0, seconds=0.05)
    assert client.connection is not None
    assert client.connection.is_closed
    client.read_again()
    await until(lambda: client.close_code == 4012)
