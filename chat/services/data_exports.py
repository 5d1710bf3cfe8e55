"""Archives of people's own data: requested by themselves, written as a due thing, removed after KEPT_DAYS."""

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from chat.models import DataExport, User
from chat.protocol.errors import Conflict
from chat.queries.own_data import write_archive
from chat.services import quotas
from chat.services.due import add_due

DUE_KIND = "export_data"
REMOVE_KIND = "remove_export"

GIVEN_UP_AFTER = timedelta(days=1)
"""An archive that is not finished by then may be requested again."""


class Archive(NamedTuple):
    """A finished file."""

    name: str
    size: int


def request_export(user: User) -> DataExport:
    """Prepare an archive of a person's data, in the language that is active. It replaces an earlier one.

    Raises Conflict while one is being prepared, or RateLimited.
    """
    with transaction.atomic():
        User.objects.locked().get(pk=user.pk)
        latest = DataExport.objects.latest_of(user)
        if latest is not None and not latest.is_ready and latest.requested_at > timezone.now() - GIVEN_UP_AFTER:
            raise Conflict(_("Your data is being prepared already."))
        quotas.EXPORTS.take(user)
        remove_exports_of(user)
        export = DataExport.objects.create(user=user)
        add_due(DUE_KIND, {"export": export.pk, "language": translation.get_language()})
    return export


def write_export(key: uuid.UUID, *, export_id: int, language: str) -> Archive | None:
    """Write the archive to a file that only this site's user can read; None if it is not wanted any more.

    The same key gives the same file, so nothing is left of an attempt that failed.
    """
    export = DataExport.objects.select_related("user").filter(pk=export_id).first()
    if export is None:
        return None
    settings.EXPORTS_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{key}.zip"
    for left in settings.EXPORTS_ROOT.glob(f"{key}.*.part"):  # by a process that was killed
        left.unlink(missing_ok=True)
    handle, part = tempfile.mkstemp(dir=settings.EXPORTS_ROOT, prefix=f"{key}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, translation.override(language):
            write_archive(file, export.user)
            size = file.tell()
        Path(part).replace(path_of(name))
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(part).unlink()
        raise
    return Archive(name, size)


def finish_export(archive: Archive | None, *, export_id: int) -> None:
    """Offer a finished archive for download, or remove its file if it is not wanted any more."""
    if archive is None:
        return
    exports = DataExport.objects.filter(pk=export_id)
    if not exports.update(file=archive.name, size=archive.size, ready_at=timezone.now()):
        _remove_files_after_commit([archive.name])
        return
    add_due(REMOVE_KIND, {"export": export_id}, due_at=exports.get().ends_at)


def remove_export(export_id: int) -> None:
    """Remove an archive, if it is still there."""
    with transaction.atomic():
        _remove(DataExport.objects.filter(pk=export_id))


def remove_exports_of(user: User) -> None:
    """Remove a person's archives. Must be called in a transaction."""
    _remove(DataExport.objects.filter(user=user))


def path_of(name: str) -> Path:
    """The file of an archive."""
    root: Path = settings.EXPORTS_ROOT
    return root / name


def _remove(exports: "Iterable[DataExport]") -> None:
    found = list(exports)
    _remove_files_after_commit([export.file for export in found if export.file])
    DataExport.objects.filter(pk__in=[export.pk for export in found]).delete()


def _remove_files_after_commit(names: list[str]) -> None:
    def remove() -> None:
        for name in names:
            path_of(name).unlink(missing_ok=True)

    transaction.on_commit(remove, robust=True)
