"""Measures the search: `python -m bench.search [--on sqlite] [--messages N]`.

Messages in Korean and English are stored in 100 rooms, and the index is built. Then a person who is in half of the
rooms asks for common and rare words, phrases, single syllables, operators and what is not there, again and again.
"""

import argparse
import json
import random
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.deriving import database
from bench.stats import percentile

ROOMS = 100
PEOPLE = 30
REPETITIONS = 12
ROWS = 5_000
DAYS = 700

WORDS = str.split(
    "배포 회의 회의에서 회의록을 점심 서버 데이터베이스 일정 일정을 내일 오늘은 확인 확인했어요 "
    "부탁드려요 감사합니다 네덜란드에서 문서 테스트 고쳤어요 리뷰 승인 화면 버튼을 색깔 사진 휴가 "
    "다음주 금요일 저녁 커피 회식 출장 보고서 예산 계약 고객 문의 답변 완료 deploy deployment server "
    "database review please thanks meeting tomorrow today friday build failing test flaky fixed "
    "release branch merge conflict design button colour index query cache redis postgres sqlite "
    "latency report budget customer invoice answer done kettle tea floor warm the and with for from "
    "this that"
)

LINK = "https://example.com/page"

QUERIES = {
    "a common word": "deploy",
    "a common Korean word": "회의",
    "with a particle": "회의에서",
    "two words": "배포 서버",
    "three words": "please review release",
    "a phrase": '"please review"',
    "without a word": "deploy -review",
    "a rare word": "zyzzyva",
    "a rare Korean word": "하바롭스크",
    "a single syllable": "회",
    "one letter": "d",
    "what is not there": "nothinglikethis",
    "of a person": "from:@person3 deploy",
    "of a person, all": "from:@person3",
    "in a room": "in:#room-4 deploy",
    "on a day": "on:2026-03-03 deploy",
    "during a month": "on:2026-03 회의",
    "before a year": "before:2025-06 deploy",
    "with a link": "has:link",
    "with a rare fact": "has:pin",
    "in threads": "is:thread deploy",
    "unread": "is:unread 회의",
    "my mentions": "is:mention deploy",
}


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--on", choices=("postgresql", "sqlite"), default="sqlite")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, in seconds")
    return parser.parse_args()


def texts(count: int, rng: random.Random) -> Iterator[str]:
    """Texts of 3 to 14 words, common ones more often than others; a few have a link or a word of their own."""
    weights = [1 / (1 + number % 47) for number in range(len(WORDS))]
    words = rng.choices(WORDS, weights, k=count * 9)
    at = 0
    for number in range(count):
        length = 3 + number % 12
        text = " ".join(words[at : at + length])
        at = (at + length) % (len(words) - 14)
        if number % 50 == 0:
            text += f" {LINK}"
        if number % 20_000 == 7:
            text += " zyzzyva 하바롭스크"
        yield text


def seed(messages: int) -> Any:
    """A space with this many messages. Returns the person who searches, who is in half of the rooms."""
    from django.db import connection
    from django.utils import timezone

    from chat.models import Membership, Message, Room, User
    from chat.protocol.plain import plain
    from chat.services.spaces import create_space

    create_space(name="Bench", username="owner", display_name="Owner", password="the floor is warm")
    User.objects.bulk_create(User(username=f"person{n}", display_name=f"Person {n}") for n in range(PEOPLE))
    people = list(User.objects.filter(username__startswith="person").order_by("pk"))
    each = messages // ROOMS
    Room.objects.bulk_create(
        Room(name=f"Room {n}", slug=f"room-{n}", created_by=people[0], revision=each, message_count=each)
        for n in range(ROOMS)
    )
    rooms = list(Room.objects.filter(slug__startswith="room-").order_by("pk"))
    reader = people[1]
    Membership.objects.bulk_create(
        Membership(room=room, user=reader, last_read=each - 3) for room in rooms[: ROOMS // 2]
    )
    first = timezone.now() - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / messages
    rows: list[Message] = []
    for number, body in enumerate(texts(each * ROOMS, random.Random(1))):
        position = number // ROOMS + 1
        html = (
            plain(body)
            if "https" not in body
            else f"<p>{body.replace('https://example.com/page', '<a href=>x</a>')}</p>"
        )
        rows.append(
            Message(
                room=rooms[number % ROOMS],
                author=people[number * 7 % PEOPLE],
                position=position,
                revision=position,
                key=uuid.uuid4(),
                body=body,
                html=html,
                created_at=first + step * number,
            )
        )
        if len(rows) == ROWS:
            Message.objects.bulk_create(rows)
            rows.clear()
    Message.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return reader


def measure_index(messages: int) -> dict[str, float]:
    """Build the index."""
    from search.rebuilding import rebuild

    began, cpu = time.perf_counter(), time.process_time()
    for _step in rebuild():
        pass
    took = time.perf_counter() - began
    return {"seconds": took, "per_second": messages / took, "cpu": time.process_time() - cpu, "bytes": size()}


def size() -> int:
    """The bytes of the index."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE search_messagetokens")
            cursor.execute("SELECT pg_total_relation_size('search_messagetokens')")
            return int(cursor.fetchone()[0])
    return sum(path.stat().st_size for path in Path(settings.SEARCH_FILE).parent.glob("search.sqlite3*"))


def measure_queries(reader: Any) -> dict[str, list[float]]:
    """How long each query takes for its first page, as the command is run for a socket."""
    from chat.services.quotas import unlimited
    from search.command import Search, search

    took: dict[str, list[float]] = {name: [] for name in QUERIES}
    with unlimited():
        for repetition in range(REPETITIONS + 2):
            for name, query in QUERIES.items():
                began = time.perf_counter()
                reply = search(reader, Search(type="search", query=query))
                reply.encode()
                if repetition >= 2:
                    took[name].append(time.perf_counter() - began)
    return took


def main() -> None:
    """Measure and print."""
    given = arguments()
    with database(given.on):
        reader = seed(given.messages)
        index = measure_index(given.messages)
        took = measure_queries(reader)
    everything = [seconds for times in took.values() for seconds in times]
    queries: dict[str, Any] = {
        "p50": statistics.median(everything),
        "p95": percentile(everything, 0.95),
        "longest": max(everything),
        "each": {name: statistics.median(times) for name, times in took.items()},
    }
    if given.json:
        print(json.dumps({"messages": given.messages, "index": index, "queries": queries}))
        return
    print(
        f"{given.on}, {given.messages:,} messages: indexed {index['per_second']:,.0f} a second "
        f"({index['cpu'] / given.messages * 1e6:.0f} µs CPU each), {index['bytes'] / 1e6:.1f} MB"
    )
    p50, p95, longest = (1e3 * queries[name] for name in ("p50", "p95", "longest"))
    print(f"queries: p50 {p50:.1f} ms, p95 {p95:.1f}, longest {longest:.1f}")
    for name, seconds in queries["each"].items():
        print(f"  {seconds * 1e3:7.1f} ms  {name}")


if __name__ == "__main__":
    main()
