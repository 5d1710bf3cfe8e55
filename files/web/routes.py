"""Which handler serves which path under `/files/`."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from api.requests import Request
from files.storage import Variant
from files.web import downloads, uploads
from files.web.answers import Answer

Handler = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """The handlers of a path by method."""

    handlers: dict[str, Handler]


def route_of(path: str) -> Route | None:
    """The route of a path that begins with `/files/`; None if there is nothing."""
    match path.removeprefix("/files/").split("/"):
        case [""]:
            return Route({"POST": uploads.begin, "OPTIONS": uploads.options})
        case ["uploads", given, ""] if file := _id_of(given):
            handlers = {"PATCH": uploads.append, "HEAD": uploads.offset, "GET": uploads.state, "DELETE": uploads.cancel}
            return Route({method: partial(handler, file=file) for method, handler in handlers.items()})
        case [given, ("small" | "large" | "poster") as variant, ""] if file := _id_of(given):
            return _readable(partial(downloads.download, file=file, variant=Variant(variant)))
        case [given, name] if name and (file := _id_of(given)):
            return _readable(partial(downloads.download, file=file))
    return None


def _readable(handler: Handler) -> Route:
    return Route({"GET": handler, "HEAD": handler})


def _id_of(text: str) -> uuid.UUID | None:
    """An id as this site writes it."""
    try:
        file = uuid.UUID(text)
    except ValueError:
        return None
    return file if str(file) == text else None
