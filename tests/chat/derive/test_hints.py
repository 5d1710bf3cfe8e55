"""Hints that rooms have changed, from this process and, through Redis, from others."""

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from chat.bus.groups import room_group, user_group
from chat.derive.hints import KEPT_HINTS, Hints, RedisHints
from tests.harness.waiting import until


@pytest.mark.once
def test_rooms_are_taken_once_in_the_order_of_their_changes() -> None:
    hints = Hints()
    for room_id in (3, 1, 3):
        hints.note(room_id)
    assert hints.take(seconds=0) == [3, 1]
    assert hints.take(seconds=0) == []
    hints.note(3)
    assert hints.take(seconds=0) == [3]


@pytest.mark.once
def test_no_hints_are_kept_beyond_a_limit_when_nobody_takes_them() -> None:
    hints = Hints()
    for room_id in range(KEPT_HINTS + 2):
        hints.note(room_id)
    assert hints.take(seconds=0) == list(range(KEPT_HINTS))
    hints.note(0)
    assert hints.take(seconds=0) == [0]


@pytest.mark.once
def test_a_busy_room_does_not_displace_the_hint_of_another() -> None:
    hints = Hints()
    hints.note(1)
    for _ in range(2 * KEPT_HINTS):
        hints.note(2)
    assert hints.take(seconds=0) == [1, 2]


@pytest.mark.postgresql
def test_rooms_of_which_other_processes_publish_changes_are_noted() -> None:
    hints = Hints()
    listening = RedisHints(hints)
    listening.start()
    layer = get_channel_layer()
    assert layer is not None
    heard: set[int] = set()

    def hear() -> bool:
        """Publish until the subscription exists."""
        async_to_sync(layer.group_send)(user_group(8), {"type": "user.changed"})
        async_to_sync(layer.group_send)(room_group(7), {"type": "room.changed"})
        heard.update(hints.take(seconds=0.1))
        return bool(heard)

    try:
        until(hear)
    finally:
        listening.stop()
        listening.join(20)
    assert heard == {7}
    assert not listening.is_alive()
