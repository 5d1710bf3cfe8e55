"""The settings of notifications, as items of the person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.models import PersonItem
from chat.protocol.errors import Invalid
from chat.services import memberships, quotas
from chat.services.item_kinds import SETTING
from chat.services.person_items import set_item
from notify.preferences import PAUSE_DAYS

pytestmark = pytest.mark.django_db

VALID: dict[str, Any] = {
    "notify_default": "mentions",
    "quiet_hours": {"from": 1320, "to": 480},
    "paused_until": "2026-01-31T09:30:00.000000Z",
    "sound": True,
    "hide_reads": True,
    "hides_presence": True,
}


@pytest.fixture(autouse=True)
def _without_rates() -> Iterator[None]:
    with quotas.unlimited():
        yield


def test_these_are_the_settings() -> None:
    assert set(SETTING.cleaners) == set(VALID)


@pytest.mark.parametrize("key", VALID)
def test_a_setting_needs_no_room_and_is_stored_and_unset(stranger: Any, key: str) -> None:
    item = set_item(stranger, kind="setting", key=key, value=VALID[key])
    assert (item.value, item.revision) == (VALID[key], 1)
    assert set_item(stranger, kind="setting", key=key, value=None).value is None


def test_settings_stay_when_a_room_is_left(joon: Any, general: Any) -> None:
    for key, value in VALID.items():
        set_item(joon, kind="setting", key=key, value=value)
    memberships.leave_room(joon, room_id=general.pk)
    assert PersonItem.objects.present().filter(user=joon, kind="setting").count() == len(VALID)


@pytest.mark.parametrize("key", ["", "1", "volume", "Sound", "sound "])
def test_other_settings_do_not_exist(mina: Any, general: Any, key: str) -> None:
    for value in (True, None):
        with pytest.raises(Invalid) as refused:
            set_item(mina, kind="setting", key=key or str(general.pk), value=value)
        assert refused.value.field == "key"


INVALID_SOUNDS: list[Any] = ["true", 1, {}]
INVALID_HOURS: list[Any] = ["", [], True, {}, {"from": 0}, {"to": 0}, {"from": 5, "to": 5}]
INVALID_MINUTES: list[Any] = [-1, 1440, 1.5, "0", True, None, 10**30]
INVALID_DAYS: list[Any] = [[], [0], [8], ["1"], [True], 1, None, [1] * 8]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("notify_default", value) for value in ("", "ALL", True, ["all"])),
        *(("sound", value) for value in INVALID_SOUNDS),
        *(("quiet_hours", value) for value in INVALID_HOURS),
        *(("quiet_hours", {"from": value, "to": 5}) for value in INVALID_MINUTES),
        *(("quiet_hours", {"from": 1, "to": 5, "days": value}) for value in INVALID_DAYS),
        *(("paused_until", value) for value in ("", "tomorrow", 5, True, "2026-01-31", "2026-01-31T09:30", "9" * 99)),
    ],
)
def test_an_invalid_value_is_refused(mina: Any, key: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        set_item(mina, kind="setting", key=key, value=value)
    assert refused.value.field == "value"
    assert not PersonItem.objects.exists()


def test_quiet_hours_are_stored_in_one_form(mina: Any) -> None:
    every_day = {"from": 0, "to": 1, "days": [7, 6, 5, 4, 3, 2, 1], "unknown": "field"}
    assert set_item(mina, kind="setting", key="quiet_hours", value=every_day).value == {"from": 0, "to": 1}
    some = {"from": 0, "to": 1, "days": [7, 6, 7]}
    assert set_item(mina, kind="setting", key="quiet_hours", value=some).value == {"from": 0, "to": 1, "days": [6, 7]}


def test_a_pause_ends_within_a_month(mina: Any) -> None:
    in_time, late = (timezone.now() + timedelta(days=PAUSE_DAYS, hours=hours) for hours in (-1, 1))
    assert set_item(mina, kind="setting", key="paused_until", value=in_time.isoformat()).value
    with pytest.raises(Invalid):
        set_item(mina, kind="setting", key="paused_until", value=late.isoformat())
