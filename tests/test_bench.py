"""bench.tally, stats, disk, results and targets: that what the benchmark says of a run is what happened in it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.disk import EVERY_SECONDS, HELD_UP_SECONDS, Disk
from bench.results import Results
from bench.scenarios.measuring import counted
from bench.stats import compact, milliseconds, percentile, ratio
from bench.tally import Frame, Message, Room, Tally
from bench.targets import targets

pytestmark = pytest.mark.once


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def room() -> Room:
    return Room(id=1, name="hall", clients=[0, 1, 2])


def arrive(tally: Tally, frame: Frame, *times: float) -> None:
    """A client each gets the frame at these times, as the generator notes it."""
    for at in times:
        frame.arrivals.append(at)
        if len(frame.arrivals) >= frame.target:
            tally.reached(frame)


def framed(tally: Tally, room: Room, *messages: Message) -> Frame:
    numbers = [message.number for message in messages]
    return tally.frame(repr(numbers).encode(), room=room, numbers=numbers)


# --- when a message counts --------------------------------------------------------------------------------------------


def test_a_message_counts_when_the_last_client_of_its_room_has_it(tally: Tally, room: Room) -> None:
    message = tally.sent(room=room, at=1.0)
    frame = framed(tally, room, message)
    arrive(tally, frame, 1.1, 1.2)
    assert (message.done_at, list(tally.in_flight)) == (None, [message.number])
    arrive(tally, frame, 1.3)
    assert (message.done_at, tally.completed, tally.in_flight) == (1.3, [message], {})
    assert not tally.faults


def test_messages_merged_into_one_frame_all_count(tally: Tally, room: Room) -> None:
    one, two = (tally.sent(room=room, at=1.0) for _ in range(2))
    arrive(tally, framed(tally, room, one, two), 1.1, 1.2, 1.3)
    assert tally.completed == [one, two]


def test_a_message_that_reached_clients_in_different_frames_counts_once_they_all_have_it(
    tally: Tally, room: Room
) -> None:
    one, two = (tally.sent(room=room, at=1.0) for _ in range(2))
    alone, both = framed(tally, room, one), framed(tally, room, one, two)
    arrive(tally, alone, 1.1)
    arrive(tally, both, 1.2, 1.3)
    assert tally.completed == [one]
    assert one.done_at == 1.3


def test_where_acks_are_given_a_sender_goes_on_after_the_last_arrival_and_the_ack(tally: Tally, room: Room) -> None:
    goes_on: list[Message] = []
    tally.wants_ack, tally.on_done = True, goes_on.append
    message = tally.sent(room=room, at=1.0)
    arrive(tally, framed(tally, room, message), 1.1, 1.2, 1.3)
    assert goes_on == []
    tally.acked(message.number)
    assert goes_on == [message]


def test_a_message_given_up_is_lost_and_counts_no_more(tally: Tally, room: Room) -> None:
    message = tally.sent(room=room, at=1.0)
    frame = framed(tally, room, message)
    arrive(tally, frame, 1.1)
    tally.give_up(message, lost=True)
    arrive(tally, frame, 1.2, 1.3)
    assert (message.lost, tally.in_flight) == (True, {})


# --- what a server did wrong ------------------------------------------------------------------------------------------


def test_a_frame_that_came_too_often_is_a_fault(tally: Tally, room: Room) -> None:
    frame = framed(tally, room, tally.sent(room=room, at=1.0))
    arrive(tally, frame, 1.1, 1.2, 1.3, 1.4)
    assert tally.faults == {"delivered twice": 1}


def test_a_message_that_nobody_sent_is_a_fault(tally: Tally, room: Room) -> None:
    tally.frame(b"?", room=room, numbers=[7])
    assert tally.faults == {"a message nobody sent": 1}


def test_a_second_ack_is_a_fault(tally: Tally, room: Room) -> None:
    message = tally.sent(room=room, at=1.0)
    tally.acked(message.number)
    tally.acked(message.number)
    assert tally.faults == {"acked twice": 1}


# --- the disk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    now = time.perf_counter()
    disk.longest(now, now)
    yield disk
    disk.stop()


def test_the_longest_flush_of_a_window_is_known_when_a_flush_that_began_after_it_has_ended(disk: Disk) -> None:
    since = time.perf_counter()
    until = since + 4 * EVERY_SECONDS
    longest = disk.longest(since, until)
    assert longest > 0
    assert time.perf_counter() > until
    found = disk.summary()
    assert found["flushes"] > 1
    assert 0 < found["p50"] <= found["p99"] <= found["longest"]
    assert longest <= found["longest"]


def test_a_window_before_the_first_flush_was_held_up_by_none(disk: Disk) -> None:
    assert disk.longest(time.perf_counter() - 20, time.perf_counter() - 19) == 0


def test_a_disk_that_nobody_watches_any_more_is_an_error_and_not_a_quiet_one(disk: Disk) -> None:
    disk._process.kill()
    disk._process.wait()
    with pytest.raises(RuntimeError, match="not taken a small write"):
        disk.longest(time.perf_counter(), time.perf_counter() + 1)


def window(longest_flush: float, *, rate: float = 1.0, lost: int = 0) -> dict[str, Any]:
    latencies = dict.fromkeys(("p50", "p99", "ack_p50", "ack_p99"), 0.1)
    return {
        "longest_flush": longest_flush,
        "messages_per_second": rate,
        "lost": lost,
        "unacked": 0,
        "publishes_per_message": 1.0,
        **latencies,
    }


def test_the_window_in_which_the_disk_was_held_up_least_counts_and_the_others_are_kept() -> None:
    row = counted([window(0.3, rate=1), window(0.002, rate=2)])
    assert row["messages_per_second"] == 2
    (other,) = row["held_up"]
    assert (other["longest_flush"], other["messages_per_second"]) == (0.3, 1)


def test_what_was_lost_in_a_window_that_does_not_count_was_lost() -> None:
    assert counted([window(0.3, lost=2), window(0.002, lost=1)])["lost"] == 3


def test_the_page_tells_how_many_windows_were_measured_again_and_for_how_many_that_did_not_help() -> None:
    slow, quick = 2 * HELD_UP_SECONDS, HELD_UP_SECONDS / 2
    measured = [
        counted([window(quick)]),
        counted([window(slow), window(quick)]),
        counted([window(slow) for _ in range(4)]),
    ]
    assert Results({"about": {}, "rows": measured}).held_up() == (4, 1)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_a_percentile_is_a_sample() -> None:
    samples = [float(number) for number in range(100, 0, -1)]
    assert [percentile(samples, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 51.0, 100.0, 100.0]
    assert percentile([], 0.5) is None


@pytest.mark.parametrize(("value", "base", "expected"), [(3.0, 2.0, 1.5), (3.0, 0.0, None), (None, 2.0, None)])
def test_a_ratio_to_nothing_is_none(value: float | None, base: float | None, expected: float | None) -> None:
    assert ratio(value, base) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0, "0"), (0.6149, "0.615"), (12.34, "12.3"), (429_123, "429,000"), (999, "999")]
)
def test_numbers_are_written_as_a_person_reads_them(value: float | None, text: str) -> None:
    assert compact(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.00843, "8.43 ms"), (2.13, "2.13 s"), (None, "–")])
def test_times_are_written_with_their_unit(seconds: float | None, text: str) -> None:
    assert milliseconds(seconds) == text


def rows(*measured: tuple[str, int, float]) -> list[dict[str, Any]]:
    """Saturated stored messages a second, by contender and repetition."""
    return [
        {
            "scenario": "durable",
            "load": "saturated",
            "contender": contender,
            "repetition": repetition,
            "messages_per_second": rate,
        }
        for contender, repetition, rate in measured
    ]


def test_a_ratio_is_taken_within_each_repetition_and_the_median_of_those_is_shown() -> None:
    measured = [("ours", 0, 100.0), ("ours", 1, 60.0), ("ours", 2, 240.0)]
    measured += [("tutorial-save", 0, 10.0), ("tutorial-save", 1, 10.0), ("tutorial-save", 2, 20.0)]
    results = Results({"about": {}, "rows": rows(*measured)})
    assert results.ratio("durable", "saturated", "messages_per_second", "ours", "tutorial-save") == 10.0


@pytest.mark.parametrize(("ours", "met"), [(100.0, True), (99.0, False)])
def test_a_promise_is_met_or_not_and_one_that_was_not_measured_is_not_mentioned(ours: float, met: bool) -> None:
    (only,) = targets(Results({"about": {}, "rows": rows(("ours", 0, ours), ("tutorial-save", 0, 10.0))}))
    assert (only.promise, only.wanted, only.met) == ("Stored messages: objects.create per message", "≥ 10 ×", met)
