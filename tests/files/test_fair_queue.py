"""Who uploads many slow files delays only themselves."""

import threading
import uuid

from files.services.fair_queue import FairQueue
from tests.harness.waiting import until


class Slow:
    """What is done with files: nothing, until it is allowed."""

    def __init__(self) -> None:
        self.begun: list[uuid.UUID] = []
        self.done: list[uuid.UUID] = []
        self._may_end = threading.Semaphore(0)

    def __call__(self, file: uuid.UUID) -> None:
        self.begun.append(file)
        self._may_end.acquire()
        self.done.append(file)

    def let_end(self, count: int) -> None:
        self._may_end.release(count)


def test_of_one_person_one_file_is_examined_at_a_time_and_of_others_meanwhile() -> None:
    slow = Slow()
    queue = FairQueue(slow, threads=2)
    hostile = [uuid.uuid4() for _number in range(40)]
    for file in hostile:
        queue.add(file, person=1)
    until(lambda: slow.begun == hostile[:1])
    queue.add(friendly := uuid.uuid4(), person=2)
    until(lambda: slow.begun == [hostile[0], friendly])
    slow.let_end(41)
    until(lambda: len(slow.done) == 41)
    assert sorted(slow.done) == sorted([*hostile, friendly])


def test_persons_have_their_turns_one_after_the_other() -> None:
    slow = Slow()
    queue = FairQueue(slow, threads=1)
    queue.add(first := uuid.uuid4(), person=0)
    until(lambda: slow.begun == [first])
    files = {person: [uuid.uuid4() for _number in range(3)] for person in (1, 2, 3)}
    for person, of_person in files.items():
        for file in of_person:
            queue.add(file, person=person)
    slow.let_end(10)
    until(lambda: len(slow.done) == 10)
    assert slow.done[1:] == [files[person][number] for number in range(3) for person in (1, 2, 3)]


def test_what_waits_already_is_not_added_again() -> None:
    slow = Slow()
    queue = FairQueue(slow, threads=2)
    first, second = uuid.uuid4(), uuid.uuid4()
    for _time in range(100):
        queue.add(first, person=1)
        queue.add(second, person=1)
    slow.let_end(100)
    until(lambda: slow.done == [first, second])
    assert slow.begun == [first, second]


def test_after_a_failure_the_next_one_has_its_turn() -> None:
    done = []

    def fail(file: uuid.UUID) -> None:
        done.append(file)
        raise ValueError

    queue = FairQueue(fail, threads=1)
    files = [uuid.uuid4() for _number in range(3)]
    for file in files:
        queue.add(file, person=1)
    until(lambda: done == files)
