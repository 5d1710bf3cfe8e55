"""Due things are done at least once, with the same id in all tries, and their results are stored once."""

import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from chat.derive.due_kind import LONGEST_RETRY_SECONDS, DueKind
from chat.derive.due_runner import FIRST_RETRY_SECONDS, DueRunner
from chat.models import Due, Space
from chat.models.database_clock import in_seconds
from chat.queries.space import space_memory
from chat.services import due as due_service
from chat.services.due import add_due
from tests.harness.deriving import KilledError, at_statement, die
from tests.harness.space import set_space

pytestmark = pytest.mark.django_db(transaction=True)


class Posting(DueKind[str]):
    """Has an effect outside, which the test sees, and a result, which is stored in the space."""

    name = "posting"
    most_tries = 3

    def __init__(self) -> None:
        self.effects: list[uuid.UUID] = []
        self.fails = 0

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> str:
        assert not connection.in_atomic_block
        self.effects.append(key)
        if self.fails:
            self.fails -= 1
            raise ConnectionError(args["text"])
        return str(args["text"])

    def apply(self, args: dict[str, Any], result: str) -> None:
        assert connection.in_atomic_block
        space = Space.objects.get()
        space.name = f"{space.name} {result}"
        space.save()


def runner_of(kind: DueKind[Any]) -> DueRunner:
    return DueRunner({kind.name: kind}, clock=lambda: 1.0)


def add(text: str = "hi", **more: Any) -> None:
    with transaction.atomic():
        add_due("posting", {"text": text}, **more)


def bring_forward() -> None:
    """Let all pauses and leases end."""
    Due.objects.waiting().update(due_at=in_seconds(-1), leased_until=None)


def name() -> str:
    return Space.objects.get().name


def test_what_is_due_is_done_once_and_its_result_is_stored(space: Space) -> None:
    kind = Posting()
    add()
    runner = runner_of(kind)
    assert runner.step()
    assert not runner.step()
    due = Due.objects.get()
    assert (kind.effects, name(), due.tries) == ([due.pk], "Sarangbang hi", 1)
    assert due.done_at is not None
    assert due.leased_until is None


def test_something_is_not_done_before_its_time(space: Space) -> None:
    add(due_at=timezone.now() + timedelta(hours=1))
    runner = runner_of(kind := Posting())
    assert not runner.step()
    bring_forward()
    assert runner.step()
    assert len(kind.effects) == 1


def test_it_is_added_in_the_transaction_that_causes_it(space: Space) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        add_due("posting", {})
    with transaction.atomic():
        add_due("posting", {})
        transaction.set_rollback(True)
    assert not Due.objects.exists()


def test_the_same_key_is_added_once_even_after_it_was_done(space: Space) -> None:
    key = uuid.uuid4()
    add(key=key)
    add(key=key)
    runner = runner_of(kind := Posting())
    assert runner.step()
    add(key=key)
    assert not runner.step()
    assert kind.effects == [key]


def test_runners_of_this_process_are_woken_after_the_commit(space: Space) -> None:
    woken: list[bool] = []

    def wake() -> None:
        woken.append(not connection.in_atomic_block)

    due_service.on_added.append(wake)
    try:
        add()
    finally:
        due_service.on_added.remove(wake)
    assert woken == [True]


def test_what_fails_is_tried_again_later_with_the_same_id(space: Space) -> None:
    kind = Posting()
    kind.fails = 1
    add("a private text")
    runner = runner_of(kind)
    assert runner.step()
    due = Due.objects.get()
    assert due.due_at > timezone.now()
    assert due.last_error.startswith("ConnectionError in test_due.py:")
    assert not runner.step()
    bring_forward()
    assert runner.step()
    assert kind.effects == [due.pk, due.pk]
    assert name() == "Sarangbang a private text"
    assert Due.objects.get().last_error == ""


def test_after_too_many_tries_it_has_failed(space: Space) -> None:
    kind = Posting()
    kind.fails = 100
    add()
    runner = runner_of(kind)
    for _ in range(kind.most_tries):
        assert runner.step()
        bring_forward()
    assert not runner.step()
    due = Due.objects.get()
    assert (len(kind.effects), due.done_at) == (kind.most_tries, None)
    assert due.failed_at is not None


def test_what_an_unknown_version_has_added_waits(space: Space) -> None:
    with transaction.atomic():
        add_due("unknown", {})
    assert not runner_of(Posting()).step()
    assert Due.objects.waiting().count() == 1


def test_what_a_dead_process_had_leased_is_done_when_the_lease_ends(space: Space) -> None:
    add()
    assert runner_of(Posting()).lease() is not None
    kind = Posting()
    assert not runner_of(kind).step()
    bring_forward()
    assert runner_of(kind).step()
    assert len(kind.effects) == 1


def test_the_result_of_a_process_that_lost_its_lease_is_discarded(space: Space) -> None:
    class Slow(Posting):
        def run(self, key: uuid.UUID, args: dict[str, Any]) -> str:
            bring_forward()
            assert runner_of(Posting()).step()
            return "late"

    add()
    assert runner_of(Slow()).step()
    assert name() == "Sarangbang hi"


def test_a_kill_before_any_statement_loses_nothing_and_stores_the_result_once(space: Space) -> None:
    space_memory.read()
    add()
    with at_statement(0, die) as said:
        assert runner_of(Posting()).step()
    count = len(said)
    assert count > 4
    for number in range(1, count + 1):
        Due.objects.all().delete()
        Space.objects.update(name="S")
        kind = Posting()
        add()
        with pytest.raises(KilledError), at_statement(number, die):
            runner_of(kind).step()
        bring_forward()
        runner_of(kind).step()
        assert name() == "S hi", number
        assert len(set(kind.effects)) == 1
        assert Due.objects.waiting().count() == 0


def test_pauses_double_up_to_a_limit_and_are_spread(space: Space) -> None:
    runner = DueRunner({}, rng=random.Random(1))
    pauses = [[runner.pause_after(tries) for _ in range(200)] for tries in (1, 2, 3, 60)]
    for times, expected in zip(pauses, (1, 2, 4, LONGEST_RETRY_SECONDS / FIRST_RETRY_SECONDS), strict=True):
        middle = expected * FIRST_RETRY_SECONDS
        assert 0.5 * middle <= min(times) < 0.6 * middle
        assert 1.4 * middle < max(times) <= 1.5 * middle


def test_what_was_finished_long_ago_is_removed(space: Space) -> None:
    set_space(background_days=3)
    now = timezone.now()
    for days in (1, 2, 4, 9):
        Due.objects.create(kind="posting", done_at=now - timedelta(days=days))
        Due.objects.create(kind="posting", failed_at=now - timedelta(days=days))
    Due.objects.create(kind="other", due_at=now - timedelta(days=9))
    runner_of(Posting()).step()
    assert Due.objects.filter(kind="posting").count() == 4
    assert Due.objects.waiting().count() == 1
