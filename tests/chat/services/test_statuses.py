"""A person's status: an emoji and a few words, which end by themselves at their time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.bus.events import StatusChanged
from chat.derive.due_runner import DueRunner
from chat.derive.status_end import StatusEnd
from chat.models import Due, PersonStatus
from chat.models.person_status import STATUS_CHARS
from chat.protocol.errors import ChatError, RateLimited
from chat.protocol.limits import STATUSES_PER_MINUTE
from chat.services.statuses import STATUS_DAYS, end_status, set_status

pytestmark = pytest.mark.django_db

Published = Callable[[Callable[[], Any]], list[Any]]


def held(person: Any) -> tuple[str, str]:
    status = PersonStatus.objects.in_force().filter(user=person).first()
    return ("", "") if status is None else (status.emoji, status.text)


def test_a_status_replaces_the_one_before_and_is_published(mina: Any, published_by: Published) -> None:
    set_status(mina, emoji="🍵", text="Tea")
    [event] = published_by(lambda: set_status(mina, emoji="🎧", text="  Focus\n time "))
    assert event == StatusChanged(mina.pk, version=2, status='{"emoji":"🎧","text":"Focus time"}')
    assert held(mina) == ("🎧", "Focus time")


def test_an_equal_status_changes_nothing(mina: Any, published_by: Published) -> None:
    until = timezone.now() + timedelta(hours=1)
    set_status(mina, emoji="🍵", text="Tea", until=until)
    assert published_by(lambda: set_status(mina, emoji="🍵", text="Tea", until=until)) == []
    assert Due.objects.count() == 1


def test_a_status_without_emoji_and_text_is_none(mina: Any, published_by: Published) -> None:
    set_status(mina, emoji="", text="Tea")
    [event] = published_by(lambda: set_status(mina, emoji="", text=" \n"))
    assert event == StatusChanged(mina.pk, version=2, status="")
    assert held(mina) == ("", "")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"emoji": "tea"}, "emoji"),
        ({"emoji": "🍵🍵"}, "emoji"),
        ({"emoji": ":maple:"}, "emoji"),
        ({"text": "x" * (STATUS_CHARS + 1)}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "Tea", "until": -timedelta(seconds=1)}, "until"),
        ({"text": "Tea", "until": timedelta(days=STATUS_DAYS, minutes=5)}, "until"),
    ],
)
def test_what_is_no_status_is_refused_by_field(mina: Any, fields: dict[str, Any], field: str) -> None:
    if "until" in fields:
        fields = fields | {"until": timezone.now() + fields["until"]}
    with pytest.raises(ChatError) as refused:
        set_status(mina, **{"emoji": "", "text": ""} | fields)
    assert refused.value.field == field
    assert not PersonStatus.objects.exists()


def test_statuses_are_limited(mina: Any) -> None:
    for number in range(STATUSES_PER_MINUTE):
        set_status(mina, emoji="", text=f"{number}")
    with pytest.raises(RateLimited):
        set_status(mina, emoji="", text="one more")


def test_the_end_of_a_status_is_published_once(mina: Any, published_by: Published) -> None:
    version = set_status(mina, emoji="🍵", text="Tea").version
    [event] = published_by(lambda: end_status(mina.pk, version=version))
    assert event == StatusChanged(mina.pk, version=2, status="")
    assert published_by(lambda: end_status(mina.pk, version=version)) == []


def run_due() -> None:
    kind = StatusEnd()
    runner = DueRunner({kind.name: kind}, clock=lambda: 1.0)
    while runner.step():
        pass


@pytest.mark.django_db(transaction=True)
def test_a_status_ends_at_its_time_unless_there_is_another_one_by_then(mina: Any, joon: Any) -> None:
    soon = timezone.now() + timedelta(hours=1)
    for person in (mina, joon):
        set_status(person, emoji="🍵", text="Tea", until=soon)
    set_status(joon, emoji="🎧", text="Focus")
    Due.objects.update(due_at=timezone.now())
    PersonStatus.objects.filter(user=mina).update(until=timezone.now() + timedelta(minutes=1))
    run_due()
    assert [held(person) for person in (mina, joon)] == [("", ""), ("🎧", "Focus")]
    assert not Due.objects.waiting().exists()


def test_a_status_that_is_over_is_not_in_force_before_its_row_is_changed(mina: Any) -> None:
    set_status(mina, emoji="🍵", text="Tea", until=timezone.now() + timedelta(hours=1))
    PersonStatus.objects.update(until=timezone.now())
    assert held(mina) == ("", "")
    assert not PersonStatus.objects.get(user=mina).is_in_force


def test_an_emoji_alone_is_a_status(mina: Any) -> None:
    set_status(mina, emoji="🌴", text="")
    assert held(mina) == ("🌴", "")
