"""The sections of docs/performance.md, one per scenario, with tables and charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.charts import Bar, bars
from bench.contenders import CONTENDERS
from bench.results import Results
from bench.scenarios.connections import MISSED, SOCKETS
from bench.scenarios.fanout import PACE_PER_SECOND
from bench.scenarios.markdown import LOADS, PLAIN
from bench.scenarios.slow_mode import OFF as SLOW_MODE_OFF
from bench.scenarios.streams import WEBSOCKET
from bench.scenarios.threads import IN_ROOM
from bench.stats import compact, milliseconds, percent


@dataclass
class Section:
    """A part of the page: its Markdown, and its charts by file name."""

    text: str
    charts: dict[str, str] = field(default_factory=dict)


def label(name: str) -> str:
    """The name of a contender on the page."""
    return CONTENDERS[name].label


def is_ours(name: str) -> bool:
    """Whether this contender is this site."""
    return name.startswith("ours")


def times(ratio: float | None) -> str:
    """A ratio as text."""
    return "–" if ratio is None else f"{compact(ratio)} ×"


def microseconds(seconds: float | None) -> str:
    """A cost as text: "2.4 µs"."""
    return "–" if seconds is None else f"{compact(seconds * 1e6)} µs"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ruler, *rows))


def image(name: str, alt: str) -> str:
    """A reference to a chart."""
    return f"![{alt}](img/{name}.svg)"


def repetitions(results: Results, scenario: str, load: str, name: str) -> str:
    """The number of repetitions of a row, for its last column."""
    return str(results.repetitions(scenario, load, name))


def busy(results: Results, scenario: str, load: str, name: str) -> str:
    """The utilisation of the server's and the generator's core, in percent."""
    server = results.value(scenario, load, name, "server_busy")
    generator = results.value(scenario, load, name, "generator_busy")
    return f"{(server or 0) * 100:.0f} / {(generator or 0) * 100:.0f}"


def fanout(results: Results) -> Section:
    """Saturated fan-out, then the even pace."""
    names = results.contenders("fanout")
    parts, charts = [], {}
    for load in ("4 senders", "64 senders"):
        rows, shown = [], []
        for name in names:

            def get(item: str, load: str = load, name: str = name) -> float | None:
                return results.value("fanout", load, name, item)

            rate = get("deliveries_per_second")
            ratio = times(results.ratio("fanout", load, "deliveries_per_second", name, "tutorial"))
            rows.append(
                [
                    label(name),
                    compact(rate),
                    ratio,
                    milliseconds(get("p50")),
                    milliseconds(get("p99")),
                    f"{results.lost('fanout', load, name):,}",
                    compact(get("frames_per_second")),
                    microseconds(get("processor_per_delivery")),
                    busy(results, "fanout", load, name),
                    repetitions(results, "fanout", load, name),
                ]
            )
            shown.append(Bar(label(name), rate, f"{compact(rate)}/s · {ratio}", is_ours(name)))
        head = [
            "",
            "deliveries/s",
            "× tutorial",
            "p50",
            "p99",
            "lost",
            "frames/s",
            "CPU per delivery",
            "server / load busy %",
            "n",
        ]
        slug = f"fanout-{load.split(maxsplit=1)[0]}"
        title = f"Deliveries per second, 1 room of 1,000 sockets, {load}"
        charts[slug] = bars(title, shown, logarithmic=True, note=f"Behind each bar: rate, and × {label('tutorial')}")
        parts.append(f"### {load.capitalize()}\n\n{image(slug, title)}\n\n{table(head, rows)}")
    return Section("\n\n".join(parts), charts)


def paced(results: Results) -> Section:
    """Latency of the fan-out at an even pace."""
    rows, shown = [], []
    for name in results.contenders("fanout"):

        def get(item: str, name: str = name) -> float | None:
            return results.value("fanout", "paced", name, item)

        rows.append(
            [
                label(name),
                milliseconds(get("p50")),
                times(results.ratio("fanout", "paced", "p50", name, "socketio")),
                milliseconds(get("p99")),
                milliseconds(results.worst("fanout", "paced", name, "p99")),
                milliseconds(get("ack_p99")),
                f"{results.lost('fanout', 'paced', name):,}",
                busy(results, "fanout", "paced", name),
                repetitions(results, "fanout", "paced", name),
            ]
        )
        text = f"{milliseconds(get('p50'))} · {milliseconds(get('p99'))}"
        shown.append(Bar(label(name), get("p50"), text, is_ours(name), longer=get("p99")))
    title = f"Latency at {PACE_PER_SECOND} messages a second into 1,000 sockets"
    chart = bars(title, shown, logarithmic=True, note="From the timetable to each socket: p50, and p99 (faint)")
    head = ["", "p50", "p50 ÷ Socket.IO's", "p99", "p99, worst window", "ack p99", "lost", "server / load busy %", "n"]
    return Section(f"{image('paced', title)}\n\n{table(head, rows)}", {"paced": chart})


def durable(results: Results) -> Section:
    """Stored messages over many rooms."""
    rows, shown, answers = [], [], []
    for name in results.contenders("durable"):

        def get(load: str, item: str, name: str = name) -> float | None:
            return results.value("durable", load, name, item)

        rate = get("saturated", "messages_per_second")
        ratio = times(results.ratio("durable", "saturated", "messages_per_second", name, "tutorial-save"))
        p50, p99 = ("ack_p50", "ack_p99") if is_ours(name) else ("p50", "p99")
        half = milliseconds(get("half", p50)), milliseconds(get("half", p99))
        rows.append(
            [
                label(name),
                compact(rate),
                ratio,
                milliseconds(get("saturated", "p50")),
                *half,
                milliseconds(results.worst("durable", "half", name, p99)),
                microseconds(get("saturated", "processor_per_message")),
                compact(get("saturated", "commits_per_message")),
                compact(get("saturated", "publishes_per_message")),
                busy(results, "durable", "saturated", name),
                repetitions(results, "durable", "saturated", name),
            ]
        )
        shown.append(Bar(label(name), rate, f"{compact(rate)}/s · {ratio}", is_ours(name)))
        answers.append(Bar(label(name), get("half", p50), " · ".join(half), is_ours(name), longer=get("half", p99)))
    titles = {
        "durable": "Stored messages per second, 50 rooms of 4",
        "half": "Latency at half that rate: acks, and deliveries where there are none",
    }
    head = ["", "messages/s", "× objects.create", "p50", "half rate: p50", "half rate: p99", "p99, worst window"]
    head += ["CPU per message", "commits / message", "publishes / message", "server / load busy %", "n"]
    return Section(
        "\n\n".join([*(image(name, title) for name, title in titles.items()), table(head, rows)]),
        {
            "durable": bars(titles["durable"], shown, note="Behind each bar: rate, and × objects.create per message"),
            "half": bars(titles["half"], answers, logarithmic=True, note="p50, and p99 (faint)"),
        },
    )


def connections(results: Results) -> Section:
    """Memory, connect storm and resume storm."""
    rows, memory, storm = [], [], []
    for name in results.contenders("connections"):

        def get(load: str, item: str, name: str = name) -> float | None:
            return results.value("connections", load, name, item)

        each, seconds, back = (
            get("memory", "bytes_per_connection"),
            get("connect", "seconds"),
            get("resume", "seconds"),
        )
        kib = f"{compact(each / 1024)} KiB" if each else "–"
        ratio = times(results.ratio("connections", "memory", "bytes_per_connection", name, "tutorial"))
        tried = results.samples("connections", "connect", name, "turned_away")
        connect = milliseconds(seconds) if seconds else ("not within 60 s" if tried else "–")
        rows.append(
            [
                label(name),
                kib,
                ratio,
                milliseconds(get("memory", "startup_seconds")),
                connect,
                milliseconds(back),
                milliseconds(get("resume", "since_spawn")),
                repetitions(results, "connections", "memory", name),
            ]
        )
        memory.append(Bar(label(name), each, f"{kib} · {ratio}", is_ours(name)))
        storm.append(Bar(label(name), seconds, connect, is_ours(name)))
    titles = {
        "memory": "Memory of one idle, subscribed connection",
        "connect": f"{SOCKETS:,} clients connect at the same moment: all live after",
    }
    head = ["", "memory each", "memory ÷ tutorial's", "start-up", "connect storm"]
    head += [f"resume storm ({MISSED} messages missed)", "… from process start", "n"]
    return Section(
        f"{image('memory', titles['memory'])}\n\n{image('connect', titles['connect'])}\n\n{table(head, rows)}",
        {
            "memory": bars(titles["memory"], memory, note=f"Behind each bar: memory, and × {label('tutorial')}"),
            "connect": bars(titles["connect"], storm),
        },
    )


def history(results: Results) -> Section:
    """The cost of a long history."""
    rows, shown = [], []
    for name in results.contenders("history"):
        for load in results.loads("history"):
            p50, p99 = (results.value("history", load, name, item) for item in ("p50", "p99"))
            n = repetitions(results, "history", load, name)
            rows.append([f"{label(name)}: {load}", milliseconds(p50), milliseconds(p99), n])
            if name == "ours":
                shown.append(Bar(load, p50, milliseconds(p50), ours="1,000,000" in load))
    title = "One command in a room of 1,000 and of 1,000,000 messages (median)"
    text = f"{image('history', title)}\n\n{table(['', 'p50', 'p99', 'n'], rows)}"
    return Section(text, {"history": bars(title, shown)})


def http(results: Results) -> Section:
    """Pages per second."""
    rows, shown = [], []
    for load in (load for load in results.loads("http") if "client" in load):
        for name in results.contenders("http"):
            rate = results.value("http", load, name, "per_second")
            if rate is None:
                continue
            p50, p99 = (milliseconds(results.value("http", load, name, item)) for item in ("p50", "p99"))
            yardstick = name.replace("ours", "empty")
            ratio = results.ratio("http", load, "per_second", name, yardstick) if is_ours(name) else None
            size = compact((results.value("http", load, name, "body_bytes") or 0) / 1024)
            n = repetitions(results, "http", load, name)
            rows.append([f"{load}: {label(name)}", compact(rate), times(ratio), p50, p99, size, n])
            if load == "page, 16 clients":
                shown.append(Bar(label(name), rate, f"{compact(rate)}/s", is_ours(name)))
    title = "Pages per second on one core, 16 clients: the room page, and an empty signed-in page"
    floor = results.value("http", "password hash", "ours", "seconds")
    note = f"One password check takes {milliseconds(floor)} of a core; it accounts for nearly all of a sign-in."
    head = ["", "per second", "÷ empty page", "p50", "p99", "KiB", "n"]
    return Section(f"{image('http', title)}\n\n{table(head, rows)}\n\n{note}", {"http": bars(title, shown)})


def scaling(results: Results) -> Section:
    """Two processes."""
    rows, shown = [], []
    for name in results.contenders("scaling"):
        for load in ("1 process", "2 processes"):

            def get(item: str, load: str = load, name: str = name) -> float | None:
                return results.value("scaling", load, name, item)

            rows.append(
                [
                    f"{label(name)}, {load}",
                    compact(get("clients"), 4),
                    milliseconds(get("p50")),
                    milliseconds(get("p99")),
                    microseconds(get("processor_per_delivery")),
                    compact(get("publishes_per_message")),
                    repetitions(results, "scaling", load, name),
                ]
            )
            shown.append(Bar(f"{label(name)}, {load}", get("p99"), milliseconds(get("p99")), is_ours(name)))
    title = "p99 with 1,000 clients per process at the same pace"
    head = ["", "clients", "p50", "p99", "server core per delivery", "publishes / message", "n"]
    return Section(f"{image('scaling', title)}\n\n{table(head, rows)}", {"scaling": bars(title, shown)})


def large_room(results: Results) -> Section:
    """Latency and memory from 100 to 10,000 sockets."""
    rows, shown = [], []
    for name in results.contenders("large_room"):
        for load in results.loads("large_room"):

            def get(item: str, load: str = load, name: str = name) -> float | None:
                return results.value("large_room", load, name, item)

            each = get("bytes_per_connection")
            rows.append(
                [
                    f"{label(name)}, {load}",
                    milliseconds(get("p50")),
                    milliseconds(get("p99")),
                    milliseconds(results.worst("large_room", load, name, "p99")),
                    "–" if each is None else f"{compact(each / 1024)} KiB",
                    milliseconds(get("connect_seconds")),
                    microseconds(get("processor_per_delivery")),
                    f"{results.lost('large_room', load, name):,}",
                    repetitions(results, "large_room", load, name),
                ]
            )
            if is_ours(name):
                shown.append(Bar(load, get("p50"), milliseconds(get("p99")), ours=True, longer=get("p99")))
    title = "Latency at two messages a second, by sockets in the room"
    head = ["", "p50", "p99", "p99, worst window", "memory each", "connected in", "processor each", "lost", "n"]
    chart = bars(title, shown, logarithmic=True, note="p50, and p99 (faint)")
    return Section(f"{image('large-room', title)}\n\n{table(head, rows)}", {"large-room": chart})


def reactions(results: Results) -> Section:
    """The cost of a reaction."""
    rows = []
    for load in results.loads("reactions"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("reactions", load, "ours", item)

        each = [compact(get(item)) for item in ("bytes_per_reaction_and_reader", "frames_per_reaction_and_reader")]
        acks = [milliseconds(get(item)) for item in ("ack_p50", "ack_p99")]
        work = microseconds(get("processor_per_reaction"))
        rows.append([load, *each, work, *acks, repetitions(results, "reactions", load, "ours")])
    head = ["", "bytes to each reader", "frames", "CPU per reaction", "ack p50", "ack p99", "n"]
    return Section(table(head, rows))


def presence(results: Results) -> Section:
    """What it costs to show who is here."""
    rows = []
    for load in results.loads("presence"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("presence", load, "ours", item)

        each = [compact(get(item)) for item in ("frames_per_second", "bytes_per_second")]
        rows.append([load, *each, percent(get("server_busy")), repetitions(results, "presence", load, "ours")])
    head = ["", "frames a second to each", "bytes a second to each", "CPU of the server", "n"]
    return Section(table(head, rows))


def reads(results: Results) -> Section:
    """The cost of showing who has read a message."""
    rows = []
    for load in results.loads("reads"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("reads", load, "ours", item)

        items = ("frames_per_second", "frames_per_message_and_reader", "bytes_per_message_and_reader")
        each = [compact(get(item)) for item in items]
        work = microseconds(get("processor_per_message"))
        rows.append([load, work, *each, compact(get("behind")), repetitions(results, "reads", load, "ours")])
    head = ["", "CPU per message", "`reads` frames a second to each", "… a message", "bytes a message"]
    head += ["clients behind at the end", "n"]
    return Section(table(head, rows))


def threads(results: Results) -> Section:
    """The cost of a message in a thread, beside one in a room, and of opening a room with many threads."""
    sent, opened = [], []
    for load in results.loads("threads"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("threads", load, "ours", item)

        n = repetitions(results, "threads", load, "ours")
        if get("ack_p50") is None:
            opened.append([load, milliseconds(get("p50")), milliseconds(get("p99")), n])
            continue
        compared = [
            times(results.ratio_of_loads("threads", "ours", item, load, IN_ROOM))
            for item in ("ack_p50", "processor_per_message")
        ]
        acks = [milliseconds(get(item)) for item in ("ack_p50", "ack_p99")]
        sent.append([load, *acks, compared[0], microseconds(get("processor_per_message")), compared[1], n])
    head = ["", "ack p50", "p99", "p50 ÷ in the room", "CPU per message", "÷ in the room", "n"]
    return Section(f"{table(head, sent)}\n\n{table(['', 'p50', 'p99', 'n'], opened)}")


def slow_mode(results: Results) -> Section:
    """The cost of slow mode for those who are not too fast."""
    rows = []
    for load in results.loads("slow_mode"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("slow_mode", load, "ours", item)

        acks = [milliseconds(get(item)) for item in ("ack_p50", "ack_p99")]
        work = microseconds(get("processor_per_message"))
        cost = results.ratio_of_loads("slow_mode", "ours", "processor_per_message", load, SLOW_MODE_OFF)
        rows.append([load, *acks, work, times(cost), repetitions(results, "slow_mode", load, "ours")])
    return Section(table(["", "ack p50", "ack p99", "CPU per message", "÷ off", "n"], rows))


def markdown(results: Results) -> Section:
    """The cost of markup, through the whole path of a message."""
    rows = []
    for name in LOADS:
        saturated, half = f"{name}, saturated", f"{name}, half"

        def get(load: str, item: str) -> float | None:
            return results.value("markdown", load, "ours", item)

        plain = f"{PLAIN}, saturated"
        rows.append(
            [
                name,
                compact(get(saturated, "messages_per_second")),
                microseconds(get(saturated, "processor_per_message")),
                times(results.ratio_of_loads("markdown", "ours", "processor_per_message", saturated, plain)),
                milliseconds(get(half, "ack_p50")),
                milliseconds(get(half, "ack_p99")),
                repetitions(results, "markdown", saturated, "ours"),
            ]
        )
    head = ["", "messages/s", "CPU per message", "÷ plain", "half rate: ack p50", "ack p99", "n"]
    return Section(table(head, rows))


def derivers(results: Results) -> Section:
    """The cost of derivers for the server."""
    rows = []
    for name in results.contenders("derivers"):

        def get(load: str, item: str, name: str = name) -> float | None:
            return results.value("derivers", load, name, item)

        cost = results.ratio("derivers", "saturated", "processor_per_message", name, "ours-without-derivers")
        rows.append(
            [
                label(name),
                compact(get("saturated", "messages_per_second")),
                microseconds(get("saturated", "processor_per_message")),
                times(cost),
                milliseconds(get("half", "ack_p50")),
                milliseconds(get("half", "ack_p99")),
                repetitions(results, "derivers", "saturated", name),
            ]
        )
    head = ["", "messages/s", "server's CPU per message", "÷ without", "half rate: ack p50", "ack p99", "n"]
    return Section(table(head, rows))


def deriving(results: Results) -> Section:
    """Derivers among many rooms, and beside a busy one."""
    rows = []
    for load in results.loads("deriving"):
        figures = [results.value("deriving", load, "ours", item) for item in ("p50", "p99", "longest")]
        rows.append([load, *map(milliseconds, figures), repetitions(results, "deriving", load, "ours")])
    return Section(table(["", "p50", "p99", "longest", "n"], rows))


def search(results: Results) -> Section:
    """Searches among many messages."""
    rows = []
    for load in results.loads("search"):
        times_ = [milliseconds(results.value("search", load, "ours", item)) for item in ("p50", "p95", "longest")]
        indexed = compact(results.value("search", load, "ours", "indexed_per_second"))
        size = results.value("search", load, "ours", "bytes")
        rows.append([load, indexed, "–" if size is None else f"{size / 1e6:.0f} MB", *times_])
    return Section(table(["", "indexed/s", "index", "search p50", "p95", "longest"], rows))


def files(results: Results) -> Section:
    """Uploads, downloads and pictures, and how long others wait."""
    rows = []
    for load in results.loads("files"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("files", load, "ours", item)

        grown = get("memory_growth")
        rows.append(
            [
                load,
                compact(get("mebibytes_per_second")),
                *(milliseconds(get(item)) for item in ("part_p50", "part_p99")),
                compact(get("pictures_per_minute")),
                *(milliseconds(get(item)) for item in ("wait_p50", "wait_p99")),
                milliseconds(results.worst("files", load, "ours", "wait_longest")),
                "–" if grown is None else f"{grown / 2**20:.1f} MiB",
                repetitions(results, "files", load, "ours"),
            ]
        )
    head = ["", "MiB/s", "a part, p50", "p99", "pictures/min", "others wait, p50", "p99", "longest", "memory", "n"]
    return Section(table(head, rows))


def mentions(results: Results) -> Section:
    """The delay of a badge."""
    rows = []
    for load in results.loads("mentions"):
        found = [
            milliseconds(results.value("mentions", load, "ours", item))
            for item in ("badge_p50", "badge_p99", "ack_p50")
        ]
        missing = compact(results.value("mentions", load, "ours", "missing"))
        work = microseconds(results.value("mentions", load, "ours", "processor_per_message"))
        rows.append([load, *found, missing, work, repetitions(results, "mentions", load, "ours")])
    head = ["", "mention to badge, p50", "p99", "ack p50", "missing", "CPU of the server per message", "n"]
    return Section(table(head, rows))


def headroom(results: Results) -> Section:
    """The capacity of the load generator."""
    rows = [
        [
            load,
            compact(results.value("headroom", load, "blaster", "frames_per_second")),
            percent(results.value("headroom", load, "blaster", "server_busy")),
            percent(results.value("headroom", load, "blaster", "generator_busy")),
            compact(results.value("headroom", load, "blaster", "ceiling")),
            repetitions(results, "headroom", load, "blaster"),
        ]
        for load in results.loads("headroom")
    ]
    head = ["", "frames/s received", "server core used", "load core used", "ceiling of the generator", "n"]
    return Section(table(head, rows))


def compression(results: Results) -> Section:
    """Bytes and processor time with compression and without."""
    sizes, work = [], []
    for load in results.loads("compression"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("compression", load, "server", item)

        n = repetitions(results, "compression", load, "server")
        if messages := get("messages"):
            plain, small = get("bytes_plain") or 0, get("bytes_compressed") or 0
            each = [compact(size / messages) for size in (plain, small)]
            made = [microseconds(get(item)) for item in ("made_plain", "made_compressed")]
            sizes.append([load, f"{plain:,.0f}", f"{small:,.0f}", *each, *made, n])
        else:
            used = [microseconds(get(item)) for item in ("processor_plain", "processor_compressed")]
            work.append([load, *used, n])
    head = ["`changes` with", "bytes", "compressed", "bytes a message", "compressed", "made in", "compressed", "n"]
    frames = table(head, sizes)
    return Section(f"{frames}\n\n{table(['CPU time', 'plain', 'compressed', 'n'], work)}")


def streams(results: Results) -> Section:
    """What a client over HTTP costs, beside one on a WebSocket, and beside those of Socket.IO."""
    rows = []
    for contender in ("ours", "socketio"):
        for load in results.loads("streams"):

            def get(item: str, load: str = load, contender: str = contender) -> float | None:
                return results.value("streams", load, contender, item)

            if (each := get("bytes_per_connection")) is None:
                continue
            cost = results.ratio_of_loads("streams", contender, "processor_per_delivery", load, WEBSOCKET)
            work = [microseconds(get(item)) for item in ("processor_per_connection", "processor_per_delivery")]
            late = [milliseconds(get(item)) for item in ("p50", "p99")]
            n = repetitions(results, "streams", load, contender)
            rows.append([f"{label(contender)}, {load}", f"{each / 1024:.1f} KiB", *work, times(cost), *late, n])
    head = ["", "memory of each", "CPU to connect", "CPU per delivery", "÷ WebSocket", "p50", "p99", "n"]
    return Section(table(head, rows))


def browser(results: Results) -> Section:
    """Input, frames and tasks of the page in Chromium."""
    rows = []
    for load in results.loads("browser"):

        def get(item: str, load: str = load) -> float | None:
            return results.value("browser", load, "ours", item)

        rows.append(
            [
                load,
                *(milliseconds(get(item)) for item in ("p50", "p95")),
                milliseconds(results.worst("browser", load, "ours", "longest")),
                milliseconds(results.worst("browser", load, "ours", "longest_task")),
                milliseconds(results.worst("browser", load, "ours", "longest_computing")),
                percent(get("page_computing")),
                compact(results.worst("browser", load, "ours", "rows")),
                repetitions(results, "browser", load, "ours"),
            ]
        )
    head = ["", "p50", "p95", "longest", "longest task", "… computing", "page computing", "rows", "n"]
    used = {row["chromium"] for row in results.rows if "chromium" in row}
    return Section(f"Chromium {', '.join(sorted(used))}.\n\n{table(head, rows)}")


SECTIONS: dict[str, Sequence[tuple[str, Callable[[Results], Section]]]] = {
    "fanout": (("Fan-out, saturated", fanout), ("Fan-out at an even pace", paced)),
    "durable": (("Stored messages over 50 rooms", durable),),
    "connections": ((f"{SOCKETS:,} connections", connections),),
    "history": (("A long history", history),),
    "http": (("Pages", http),),
    "browser": (("The page in a browser", browser),),
    "scaling": (("Two processes on one Redis", scaling),),
    "large_room": (("A room of 100 to 10,000 sockets", large_room),),
    "reactions": (("Reactions", reactions),),
    "presence": (("Presence", presence),),
    "reads": (("Who has read", reads),),
    "markdown": (("Markdown", markdown),),
    "derivers": (("Stored messages beside derivers", derivers),),
    "deriving": (("Derivers", deriving),),
    "search": (("Search", search),),
    "files": (("Files", files),),
    "mentions": (("Mentions", mentions),),
    "threads": (("Threads", threads),),
    "slow_mode": (("Slow mode", slow_mode),),
    "compression": (("Compression", compression),),
    "streams": (("Events over HTTP", streams),),
    "headroom": (("The load generator", headroom),),
}
