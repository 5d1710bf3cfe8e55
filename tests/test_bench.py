"""bench.tally, stats, results and targets: that what the benchmark says of a run is what happened in it."""

from typing import Any

import pytest

from bench.results import Results
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
