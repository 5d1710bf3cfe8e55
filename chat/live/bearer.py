"""Authenticates requests by a token in their `Authorization` header, for code that runs on the event loop."""

from collections.abc import Iterable

from chat.live.hub import current_hub
from chat.live.reader_pool import run_in_reader
from chat.models.token import digest_of, is_well_formed
from chat.queries.tokens import TokenAccess
from chat.services.rates import RateTable
from chat.services.tokens import NOTED_EVERY, is_due_to_note, note_used

Headers = Iterable[tuple[bytes, bytes]]
"""Those of an ASGI scope, with names in lower case."""

MOST_CHARS = 256
"""A longer header is no token."""

_noted = RateTable(per_second=1 / NOTED_EVERY.total_seconds(), burst=1)


def bearer_text(headers: Headers) -> str | None:
    """What follows `Bearer` in the header; "" for any other header of that name, None if there is none.

    A second header makes both of them invalid: it is not clear who asks.
    """
    given = [value for name, value in headers if name.lower() == b"authorization"]
    if not given:
        return None
    scheme, _space, text = given[0].decode("latin1").partition(" ")
    is_one = len(given) == 1 and scheme.lower() == "bearer" and len(text) <= MOST_CHARS
    return text.strip() if is_one else ""


async def token_credential(headers: Headers) -> TokenAccess | None:
    """Return who sends a valid token in these headers of an ASGI scope, and its credential, scopes and rooms.

    None if there is no valid one: answer 401. Queries the database once for all requests of the moment, never a cache,
    so that a revoked token is refused at once. Runs on the event loop. Raises what the database raises.

    A stream gives `credential` to its `Connection`: events of the bus and the reconciler then close it with
    `SIGNED_OUT` when the token is revoked or expires.
    """
    text = bearer_text(headers)
    if text is None or not is_well_formed(text):
        return None
    hub = current_hub()
    access = await hub.tokens_loader.load(digest_of(text))
    if access is not None and is_due_to_note(access.used_at):
        token_id = access.credential.token_id
        if not _noted.take(str(token_id)):
            hub.tasks.soon(run_in_reader(note_used, [token_id]))
    return access
