"""Negotiates permessage-deflate (RFC 7692 §5 and §7.1) from the header `Sec-WebSocket-Extensions`."""

from collections.abc import Iterator, Mapping

from chatproject.server.deflate import WINDOW_BITS

NAME = "permessage-deflate"

MAX_OFFERS = 16
"""Further offers are ignored."""

Parameters = Mapping[str, str | None]

SWITCHES = {"server_no_context_takeover", "client_no_context_takeover"}
BITS = {str(bits): bits for bits in range(8, 16)}
"""The window sizes that the RFC allows, in the required notation: decimal, without leading zeros."""


def negotiate(header: str) -> str | None:
    """The response to the first offer that is valid and that this server supports; None if there is none.

    As the RFC requires, an offer with an unknown parameter is declined and the handshake continues.
    """
    answers = (_answer(parameters) for parameters in _offers(header))
    return next((answer for answer in answers if answer is not None), None)


def _answer(parameters: Parameters) -> str | None:
    """The response, without context takeover in either direction, with which clients must always comply."""
    answer = f"{NAME}; server_no_context_takeover; client_no_context_takeover"
    bits = parameters.get("server_max_window_bits")
    if bits is None:
        return answer
    return f"{answer}; server_max_window_bits={WINDOW_BITS}" if BITS[bits] >= WINDOW_BITS else None


def _offers(header: str) -> Iterator[Parameters]:
    """The parameters of each valid offer, in the client's order of preference."""
    is_quoted_to_the_end = header.count('"') % 2 == 1
    for extension in [] if is_quoted_to_the_end else _split(header, ",")[:MAX_OFFERS]:
        name, *texts = _split(extension, ";")
        parameters = _parameters(texts)
        if name == NAME and parameters is not None:
            yield parameters


def _parameters(texts: list[str]) -> Parameters | None:
    """The parsed parameters of an offer; None if one is unknown, invalid or a duplicate."""
    found: dict[str, str | None] = {}
    for text in texts:
        name, has_value, value = (part.strip(" \t") for part in text.partition("="))
        known = _unquoted(value) if has_value else None
        if name in found or not _is_valid(name, known):
            return None
        found[name] = known
    return found


def _is_valid(name: str, value: str | None) -> bool:
    if name in SWITCHES:
        return value is None
    if name == "client_max_window_bits":  # says that the client could use a smaller window; we accept any
        return value is None or value in BITS
    return name == "server_max_window_bits" and value in BITS


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if is_quoted else value


def _split(text: str, separator: str) -> list[str]:
    """Split `text` at the separators outside quotes."""
    parts = [""]
    for number, piece in enumerate(text.split('"')):
        if number % 2:
            parts[-1] += f'"{piece}"'
        else:
            first, *others = piece.split(separator)
            parts[-1] += first
            parts += others
    return [part.strip(" \t") for part in parts]
