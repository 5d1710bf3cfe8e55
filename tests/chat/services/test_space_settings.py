"""Switches and limits that administrators change while the space runs."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chat.bus.events import SpaceChanged
from chat.models import AuditEntry, Room, Space, User
from chat.models.space_settings import (
    NEW_ROOMS_PER_HOUR,
    SEND_BURST,
    SEND_RATE,
    SETTINGS,
    SIGNUPS,
    Choice,
    contradiction,
    register,
)
from chat.protocol.errors import Forbidden, Invalid, RateLimited
from chat.queries.invitations import is_open
from chat.queries.space import SPACE_MEMORY_SECONDS, current_limits, held_value_of, space_memory, value_of
from chat.services import quotas
from chat.services.invitations import create_invitation
from chat.services.rooms import create_room, may_create_room
from chat.services.space_settings import change_settings
from chat.services.spaces import rename_space
from tests.harness.space import set_space

pytestmark = pytest.mark.django_db


def test_without_a_change_the_operators_values_are_in_force(space: Space, settings: Any) -> None:
    settings.SIGNUPS, settings.SEND_RATE_BURST = "invite", 7
    assert (value_of(SIGNUPS), value_of(SEND_BURST)) == ("invite", 7)
    set_space(signups="closed")
    assert (value_of(SIGNUPS), value_of(SEND_BURST)) == ("closed", 7)


def test_a_setting_that_is_set_to_its_default_follows_the_default_again(keeper: User, settings: Any) -> None:
    change_settings(keeper, values={"signups": "closed"})
    assert Space.objects.get().settings == {"signups": "closed"}
    change_settings(keeper, values={"signups": "open"})
    assert Space.objects.get().settings == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("signups", "everybody"),
        ("signups", None),
        ("send_burst", 0),
        ("send_burst", 1_001),
        ("send_burst", 20.5),
        ("send_burst", True),
        ("send_burst", "20"),
        ("send_rate", 0),
        ("send_rate", float("nan")),
        ("send_rate", float("inf")),
        ("send_rate", 10**400),
        ("rooms_per_person", 1_001),
        ("rooms_per_person", -1),
        ("invitation_days", 10**30),
        ("unheard_of", 1),
    ],
)
def test_a_value_out_of_bounds_is_refused_and_changes_nothing(keeper: User, name: str, value: Any) -> None:
    with pytest.raises(Invalid) as caught:
        change_settings(keeper, values={"invitation_days": 3, name: value})
    assert caught.value.field == (name if name in SETTINGS else None)
    assert Space.objects.get().settings == {}
    assert not AuditEntry.objects.exists()


def test_the_operators_own_value_may_exceed_the_bounds(keeper: User, settings: Any) -> None:
    settings.SEND_RATE_BURST = 50_000
    assert change_settings(keeper, values={"send_burst": 40_000}).value(SEND_BURST) == 40_000
    with pytest.raises(Invalid):
        change_settings(keeper, values={"send_burst": 50_001})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"send_rate": 30.0}, "send_burst"),
        ({"send_burst": 1}, "send_burst"),
        ({"new_rooms_per_hour": 201}, "new_rooms_per_hour"),
        ({"rooms_created": 10}, "new_rooms_per_hour"),
    ],
)
def test_values_that_contradict_each_other_are_refused(keeper: User, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        change_settings(keeper, values=values)
    assert caught.value.field == field
    assert Space.objects.get().settings == {}


def test_the_defaults_fit_together_and_keep_their_bounds() -> None:
    assert contradiction({}) is None
    for setting in SETTINGS.values():
        assert setting.accepts(setting.default), setting.name


def test_a_stored_value_that_is_no_longer_accepted_is_ignored(space: Space) -> None:
    set_space(send_burst=5_000, signups="maybe", left_over=1)
    assert (value_of(SEND_BURST), value_of(SIGNUPS)) == (20, "open")


def test_only_those_who_keep_the_space_change_settings(mina: User, clerk: User) -> None:
    with pytest.raises(Forbidden):
        change_settings(mina, values={"signups": "closed"})
    assert change_settings(clerk, values={"signups": "closed"}).value(SIGNUPS) == "closed"


def test_a_name_is_declared_once() -> None:
    with pytest.raises(AssertionError):
        register(SIGNUPS)


# --- how a process remembers them -------------------------------------------------------------------------------------


def test_values_are_read_without_a_query(space: Space, django_assert_num_queries: Any) -> None:
    value_of(SIGNUPS)
    with django_assert_num_queries(0):
        for setting in SETTINGS.values():
            value_of(setting)
        current_limits()


def test_on_an_event_loop_the_last_known_value_is_used_without_a_query(
    space: Space, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_space(send_burst=30)
    with django_assert_num_queries(0):
        assert held_value_of(SEND_BURST) == 20, "nothing was read yet"
    space_memory.read()
    monkeypatch.setattr(time, "monotonic", lambda: float("inf"))
    with django_assert_num_queries(0):
        assert held_value_of(SEND_BURST) == 30


def test_a_change_of_another_process_is_known_after_some_seconds(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    assert value_of(SIGNUPS) == "open"
    Space.objects.update(settings={"signups": "closed"})
    assert value_of(SIGNUPS) == "open"
    later = time.monotonic() + SPACE_MEMORY_SECONDS + 1
    monkeypatch.setattr("chat.queries.space.time.monotonic", lambda: later)
    assert value_of(SIGNUPS) == "closed"


def test_a_read_that_began_before_a_change_is_not_cached_after_it(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Space.objects.get()

    def read_slowly() -> Space:
        Space.objects.update(settings={"signups": "closed"})
        space_memory.forget()
        return stale

    with monkeypatch.context() as patch:
        patch.setattr(Space.objects, "current", read_slowly)
        assert space_memory.read() is stale
    assert value_of(SIGNUPS) == "closed"


def test_a_change_is_in_force_once_committed_and_published_to_every_process(keeper: User, published_by: Any) -> None:
    assert value_of(SIGNUPS) == "open"
    published = published_by(lambda: change_settings(keeper, values={"signups": "closed"}))
    assert value_of(SIGNUPS) == "closed"
    assert published == [SpaceChanged()]
    assert published_by(lambda: change_settings(keeper, values={"signups": "closed"})) == []


def test_a_new_name_of_the_space_is_published_as_well(keeper: User, published_by: Any) -> None:
    assert published_by(lambda: rename_space(keeper, name="Our house")) == [SpaceChanged()]
    assert published_by(lambda: rename_space(keeper, name="Our house")) == []


# --- what they do -----------------------------------------------------------------------------------------------------


def test_sign_up_can_be_closed_while_the_site_runs(client: Client, space: Space) -> None:
    assert "Sign-up is not open" not in client.get("/accounts/signup/").content.decode()
    set_space(signups="closed")
    assert "Sign-up is not open" in client.get("/accounts/signup/").content.decode()


@pytest.mark.parametrize(
    ("creators", "allowed"),
    [
        ("everybody", ["mina", "clerk", "keeper"]),
        ("staff", ["clerk", "keeper"]),
        ("superusers", ["keeper"]),
    ],
)
@pytest.mark.parametrize("kind", ["public", "private"])
def test_rooms_are_created_by_those_who_may(
    kind: str, creators: str, allowed: list[str], mina: User, clerk: User, keeper: User
) -> None:
    set_space(**{f"{kind}_room_creators": creators})
    for user in (mina, clerk, keeper):
        assert may_create_room(user, kind=kind) == (user.username in allowed)
        if user.username in allowed:
            create_room(user, name="Mine", kind=kind)
        else:
            with pytest.raises(Forbidden):
                create_room(user, name="Mine", kind=kind)
        create_room(user, name="Other", kind="private" if kind == "public" else "public")
    assert Room.objects.filter(name="Mine").count() == len(allowed)


def test_the_page_offers_only_kinds_that_one_may_create(mina: User, client: Client) -> None:
    client.force_login(mina)
    set_space(private_room_creators="staff")
    page = client.get("/rooms/new/").content.decode()
    assert 'value="public"' in page
    assert 'value="private"' not in page
    assert client.post("/rooms/new/", {"name": "Mine", "topic": "", "kind": "private"}).status_code == 200
    assert not Room.objects.exists()


def test_where_one_may_create_no_room_the_page_says_so(mina: User, client: Client) -> None:
    client.force_login(mina)
    set_space(private_room_creators="staff", public_room_creators="superusers")
    assert "Only administrators may create rooms here." in client.get("/rooms/new/").content.decode()
    assert 'class="button" href="/rooms/new/"' not in client.get("/rooms/").content.decode()


def test_a_quota_follows_its_setting_at_once(mina: User) -> None:
    set_space(new_rooms_per_hour=1)
    quotas.NEW_ROOMS.take(mina)
    with pytest.raises(RateLimited):
        quotas.NEW_ROOMS.take(mina)
    set_space(new_rooms_per_hour=3)
    quotas.NEW_ROOMS.take(mina)
    assert quotas.NEW_ROOMS.table.burst == value_of(NEW_ROOMS_PER_HOUR) == 3


def test_invitation_links_expire_by_the_days_that_are_set_now(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.filter(pk=mina.pk).update(is_staff=True)
    mina.refresh_from_db()
    _, token = create_invitation(mina, days=None, max_uses=None)
    after_two_days = timezone.now() + timedelta(days=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: after_two_days)
    assert is_open(token)
    set_space(invitation_days=1)
    assert not is_open(token)


def test_every_setting_has_a_label_and_a_help_text() -> None:
    for setting in SETTINGS.values():
        assert str(setting.label)
        assert str(setting.help_text).endswith(".")
        assert not isinstance(setting, Choice) or dict(setting.choices)


def test_the_version_before_still_inserts_a_space(db: None) -> None:
    """Its statement does not name the column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_space (id, name, epoch, created_at)"
            " VALUES (1, 'Old', '00000000000000000000000000000000', '2026-01-01 00:00:00+00:00')"
        )
    assert Space.objects.get().value(SEND_RATE) == 2.0
