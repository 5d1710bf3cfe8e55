"""chatproject.server.deflate"""

import random
import tracemalloc
import zlib

import pytest
from autobahn.exception import PayloadCorruptError, PayloadExceededError
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from chatproject.server.deflate import STRIPPED, WINDOW_BITS, MessageInflater, deflate, inflate

pytestmark = pytest.mark.once

LIMIT = 65_536
RFC_HELLO = bytes.fromhex("f248cdc9c90700")
"""The example of RFC 7692 §7.2.3.1."""


def extension(window_bits: int) -> PerMessageDeflate:
    """Another implementation, which keeps no context, of a client with this window."""
    return PerMessageDeflate(True, True, window_bits, window_bits)


def compressed(data: bytes) -> bytes:
    """A payload of any size, as a client with the largest window compresses it."""
    compressor = zlib.compressobj(9, wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(STRIPPED)]


@given(st.binary(max_size=5000))
def test_another_implementation_inflates_what_we_compress_within_our_window(data: bytes) -> None:
    frame = Frame(Opcode.TEXT, deflate(data * 3), rsv1=True)
    assert extension(WINDOW_BITS).decode(frame).data == data * 3


@given(st.binary(max_size=5000), st.integers(9, 15))
def test_what_another_implementation_compresses_is_inflated(data: bytes, window_bits: int) -> None:
    payload = extension(window_bits).encode(Frame(Opcode.TEXT, data * 3)).data
    assert inflate(bytes(payload), LIMIT) == data * 3


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (RFC_HELLO, b"Hello"),
        (bytes.fromhex("000500faff48656c6c6f00"), b"Hello"),  # a block without compression
        (bytes.fromhex("f348cdc9c9070000"), b"Hello"),  # a block marked as the last
        (bytes.fromhex("f248050000 00ffffcac9c90700"), b"Hello"),  # two blocks
        (b"\x00", b""),
        (b"", b""),
    ],
)
def test_the_examples_of_the_rfc_are_inflated(payload: bytes, expected: bytes) -> None:
    assert inflate(payload, LIMIT) == expected


def test_a_message_of_the_limit_is_inflated_and_one_byte_more_is_refused() -> None:
    for data in (b"x" * LIMIT, random.Random(1).randbytes(LIMIT)):
        assert inflate(compressed(data), LIMIT) == data
        with pytest.raises(PayloadExceededError):
            inflate(compressed(data + b"x"), LIMIT)


def test_a_bomb_is_refused_before_it_takes_memory() -> None:
    bomb = compressed(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(PayloadExceededError):
        inflate(bomb, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(bomb) < LIMIT
    assert peak < 8 * LIMIT


def test_parts_count_together() -> None:
    inflater = MessageInflater()
    payload = compressed(random.Random(1).randbytes(1000) * 20)
    inflater.start_decompress_message()
    first = inflater.decompress_message_data(payload[:500], LIMIT)
    assert 0 < len(first) < LIMIT
    with pytest.raises(PayloadExceededError):
        inflater.decompress_message_data(payload[500:], 10_000)


@pytest.mark.parametrize("payload", [b"\xff" * 20, RFC_HELLO[:3], b"\x00\x05\x00\x00\x00Hello"])
def test_a_malformed_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(PayloadCorruptError):
        inflate(payload, LIMIT)


def test_a_payload_that_refers_to_an_earlier_message_is_refused() -> None:
    compressor = zlib.compressobj(wbits=-15)
    payloads = [compressor.compress(b"Hello" * 9) + compressor.flush(zlib.Z_SYNC_FLUSH) for _ in range(2)]
    assert inflate(payloads[0][: -len(STRIPPED)], LIMIT) == b"Hello" * 9
    with pytest.raises(PayloadCorruptError):
        inflate(payloads[1][: -len(STRIPPED)], LIMIT)
