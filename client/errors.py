"""The exceptions of this package."""

from .codes import CloseCode
from .shapes import Refusal

NAMES = {int(code): code.name for code in CloseCode}


class ClientError(Exception):
    """The base class of all errors of this package. Its text is meant for people."""


class SignInError(ClientError):
    """The site did not accept this username and password."""


class BadFrameError(ClientError):
    """The server sent something that is not a frame of this protocol."""


class CommandError(ClientError):
    """A command was refused; `refusal` contains the code."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message or refusal.code)


class StoppedError(ClientError):
    """The connection ended, and the client must not reconnect."""

    def __init__(self, code: int) -> None:
        self.code = code
        name = NAMES.get(code, "no code of this protocol")
        super().__init__(f"The connection was closed for good: {code} ({name}).")


class RefusedTokenError(StoppedError):
    """The site does not accept a token: it is wrong, revoked or expired, or may not do this."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code)
        self.args = (f"The site does not accept the token: {reason}",)


class ConnectionEndedError(ClientError):
    """A connection ended with this close code; `retry_after` is in seconds, 0 if the server named none."""

    def __init__(self, code: int, *, retry_after: float = 0.0, reason: str = "") -> None:
        self.code = code
        self.retry_after = retry_after
        self.reason = reason
        super().__init__(f"The connection ended: {code} {reason}".rstrip())


class SiteError(ClientError):
    """There is no site at this address, or it does not answer as one."""


class StateError(ClientError):
    """The file with the state of a bot can't be used."""


class UnknownRoomError(ClientError):
    """The person is in no room with this slug."""


class EventsLostError(ClientError):
    """The loop over the events was too slow, and some were dropped. The state of the rooms is complete nevertheless."""


class UploadError(ClientError):
    """The server refused a file, for the reason that it gives."""
