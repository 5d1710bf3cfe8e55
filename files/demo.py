"""The files of the demo, made by code: pictures, a PDF, a voice message and a text."""

import io
import math
import random
import uuid
import wave
from array import array
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from chat.models import Room, User
from files import parts
from files.models import Attachment
from files.services import finishing
from files.services.uploads import begin_upload

Colour = str
Box = tuple[float, float, float, float]

PAPER, INK, CELADON, MIST, STONE = "#efe7d6", "#2b3236", "#2f6f62", "#dcebe5", "#a39c8a"
SIZE = (1600, 1200)
UNIT = 5
"""Pictures are drawn in a grid of 320 x 240."""

RATE = 8_000
VOICE_SECONDS = 14
PAUSE = 0.12


def make(author: User, room: Room, name: str) -> uuid.UUID:
    """Make one of MAKERS, or a plain picture."""
    return store(author, room_id=room.pk, name=name, data=MAKERS.get(name, plain)()).pk


def store(author: User, *, room_id: int, name: str, data: bytes) -> Attachment:
    """A file that is ready to be sent, as if the author had uploaded it."""
    upload = begin_upload(author, room_id=room_id, name=name, size=len(data))
    parts.append(upload.pk, [data], offset=0)
    Attachment.objects.filter(pk=upload.pk).update(state=Attachment.State.PROCESSING)
    finishing.finish(upload.pk)
    upload.refresh_from_db()
    return upload


def picture(ground: Colour, draw: Callable[[ImageDraw.ImageDraw], None], *, kind: str = "PNG") -> bytes:
    """A picture on a ground of one colour."""
    image = Image.new("RGB", SIZE, ground)
    draw(ImageDraw.Draw(image))
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()


def scaled(*numbers: float) -> list[float]:
    """Coordinates of the grid as pixels."""
    return [number * UNIT for number in numbers]


def bars(pen: ImageDraw.ImageDraw, drawn: Sequence[tuple[Box, Colour]]) -> None:
    """Rounded bars, by their left, top, right and bottom."""
    for box, colour in drawn:
        pen.rounded_rectangle(scaled(*box), radius=3 * UNIT, fill=colour)


def hero_a() -> bytes:
    """Text beside a leaf."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        lines: list[tuple[Box, Colour]] = [
            ((28, 30, 88, 38), CELADON),
            ((28, 78, 178, 94), INK),
            ((28, 102, 140, 118), INK),
        ]
        lines += [((28, 136, 164, 143), STONE), ((28, 149, 132, 156), STONE), ((28, 176, 102, 200), CELADON)]
        bars(pen, lines)
        pen.ellipse(scaled(186, 66, 302, 182), fill=MIST)
        pen.polygon(scaled(212, 166, 218, 120, 250, 92, 282, 86, 280, 132, 256, 158), fill="#8fbcb0", outline=CELADON)

    return picture(PAPER, draw)


def hero_b() -> bytes:
    """A calendar below a line of text."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.ellipse(scaled(60, 26, 260, 226), fill="#cfe1d9")
        bars(pen, [((104, 44, 216, 58), INK), ((120, 66, 200, 80), INK), ((132, 92, 188, 108), CELADON)])
        bars(pen, [((90, 126, 230, 236), "#fbf9f4")])
        for row in range(3):
            bars(
                pen,
                [
                    (
                        (98 + 26 * n, 136 + 30 * row, 120 + 26 * n, 158 + 30 * row),
                        CELADON if (row, n) == (0, 2) else MIST,
                    )
                    for n in range(5)
                ],
            )

    return picture(MIST, draw)


def hero_c() -> bytes:
    """Mountains at night."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.polygon(scaled(0, 180, 70, 120, 120, 160, 190, 80, 320, 190, 320, 240, 0, 240), fill="#31413e")
        pen.polygon(scaled(0, 206, 90, 156, 160, 196, 240, 150, 320, 190, 320, 240, 0, 240), fill="#3f5b54")
        pen.ellipse(scaled(222, 40, 274, 92), fill="#e6c27a")
        bars(pen, [((28, 50, 148, 64), "#f4f1e8"), ((28, 72, 112, 86), "#f4f1e8"), ((28, 100, 92, 120), "#86c9b5")])

    return picture("#26302f", draw)


def tea() -> bytes:
    """A cup of tea on a table."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle(scaled(0, 160, 320, 240), fill="#c8b48a")
        pen.arc(scaled(200, 104, 250, 150), -90, 90, fill="#6fa094", width=6 * UNIT)
        pen.rounded_rectangle(scaled(100, 100, 222, 178), radius=24 * UNIT, fill="#82b0a4")

    return picture("#e8dcc4", draw, kind="JPEG")


def board() -> bytes:
    """Notes on a board."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        notes = [("#f6e7bd", 20, 30), (MIST, 120, 26), ("#fbe6da", 224, 34), ("#f6e7bd", 24, 130), (MIST, 124, 128)]
        for colour, left, top in notes:
            bars(pen, [((left, top, left + 78, top + 76), colour), ((left + 10, top + 14, left + 60, top + 18), STONE)])

    return picture("#fbf9f4", draw)


def plain() -> bytes:
    """Any other picture."""
    return picture(MIST, lambda pen: pen.ellipse(scaled(110, 70, 210, 170), fill=CELADON))


def plan() -> bytes:
    """A PDF of one page with a line of text."""
    text = b"BT /F1 24 Tf 72 720 Td (Launch plan, second draft) Tj ET"
    font = b"<< /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources %s >>" % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def voice() -> bytes:
    """Syllables of a hum, with pauses."""
    chance = random.Random(7)  # noqa: S311 (the same in every demo)
    samples, syllable = array("h"), int(RATE * 0.22)
    for _ in range(int(VOICE_SECONDS / 0.22)):
        pitch = chance.uniform(110, 220)
        loud = 0.0 if chance.random() < PAUSE else chance.uniform(0.15, 0.9)
        for index in range(syllable):
            envelope = math.sin(math.pi * index / syllable)
            samples.append(int(20_000 * loud * envelope * math.sin(2 * math.pi * pitch * index / RATE)))
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return written.getvalue()


def query() -> bytes:
    """A text."""
    return (
        b"SELECT date_trunc('hour', created_at) AS hour, count(*)\nFROM booking\n"
        b"WHERE version = '2.0' AND created_at > now() - interval '12 h'\nGROUP BY 1;  -- 8,412 rows, 0 errors\n"
    )


MAKERS: dict[str, Callable[[], bytes]] = {
    "hero-a.png": hero_a,
    "hero-b.png": hero_b,
    "hero-c.png": hero_c,
    "회의실 차 한 잔.jpg": tea,
    "보드.png": board,
    "Launch plan, second draft.pdf": plan,
    "voice-launch.wav": voice,
    "bookings.sql": query,
}
