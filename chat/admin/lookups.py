"""Filters by a related row, chosen by name."""

from collections.abc import Iterator
from typing import Any

from unfold.contrib.filters.admin import AutocompleteSelectFilter


class VisibleFilter(AutocompleteSelectFilter):  # type: ignore[misc]
    """Filters by a row of another table, and shows its name only to people who can see it in that table's list.

    Unfold's filter shows the name of any row whose id is in the URL.
    """

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """The autocomplete field, with the chosen row in it."""
        model = self.field.remote_field.model
        listed = self.model_admin.admin_site.get_model_admin(model).get_queryset(self.request)
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = model.objects.filter(pk__in=listed.values("pk"))
            yield choice
