"""How often strangers may try what they need no account for: sign in, sign up, ask for mails, guess the setup code.

Each process counts for itself, in memory that no flood resets and that does not depend on Redis. So the limits hold for
one process: with several, a stranger has as many times the tries.
"""

import unicodedata

from chat.networks import network_of
from chat.protocol.errors import RateLimited
from chat.services.rates import RateTable

SIGN_INS_OF_LOGIN_AND_ADDRESS = RateTable(per_second=1 / 60, burst=5)
SIGN_INS_OF_LOGIN = RateTable(per_second=1 / 10, burst=50)
SIGN_INS_OF_ADDRESS = RateTable(per_second=1 / 5, burst=50)
"""Failed tries. Five by a stranger leave the owner of the account alone, who comes from another address."""

SIGN_UPS_OF_ADDRESS = RateTable(per_second=1 / 15, burst=60)
"""An office behind one address may sign up together."""

MAILS_TO_ADDRESS = RateTable(per_second=1 / 600, burst=3)
MAILS_ASKED_FROM_ADDRESS = RateTable(per_second=1 / 30, burst=20)

SETUP_CODES_OF_ADDRESS = RateTable(per_second=1 / 60, burst=5)
SETUP_CODES = RateTable(per_second=1 / 5, burst=50)

TABLES = (
    *(SIGN_INS_OF_LOGIN_AND_ADDRESS, SIGN_INS_OF_LOGIN, SIGN_INS_OF_ADDRESS, SIGN_UPS_OF_ADDRESS),
    *(MAILS_TO_ADDRESS, MAILS_ASKED_FROM_ADDRESS, SETUP_CODES_OF_ADDRESS, SETUP_CODES),
)


class Attempt:
    """One try, counted in several tables at once, or refused by one of them and counted in none.

    Raises RateLimited. It counts before its outcome is known, so that many at the same time can't outrun the limit.
    """

    def __init__(self, *counted: tuple[RateTable, str]) -> None:
        self._taken: list[tuple[RateTable, str]] = []
        for table, key in counted:
            if wait := table.take(key):
                self.give_back()
                raise RateLimited(retry_after=wait)
            self._taken.append((table, key))

    def give_back(self) -> None:
        """It succeeded: only failures count."""
        for table, key in self._taken:
            table.give_back(key)
        self._taken.clear()


def sign_in(*, login: str, address: str) -> Attempt:
    """A try to sign in; give it back if the password was right. Raises RateLimited."""
    who, where = _folded(login), network_of(address)
    return Attempt(
        (SIGN_INS_OF_LOGIN_AND_ADDRESS, f"{where} {who}"), (SIGN_INS_OF_LOGIN, who), (SIGN_INS_OF_ADDRESS, where)
    )


def sign_up(*, address: str) -> Attempt:
    """A new account. Raises RateLimited."""
    return Attempt((SIGN_UPS_OF_ADDRESS, network_of(address)))


def mail(*, to: str, address: str) -> Attempt:
    """A mail to an address that anybody may type, whether we know it or not. Raises RateLimited."""
    return Attempt((MAILS_TO_ADDRESS, _folded(to)), (MAILS_ASKED_FROM_ADDRESS, network_of(address)))


def setup_code(*, address: str) -> Attempt:
    """A try to create the space; give it back if the code was right. Raises RateLimited."""
    return Attempt((SETUP_CODES_OF_ADDRESS, network_of(address)), (SETUP_CODES, ""))


def forget() -> None:
    """Nobody has tried anything."""
    for table in TABLES:
        table.clear()


def _folded(login: str) -> str:
    return unicodedata.normalize("NFKC", login).casefold().strip()
