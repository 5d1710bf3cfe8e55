"""bench: that what the benchmark says of a run is what happened in it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import without
from bench.__main__ import is_clean
from bench.ablations import WITHOUT_SCENARIOS, contenders_without, gains
from bench.capacity_estimate import PEOPLE, processes_for_restart, processes_for_work
from bench.contenders import OPTIMISATIONS
from bench.delivery_tally import Frame, Message, Room, Tally
from bench.disk import EVERY_SECONDS, HELD_UP_SECONDS, Disk
from bench.limits import limits
from bench.protocols import MARK, body_of
from bench.report import write
from bench.results import Results
from bench.retry_policy import LONG_SECONDS, WINDOWS, Again
from bench.sample_frames import changes, words
from bench.scenarios.deriving import comparison, delay
from bench.scenarios.markdown import LOADS
from bench.scenarios.measuring import counted
from bench.scenarios.reads import SHOWN
from bench.scenarios.slow_mode import OFF, ON
from bench.scenarios.threads import IN_BOTH, IN_ROOM, KINDS, opening
from bench.sections import compression, derivers, deriving, large_room, markdown, slow_mode, streams, threads
from bench.stats import compact, milliseconds, percentile, ratio
from bench.tab import Task, main_thread_tasks
from bench.targets import COST_ON_TWO_PROCESSES, targets
from bench.texts import CHARACTERS, MARKED, MARKED_EVERY
from chat.live.compressible import CompressibleText
from chat.protocol.plain import plain
from chat.services.markup import render
from chat.services.markup.inline import is_plain
from chat.services.markup.names import mentioned
from chatproject.server.frames import compressed_frame
from tests.harness.services import BASE_DIR

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
    """One that has noted its first flush."""
    disk = Disk(tmp_path)
    disk.longest(0.0, 0.0)
    yield disk
    disk.stop()


def test_the_longest_flush_of_a_window_is_known_when_a_flush_that_began_after_it_has_ended(disk: Disk) -> None:
    until = time.perf_counter() + 4 * EVERY_SECONDS
    longest = disk.longest(0.0, until)
    *inside, after = disk._flushes
    assert after.began >= until
    assert longest == max(flush.seconds for flush in inside)


def test_a_window_before_the_first_flush_was_held_up_by_none(disk: Disk) -> None:
    first = disk._flushes[0]
    assert disk.longest(first.began - 20, first.began) == 0


def test_the_summary_is_of_flushes_in_windows_only(disk: Disk) -> None:
    assert disk.summary()["flushes"] == 0
    first = disk._flushes[0]
    disk.longest(first.began, first.began + first.seconds)
    found = disk.summary()
    assert (found["flushes"], found["p50"], found["longest"]) == (1, first.seconds, first.seconds)


def test_a_disk_that_nobody_watches_any_more_is_an_error_and_not_a_quiet_one(disk: Disk) -> None:
    disk._process.kill()
    disk._process.wait()
    with pytest.raises(RuntimeError, match="has ended, with exit code -9"):
        disk.longest(time.perf_counter(), time.perf_counter() + 1)


def test_a_disk_that_does_not_answer_is_another_error(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.disk.ANSWER_SECONDS", 0.1)
    with pytest.raises(RuntimeError, match=r"not taken a small write for 0\.1 s"):
        disk.longest(time.perf_counter(), time.perf_counter() + 60)


# --- windows that are measured again ----------------------------------------------------------------------------------

SLOW, QUICK = 2 * HELD_UP_SECONDS, HELD_UP_SECONDS / 2


def window(longest_flush: float, *, rate: float = 1.0, lost: int = 0, **other: Any) -> dict[str, Any]:
    latencies = dict.fromkeys(("p50", "p99", "ack_p50", "ack_p99"), 0.1)
    return {
        "longest_flush": longest_flush,
        "took": 4.0,
        "messages_per_second": rate,
        "lost": lost,
        "unacked": 0,
        "faults": {},
        "publishes_per_message": 1.0,
        **latencies,
        **other,
    }


def test_a_window_in_which_the_disk_was_held_up_is_measured_again() -> None:
    again = Again(60)
    assert again.is_due([window(SLOW)])
    assert not again.is_due([window(QUICK)])
    assert not again.is_due([window(SLOW), window(QUICK)])


def test_a_load_has_a_bounded_number_of_windows() -> None:
    again = Again(60)
    assert again.is_due([window(SLOW)] * (WINDOWS - 1))
    assert not again.is_due([window(SLOW)] * WINDOWS)


def test_a_long_window_is_not_measured_again() -> None:
    again = Again(60)
    assert again.is_due([window(SLOW, took=LONG_SECONDS)])
    assert not again.is_due([window(SLOW, took=LONG_SECONDS + 0.1)])


def test_a_run_spends_no_more_on_measuring_again_than_it_has() -> None:
    again = Again(9)
    for _ in range(2):
        assert again.is_due([window(SLOW, took=4.0)])
        again.spend(4.0)
    assert not again.is_due([window(SLOW, took=4.0)])


def test_the_window_in_which_the_disk_was_held_up_least_counts_and_the_others_are_kept() -> None:
    row = counted([window(0.3, rate=1), window(0.002, rate=2)])
    assert row["messages_per_second"] == 2
    (other,) = row["held_up"]
    assert (other["longest_flush"], other["messages_per_second"]) == (0.3, 1)


def test_what_was_lost_in_a_window_that_does_not_count_was_lost() -> None:
    assert counted([window(0.3, lost=2), window(0.002, lost=1)])["lost"] == 3


def test_a_fault_in_a_window_that_does_not_count_is_a_fault() -> None:
    # A tally counts its faults from the first window on.
    windows = [window(0.002), window(0.3, faults={"acked twice": 1})]
    assert counted(windows)["faults"] == {"acked twice": 1}


def test_the_page_shows_how_many_windows_were_measured_again_and_how_many_measurements_kept_a_bad_one() -> None:
    measured = [
        counted([window(QUICK)]),
        counted([window(SLOW), window(QUICK)]),
        counted([window(SLOW) for _ in range(4)]),
        counted([window(SLOW, took=20.0)]),
        {"load": "memory"},
    ]
    assert Results({"about": {}, "rows": measured}).held_up() == (4, 2)


def test_the_worst_window_may_be_one_that_does_not_count() -> None:
    stamp = {"scenario": "fanout", "load": "paced", "contender": "ours"}
    measured = [
        stamp | {"repetition": 0} | counted([window(SLOW, p99=0.7), window(QUICK, p99=0.1)]),
        stamp | {"repetition": 1} | counted([window(QUICK, p99=0.2)]),
    ]
    assert Results({"about": {}, "rows": measured}).worst("fanout", "paced", "ours", "p99") == 0.7
    assert Results({"about": {}, "rows": measured}).worst("fanout", "paced", "ws", "p99") is None


def test_what_was_lost_is_the_sum_of_all_repetitions() -> None:
    stamp = {"scenario": "fanout", "load": "paced", "contender": "ours"}
    measured = [
        stamp | {"repetition": number} | counted([window(QUICK, lost=lost)]) for number, lost in enumerate((0, 0, 7))
    ]
    results = Results({"about": {}, "rows": measured})
    assert results.lost("fanout", "paced", "ours") == 7
    assert results.repetitions("fanout", "paced", "ours") == 3


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


@pytest.mark.parametrize(("cost", "met"), [(COST_ON_TWO_PROCESSES, True), (1.2, False)])
def test_two_processes_are_judged_by_what_a_delivery_costs_the_servers(cost: float, met: bool) -> None:
    measured = [
        {
            "scenario": "scaling",
            "load": load,
            "contender": "ours",
            "repetition": repetition,
            "processor_per_delivery": value * (1 + repetition),
        }
        for load, value in (("1 process", 1.0), ("2 processes", cost))
        for repetition in range(2)
    ]
    (only,) = targets(Results({"about": {}, "rows": measured}))
    assert (only.wanted, only.met) == ("≤ 1.18 ×", met)


def row(scenario: str, load: str, contender: str, **fields: float | str) -> dict[str, Any]:
    return {"scenario": scenario, "load": load, "contender": contender, "repetition": 0, **fields}


# --- the texts of the messages ----------------------------------------------------------------------------------------


def bodies(room: Room, count: int) -> list[str]:
    tally = Tally()
    return [body_of(tally.sent(room=room, at=1.0)) for _ in range(count)]


def test_one_message_in_ten_is_marked_up_and_the_others_are_not_parsed(room: Room) -> None:
    texts = bodies(room, 400)
    assert {len(text) for text in texts} == {CHARACTERS}
    assert len(set(texts)) == 400
    marked = [text for text in texts if render(text) != plain(text)]
    assert len(marked) == 40
    assert all(is_plain(text) for text in texts if text not in marked)


def test_marked_up_messages_have_all_kinds_of_markup_and_mention_members_of_the_room() -> None:
    room = Room(id=1, name="hall", clients=[7, 8, 9])
    html = [render(text) for text in bodies(room, 12 * MARKED_EVERY)]
    for element in ("<strong>", "<code>", "<ul>", '<pre data-language="python">', 'class="mention"'):
        assert sum(element in one for one in html) >= len(html) / MARKED_EVERY / len(MARKED)
    assert {name for one in html for name in mentioned(one)} == {"person7", "person8", "person9"}


def test_the_number_of_a_message_is_found_in_its_text_whatever_markup_it_has(room: Room) -> None:
    tally = Tally()
    for every in LOADS.values():
        for _ in range(50):
            message = tally.sent(room=room, at=1.0)
            found = MARK.match(body_of(message, every).encode())
            assert found is not None
            assert int(found[1]) == message.number


def test_all_texts_or_none_can_have_markup(room: Room) -> None:
    tally = Tally()
    messages = [tally.sent(room=room, at=1.0) for _ in range(40)]
    for every, count in ((0, 0), (1, 40)):
        texts = [body_of(message, every) for message in messages]
        assert sum(render(text) != plain(text) for text in texts) == count


def test_the_section_on_markdown_compares_what_a_message_costs() -> None:
    figures = {"messages_per_second": 1000.0}
    measured = [
        row("markdown", f"{name}, saturated", "ours", processor_per_message=cost, **figures)
        for name, cost in zip(LOADS, (2e-4, 2.2e-4, 3e-4), strict=True)
    ]
    text = markdown(Results({"about": {}, "rows": measured})).text
    assert "| one in ten marked up | 1,000 | 220 µs | 1.1 × | – | – | 1 |" in text
    assert "| all marked up | 1,000 | 300 µs | 1.5 × | – | – | 1 |" in text


# --- derivers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("compared", "late", "met"), [(0.05, 2.0, True), (0.051, 2.1, False)])
def test_derivers_are_judged_on_each_database(compared: float, late: float, met: bool) -> None:
    measured = [
        row("deriving", load, "ours", **figures)
        for database in ("postgresql", "sqlite")
        for load, figures in ((comparison(database), {"p50": compared}), (delay(database), {"p99": late}))
    ]
    results = Results({"about": {}, "rows": measured})
    assert [one.met for one in targets(results)] == [met] * 4
    assert f"| delay of a quiet room, SQLite | – | {milliseconds(late)} | – | 1 |" in deriving(results).text


def test_the_section_on_derivers_compares_the_server_with_one_beside_which_nothing_derives() -> None:
    measured = [
        row("derivers", "saturated", name, processor_per_message=cost, messages_per_second=1000.0)
        for name, cost in (("ours-without-derivers", 2e-4), ("ours", 2e-4), ("ours-deriving", 3e-4))
    ]
    text = derivers(Results({"about": {}, "rows": measured})).text
    assert "| Sarangbang on Daphne, derivers in a thread | 1,000 | 300 µs | 1.5 × | – | – | 1 |" in text


# --- streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kib", "cost", "met"), [(22, 4e-5, [True, True]), (23, 4.1e-5, [False, False])])
def test_the_promise_on_streams_is_judged_by_their_memory_and_by_the_cost_of_a_websocket(
    kib: int, cost: float, met: list[bool]
) -> None:
    measured = [
        row("streams", "WebSocket", "ours", bytes_per_connection=20 * 1024, processor_per_delivery=1e-5),
        row("streams", "event stream", "ours", bytes_per_connection=kib * 1024, processor_per_delivery=cost),
        row("streams", "long poll", "socketio", bytes_per_connection=9 * 1024, processor_per_delivery=2e-4),
    ]
    results = Results({"about": {}, "rows": measured})
    assert [one.met for one in targets(results)] == met
    text = streams(results).text
    assert f"| Sarangbang on Daphne, event stream | {kib}.0 KiB | – | {cost * 1e6:.0f} µs |" in text
    assert "| Socket.IO + Redis adapter, long poll | 9.0 KiB | – | 200 µs | – |" in text


# --- compression ------------------------------------------------------------------------------------------------------

MERGED = {"bytes_plain": 16_559.0, "messages": 64}


@pytest.mark.parametrize(("size", "met"), [(90 * 64, True), (90 * 64 + 1, False)])
def test_the_promise_on_compression_is_judged_by_the_bytes_of_a_message(size: int, met: bool) -> None:
    measured = [row("compression", "64 of common words", "server", bytes_compressed=size, **MERGED)]
    (only,) = targets(Results({"about": {}, "rows": measured}))
    assert (only.wanted, only.met) == ("≤ 90 bytes", met)


def test_the_section_on_compression_has_a_row_for_each_frame_and_each_work_of_the_server() -> None:
    measured = [
        row("compression", "64 of prose", "server", bytes_compressed=6400, made_compressed=6e-5, **MERGED),
        row("compression", "a command", "server", processor_plain=1e-4, processor_compressed=1.1e-4),
    ]
    text = compression(Results({"about": {}, "rows": measured})).text
    assert "| 64 of prose | 16,559 | 6,400 | 259 | 100 | – | 60 µs | 1 |" in text
    assert "| a command | 100 µs | 110 µs | 1 |" in text


def test_64_merged_messages_of_common_words_take_at_most_90_bytes_each() -> None:
    text = CompressibleText(changes(64, words))
    assert [len(message["body"]) for message in json.loads(text)["messages"]] == [100] * 64
    assert len(compressed_frame(text)) / 64 <= 90


# --- what an optimisation gains ---------------------------------------------------------------------------------------


def test_every_optimisation_can_be_switched_off() -> None:
    assert tuple(without.OPTIMISATIONS) == OPTIMISATIONS


def test_the_gain_of_an_optimisation_is_the_median_ratio_of_the_pairs() -> None:
    measured = rows(("ours", 0, 100.0), ("ours", 1, 90.0), ("ours", 2, 240.0))
    measured += rows(*(("ours-without-pipeline", repetition, 60.0) for repetition in range(3)))
    assert "| pipeline | stored messages/s | 1.67 × | – | 3 |" in gains(Results({"about": {}, "rows": measured}))


def test_the_gain_of_an_optimisation_shows_the_range_of_half_of_the_pairs() -> None:
    measured = rows(*(("ours", repetition, 60.0 + repetition) for repetition in range(5)))
    measured += rows(*(("ours-without-pipeline", repetition, 50.0) for repetition in range(5)))
    found = gains(Results({"about": {}, "rows": measured}))
    assert "| pipeline | stored messages/s | 1.24 × | 1.22 × and 1.26 × | 5 |" in found


def test_all_optimisations_are_measured_beside_one_site_as_it_is() -> None:
    felt = {name for scenario in WITHOUT_SCENARIOS for name in contenders_without(scenario, "all")}
    assert felt == {"ours", *(f"ours-without-{optimisation}" for optimisation in OPTIMISATIONS)}
    assert contenders_without("http", "one-hop") == ["ours", "ours-without-one-hop"]


def test_a_scenario_that_an_optimisation_does_not_affect_is_left_out() -> None:
    assert contenders_without("durable", "one-hop") == []


# --- large rooms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p99", "kib", "met"), [(0.12, 26, True), (0.121, 26.1, False)])
def test_a_room_of_10_000_sockets_is_judged_by_its_p99_and_the_memory_of_a_connection(
    p99: float, kib: float, met: bool
) -> None:
    measured = [row("large_room", "10,000 sockets", "ours", p99=p99, bytes_per_connection=kib * 1024, lost=0)]
    assert [one.met for one in targets(Results({"about": {}, "rows": measured}))] == [met, met]


def test_the_section_on_large_rooms_has_a_row_for_each_size() -> None:
    figures = {"p50": 0.01, "p99": 0.02, "bytes_per_connection": 20 * 1024, "connect_seconds": 0.5, "lost": 0}
    measured = [row("large_room", size, "ours", **figures) for size in ("100 sockets", "300 sockets")]
    text = large_room(Results({"about": {}, "rows": measured})).text
    assert "| Sarangbang on Daphne, 300 sockets | 10 ms | 20 ms | 20 ms | 20 KiB | 500 ms | – | 0 | 1 |" in text


# --- threads, read figures, slow mode ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("figure", "met"), [(1.0, True), (1.1, False)])
def test_read_figures_are_judged_by_the_frames_of_a_second(figure: float, met: bool) -> None:
    measured = [row("reads", SHOWN, "ours", frames_per_second=figure)]
    assert [one.met for one in targets(Results({"about": {}, "rows": measured}))] == [met]


@pytest.mark.parametrize(("many", "met"), [(0.012, True), (0.013, False)])
def test_opening_a_room_with_many_threads_is_judged_by_one_with_none(many: float, met: bool) -> None:
    measured = [
        row("threads", opening(kind, threads), "ours", p50=p50)
        for kind in KINDS
        for threads, p50 in ((0, 0.01), (10_000, many))
    ]
    assert [one.met for one in targets(Results({"about": {}, "rows": measured}))] == [met] * len(KINDS)


def test_the_section_on_threads_compares_them_with_the_room_and_lists_openings() -> None:
    sent = {"ack_p99": 0.02, "processor_per_message": 1e-3}
    measured = [
        row("threads", IN_ROOM, "ours", ack_p50=0.01, **sent),
        row("threads", IN_BOTH, "ours", ack_p50=0.03, **sent),
        row("threads", opening(KINDS[0], 10_000), "ours", p50=0.001, p99=0.002),
    ]
    text = threads(Results({"about": {}, "rows": measured})).text
    assert f"| {IN_BOTH} | 30 ms | 20 ms | 3 × | 1,000 µs | 1 × | 1 |" in text
    assert "| connect, 10,000 threads | 1 ms | 2 ms | 1 |" in text


def test_the_section_on_slow_mode_compares_what_a_message_costs() -> None:
    measured = [
        row("slow_mode", load, "ours", ack_p50=0.01, ack_p99=0.02, processor_per_message=cost)
        for load, cost in ((OFF, 2e-4), (ON, 2.2e-4))
    ]
    text = slow_mode(Results({"about": {}, "rows": measured})).text
    assert f"| {ON} | 10 ms | 20 ms | 220 µs | 1.1 × | 1 |" in text


@pytest.mark.parametrize(("refused", "clean"), [(0, True), (1, False)])
def test_a_measurement_in_which_something_was_refused_does_not_count_as_clean(refused: int, clean: bool) -> None:
    assert is_clean(row("slow_mode", ON, "ours", refused=refused)) == clean


# --- limits -----------------------------------------------------------------------------------------------------------


BLASTED = [
    row("headroom", "frames of 128 bytes", "blaster", frames_per_second=500_000, generator_busy=1.0),
    row("headroom", "frames of 16,384 bytes", "blaster", frames_per_second=100_000, generator_busy=1.0),
]


def test_merged_frames_are_compared_with_large_ones_and_others_with_small_ones() -> None:
    measured = [
        row("fanout", "64 senders", "ours", frames_per_second=50_000, deliveries_per_second=2_500_000),
        row("fanout", "64 senders", "ws", frames_per_second=50_000, deliveries_per_second=50_000),
    ]
    text = limits(Results({"about": {}, "rows": BLASTED + measured}))
    assert "| Daphne, 64 senders | 50,000 | 50 | large, 100,000/s | 50 % |" in text
    assert "| plain ws, 64 senders | 50,000 | 1 | small, 500,000/s | 10 % |" in text


def test_no_latency_is_shorter_than_a_commit_and_half_of_the_sends() -> None:
    measured = [row("fanout", "paced", "ours", p50=0.004)]
    text = limits(Results({"about": {"commit_seconds": 0.001}, "rows": BLASTED + measured}))
    assert "| 4 ms | 2 ms | 2 × as long |" in text
    assert "sign-in" not in text


# --- many people ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cores", "processes"), [(0.01, 1), (0.5, 1), (0.51, 2), (3.0, 6)])
def test_half_of_each_core_is_kept_free(cores: float, processes: int) -> None:
    assert processes_for_work(cores) == processes


@pytest.mark.parametrize(("seconds", "people_each"), [(2.0, 10_000), (20.0, 1_000)])
def test_a_process_has_as_many_people_as_can_be_back_in_time(seconds: float, people_each: int) -> None:
    assert processes_for_restart(seconds) == PEOPLE / people_each


# --- the page in a browser --------------------------------------------------------------------------------------------

TYPED: dict[str, float | str] = {
    "p50": 0.01,
    "longest": 0.03,
    "longest_task": 0.02,
    "longest_computing": 0.01,
    "page_computing": 0.2,
    "rows": 151,
    "chromium": "140.0",
}


@pytest.mark.parametrize(("p95", "met"), [(0.025, True), (0.026, False)])
def test_input_is_judged_by_its_p95_in_a_busy_room(p95: float, met: bool) -> None:
    (only,) = targets(Results(browser_run(p95=p95)))
    assert (only.wanted, only.met) == ("≤ 25 ms", met)


def test_a_scenario_that_was_not_run_is_added_from_another_run_and_says_so(tmp_path: Path) -> None:
    (first, *_) = sorted((BASE_DIR / "bench" / "results").glob("*.json"))
    write(json.loads(first.read_text()), tmp_path, added=[browser_run(p95=0.02)])
    page = (tmp_path / "performance.md").read_text()
    assert "The run: `bin/bench browser`, 2026-12-01, commit `abc`." in page
    assert "| typing, 50 messages/s | 10 ms | 20 ms | 30 ms | 20 ms | 10 ms | 20 % | 151 | 1 |" in page
    assert page.count("from a key to its paint") == 1


def test_the_tasks_of_the_page_are_those_of_the_busiest_main_thread_of_a_renderer() -> None:
    threads = {(1, 1): "CrRendererMain", (2, 1): "CrRendererMain", (2, 2): "Compositor"}
    events: list[dict[str, Any]] = [
        {"name": "thread_name", "pid": pid, "tid": tid, "args": {"name": name}} for (pid, tid), name in threads.items()
    ]
    events += [
        {"name": "RunTask", "pid": pid, "tid": tid, "ts": ts, "dur": dur, "tdur": dur / 2}
        for pid, tid, ts, dur in ((2, 1, 3e6, 4e6), (2, 1, 1e6, 2e6), (1, 1, 0, 5e6), (2, 2, 0, 9e6))
    ]
    assert main_thread_tasks(events) == [Task(1.0, 2.0, 1.0), Task(3.0, 4.0, 2.0)]


def browser_run(p95: float) -> dict[str, Any]:
    measured = row("browser", "typing, 50 messages/s", "ours", p95=p95, **TYPED)
    return {"about": {"command": "bin/bench browser", "date": "2026-12-01", "revision": "abc"}, "rows": [measured]}


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", sorted((BASE_DIR / "bench" / "results").glob("*.json")), ids=lambda path: path.stem)
def test_the_page_can_be_written_from_every_file_of_results_that_was_kept(kept: Path, tmp_path: Path) -> None:
    write(json.loads(kept.read_text()), tmp_path)
    page = (tmp_path / "performance.md").read_text()
    assert "## This run" in page
    for table in page.split("\n\n"):
        assert len({line.count("|") for line in table.splitlines() if line.startswith("|")}) <= 1
    for picture in (line for line in page.splitlines() if line.startswith("![")):
        assert (tmp_path / picture.rpartition("(")[2].rstrip(")")).is_file()
