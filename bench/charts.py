"""Bar charts as standalone SVG files, for light and dark pages and without scripts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 760
LABEL_WIDTH = 268
VALUE_WIDTH = 164
ROW = 26
BAR = 14
TOP = 44

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1d2a2c }
.title { font-weight: 600; font-size: 14px }
.value { font-variant-numeric: tabular-nums }
.note { fill: #6d7477; font-size: 11px }
.paper { fill: #fbf9f4 }
.bar { fill: #b9b3a3 }
.ours { fill: #2f6f62 }
.faint { opacity: .45 }
@media (prefers-color-scheme: dark) {
  text { fill: #e9e4d6 }
  .note { fill: #a4a19a }
  .paper { fill: #16191b }
  .bar { fill: #51595d }
  .ours { fill: #86c9b5 }
}
"""


@dataclass(frozen=True)
class Bar:
    """One bar of length `value`, followed by `text`. `longer` adds a faint extension, such as a p99 to a p50."""

    label: str
    value: float | None
    text: str
    ours: bool = False
    longer: float | None = None


def bars(title: str, rows: Sequence[Bar], *, note: str = "", logarithmic: bool = False) -> str:
    """Draw a chart. A logarithmic axis begins a decade below the smallest value, which is stated in the note."""
    values = [value for row in rows for value in (row.value, row.longer) if value]
    most, least = max(values, default=1.0), min(values, default=1.0)
    floor = 10 ** (math.floor(math.log10(least)) - (0 if least > 10 ** math.floor(math.log10(least)) else 1))
    space = WIDTH - LABEL_WIDTH - VALUE_WIDTH

    def length(value: float | None) -> float:
        if not value:
            return 0.0
        if not logarithmic:
            return space * value / most
        return max(2.0, space * math.log(value / floor) / max(1e-9, math.log(most / floor)))

    parts = [_row(index, row, length(row.value), length(row.longer)) for index, row in enumerate(rows)]
    said = ". ".join(part for part in (note, "Logarithmic scale" if logarithmic else "") if part)
    height = TOP + ROW * len(rows) + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>'
        f'<text class="title" x="16" y="22">{escape(title)}</text>'
        f'<text class="note" x="16" y="37">{escape(said)}</text>' + "".join(parts) + "</svg>\n"
    )


def _row(index: int, row: Bar, length: float, longer: float) -> str:
    middle = TOP + ROW * index + ROW / 2
    kind = "ours" if row.ours else "bar"
    end = LABEL_WIDTH + max(length, longer)
    faint = ""
    if longer > length:
        faint = (
            f'<rect class="{kind} faint" x="{LABEL_WIDTH}" y="{middle - BAR / 2}" width="{longer:.1f}" '
            f'height="{BAR}" rx="3"/>'
        )
    return (
        f'<text x="{LABEL_WIDTH - 10}" y="{middle + 4.5}" text-anchor="end">{escape(row.label)}</text>{faint}'
        f'<rect class="{kind}" x="{LABEL_WIDTH}" y="{middle - BAR / 2}" width="{length:.1f}" height="{BAR}" rx="3"/>'
        f'<text class="value" x="{end + 8:.1f}" y="{middle + 4.5}">{escape(row.text)}</text>'
    )
