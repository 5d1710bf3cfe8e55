"""Rate limits for actions without an account: signing in, signing up, requesting mails, entering the setup code.

Each process counts separately, in memory of fixed size that a flood cannot reset and without Redis. With several
processes, a stranger has that many times the attempts.
"""

import unicodedata

from chat.networks import network_of
from chat.protocol.errors import RateLimited
from chat.services.rates import RateTable

SIGN_INS_OF_LOGIN_AND_ADDRESS = RateTable(per_second=1 / 60, burst=5)
SIGN_INS_OF_LOGIN = RateTable(per_second=1 / 10, burst=50)
SIGN_INS_OF_ADDRESS = RateTable(per_second=1 / 5, burst=50)
"""Failed attempts. A stranger who uses up five does not lock out the owner, who has another address."""

SECOND_STEPS_OF_PERSON_AND_ADDRESS = RateTable(per_second=1 / 60, burst=5)
SECOND_STEPS_OF_PERSON = RateTable(per_second=1 / 60, burst=20)
"""Wrong codes and passkeys, of somebody who knows the password. Three codes of six digits are valid at a time, so
guessing one at this rate takes 230 days on average."""

SIGN_UPS_OF_ADDRESS = RateTable(per_second=1 / 15, burst=60)
"""High enough for an office behind one address to sign up together."""

MAILS_TO_ADDRESS = RateTable(per_second=1 / 600, burst=3)
MAILS_ASKED_FROM_ADDRESS = RateTable(per_second=1 / 30, burst=20)

SETUP_CODES_OF_ADDRESS = RateTable(per_second=1 / 60, burst=5)
SETUP_CODES = RateTable(per_second=1 / 5, burst=50)


class Attempt:
    """One attempt, counted in several tables, or in none if one of them refuses it.

    Raises RateLimited. Counted before its outcome is known, so that concurrent attempts cannot exceed the limit.
    """

    def __init__(self, *counted: tuple[RateTable, str]) -> None:
        self._taken: list[tuple[RateTable, str]] = []
        for table, key in counted:
            if wait := table.take(key):
                self.give_back()
                raise RateLimited(retry_after=wait)
            self._taken.append((table, key))

    def give_back(self) -> None:
        """Undo the count after a success: only failures count."""
        for table, key in self._taken:
            table.give_back(key)
        self._taken.clear()


def sign_in(*, login: str, address: str) -> Attempt:
    """Count an attempt to sign in; give it back if the password was correct. Raises RateLimited."""
    who, where = _folded(login), network_of(address)
    return Attempt(
        (SIGN_INS_OF_LOGIN_AND_ADDRESS, f"{where} {who}"), (SIGN_INS_OF_LOGIN, who), (SIGN_INS_OF_ADDRESS, where)
    )


def second_step(*, user_id: int, address: str) -> Attempt:
    """Count an attempt at the second step of a sign-in; give it back if it was right. Raises RateLimited."""
    return Attempt(
        (SECOND_STEPS_OF_PERSON_AND_ADDRESS, f"{network_of(address)} {user_id}"),
        (SECOND_STEPS_OF_PERSON, str(user_id)),
    )


def sign_up(*, address: str) -> Attempt:
    """Count a new account. Raises RateLimited."""
    return Attempt((SIGN_UPS_OF_ADDRESS, network_of(address)))


def mail(*, to: str, address: str) -> Attempt:
    """Count a mail to an address that anybody may enter, known or not. Raises RateLimited."""
    return Attempt((MAILS_TO_ADDRESS, _folded(to)), (MAILS_ASKED_FROM_ADDRESS, network_of(address)))


def setup_code(*, address: str) -> Attempt:
    """Count an attempt to create the space; give it back if the code was correct. Raises RateLimited."""
    return Attempt((SETUP_CODES_OF_ADDRESS, network_of(address)), (SETUP_CODES, ""))


def _folded(login: str) -> str:
    return unicodedata.normalize("NFKC", login).casefold().strip()
