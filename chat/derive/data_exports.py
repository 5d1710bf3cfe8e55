"""The due things that write the archive of a person's data, and remove it after some days."""

import uuid
from typing import Any

from chat.derive.due_kind import DueKind
from chat.services import data_exports
from chat.services.data_exports import Archive


class ExportData(DueKind[Archive | None]):
    """Writes an archive."""

    name = data_exports.DUE_KIND
    lease_seconds = 900.0
    waits_for = "archives"

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> Archive | None:
        return data_exports.write_export(key, export_id=args["export"], language=args["language"])

    def apply(self, args: dict[str, Any], result: Archive | None) -> None:
        """Offer it for download."""
        data_exports.finish_export(result, export_id=args["export"])


class RemoveExport(DueKind[None]):
    """Removes an archive."""

    name = data_exports.REMOVE_KIND

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        data_exports.remove_export(args["export"])
