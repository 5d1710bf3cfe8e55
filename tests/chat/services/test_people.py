"""People and their sessions: who may come in, whose sockets must go, and what they are called."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from chat.bus.bus import bus
from chat.bus.events import AccessChanged, Deactivated, Event, RoomChanged, SessionEnded
from chat.live.reader_pool import run_in_reader
from chat.models import Membership, User
from chat.protocol.errors import Forbidden, Invalid, NotFound, TooLarge
from chat.services.accounts import update_person
from chat.services.memberships import leave_room
from chat.services.people import (
    activate_user,
    check_sessions,
    deactivate_user,
    end_session,
    update_profile,
)
from tests.harness.bus_events import changes_in
from tests.harness.inprocess import close_readers, turns


@pytest.fixture
def admin(space: Any) -> Any:
    return User.objects.create_superuser("admin", password="admin")


@pytest.fixture
async def received() -> AsyncIterator[list[Event]]:
    """What the bus brings to this process."""
    await turns()
    found: list[Event] = []
    bus.attach(asyncio.get_running_loop(), found.append)
    yield found
    bus.detach()
    close_readers()


def test_superusers_shut_people_out_and_let_them_in_again(admin: Any, mina: Any) -> None:
    deactivate_user(admin, user_id=mina.pk)
    assert User.objects.get(pk=mina.pk).is_active is False
    activate_user(admin, user_id=mina.pk)
    assert User.objects.get(pk=mina.pk).is_active is True


def test_a_new_name_of_a_deactivated_person_is_a_change_to_their_rooms(
    admin: Any, joon: Any, general: Any, published_by: Callable[..., list[Event]]
) -> None:
    deactivate_user(admin, user_id=joon.pk)
    published = published_by(lambda: update_person(admin, user_id=joon.pk, display_name="Joon-ho"))
    assert [[member.user for member in change.members] for change in changes_in(published)] == [[joon.pk]]


def test_nobody_else_shuts_people_out_and_nobody_themselves(admin: Any, mina: Any, joon: Any) -> None:
    for service in (deactivate_user, activate_user):
        with pytest.raises(Forbidden):
            service(mina, user_id=joon.pk)
        with pytest.raises(NotFound):
            service(admin, user_id=10**9)
    with pytest.raises(Forbidden):
        deactivate_user(admin, user_id=admin.pk)
    admin.is_active = False
    with pytest.raises(Forbidden):
        deactivate_user(admin, user_id=mina.pk)
    assert User.objects.filter(is_active=False).count() == 0


@pytest.mark.django_db(transaction=True)
async def test_deactivation_sign_out_and_a_new_password_are_published_to_every_process(
    admin: Any, mina: Any, received: list[Event]
) -> None:
    await run_in_reader(deactivate_user, admin, user_id=mina.pk)
    await run_in_reader(end_session, mina.pk, "key")
    await run_in_reader(check_sessions, mina.pk)
    await run_in_reader(activate_user, admin, user_id=mina.pk)
    await turns()
    assert received == [Deactivated(mina.pk), SessionEnded(mina.pk, credential="session:key"), AccessChanged(mina.pk)]


@pytest.mark.django_db(transaction=True)
async def test_a_transaction_that_was_rolled_back_publishes_nothing(
    admin: Any, mina: Any, received: list[Event]
) -> None:
    def regret() -> None:
        with transaction.atomic():
            deactivate_user(admin, user_id=mina.pk)
            end_session(mina.pk, "key")
            transaction.set_rollback(True)

    await run_in_reader(regret)
    await turns()
    assert received == []
    assert (await run_in_reader(User.objects.get, pk=mina.pk)).is_active


@pytest.mark.django_db(transaction=True)
async def test_a_new_name_is_a_change_to_every_room_of_a_person(
    mina: Any, joon: Any, general: Any, founders: Any, received: list[Event]
) -> None:
    await run_in_reader(leave_room, joon, room_id=founders.pk)
    await turns()
    received.clear()
    await run_in_reader(update_profile, joon, display_name="  Kim  Joon ", time_zone="Asia/Seoul")
    await turns()
    [change, looked_up] = received
    assert looked_up == AccessChanged(joon.pk)
    assert isinstance(change, RoomChanged)
    assert change.room == general.pk
    assert json.loads(change.members[0].text)["user"]["name"] == "Kim Joon"


@pytest.mark.django_db(transaction=True)
def test_a_new_name_holds_one_room_at_a_time_and_leaves_out_those_that_the_person_has_left(
    joon: Any, general: Any, founders: Any
) -> None:
    at_once: list[int] = []

    def leave_meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"chat_room"' in sql:
            at_once.append(len(connection.savepoint_ids))
            if len(at_once) == 1:
                Membership.objects.filter(user=joon, room=founders).update(left_at=timezone.now())
        return execute(sql, params, many, context)

    assert general.pk < founders.pk  # the order in which their changes are published
    with connection.execute_wrapper(leave_meanwhile):
        update_profile(joon, display_name="Kim Joon", time_zone="")
    assert at_once == [0]
    assert User.objects.get(pk=joon.pk).display_name == "Kim Joon"


@pytest.mark.django_db(transaction=True)
async def test_another_time_zone_concerns_nobody_else(joon: Any, general: Any, received: list[Event]) -> None:
    await turns()
    received.clear()
    await run_in_reader(update_profile, joon, display_name="Joon", time_zone="Asia/Seoul")
    await turns()
    assert received == []
    assert (await run_in_reader(User.objects.get, pk=joon.pk)).time_zone == "Asia/Seoul"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (" ", Invalid),
        ("a\x00", Invalid),
        ("x" * 81, TooLarge),
        ("\u200b", Invalid),
        ("\u3164", Invalid),
        ("\u115f \u1160", Invalid),
        ("\u2800\u202e", Invalid),
    ],
)
def test_what_cannot_be_a_name_is_refused(joon: Any, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        update_profile(joon, display_name=name, time_zone="")
    assert User.objects.get(pk=joon.pk).display_name == "Joon"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Jo\u202eon", "Joon"), ("준\u3164이", "준이"), ("J\u0007oon", "Joon"), ("Joon 👩‍💻", "Joon 👩‍💻")],
)
def test_invisible_characters_are_removed_from_a_name(joon: Any, typed: str, name: str) -> None:
    update_profile(joon, display_name=typed, time_zone="")
    assert User.objects.get(pk=joon.pk).display_name == name
